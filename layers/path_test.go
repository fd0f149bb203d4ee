// SPDX-License-Identifier: MIT

package layers_test

import (
	"errors"
	"testing"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/layers"
)

type pathNet struct{ Body layers.Sequential }

func (n *pathNet) Forward(x *stheno.Variable) *stheno.Variable { return n.Body.Forward(x) }

type plainNet struct{ First, Second *layers.Linear }

func (n *plainNet) Forward(x *stheno.Variable) *stheno.Variable {
	return n.Second.Forward(n.First.Forward(x))
}

// Nothing has named the parameters before the first call.
func TestPathAtFirstCall(t *testing.T) {
	x := stheno.Zeros(2, 3)
	for _, c := range []struct {
		want string
		call func() error
	}{
		{"body.1", func() error {
			return stheno.Call(&pathNet{layers.Sequential{layers.NewLinear(3, 4), layers.NewLinear(5, 2)}}, x).Err()
		}},
		{"1", func() error {
			return stheno.Call(layers.Sequential{layers.NewLinear(3, 4), layers.NewLinear(5, 2)}, x).Err()
		}},
		{"second", func() error { return stheno.Call(&plainNet{layers.NewLinear(3, 4), layers.NewLinear(5, 2)}, x).Err() }},
		{"second", func() error { return stheno.Check(&plainNet{layers.NewLinear(3, 4), layers.NewLinear(5, 2)}, x) }},
	} {
		var e *stheno.OpError
		if err := c.call(); !errors.As(err, &e) || e.Path != c.want {
			t.Errorf("got %v, want the path %q", err, c.want)
		}
	}
}

func TestSequentialNil(t *testing.T) {
	for _, m := range []stheno.Module{nil, (*layers.Linear)(nil), stheno.ModuleFunc(nil), (*pathNet)(nil)} {
		s := layers.Sequential{layers.Identity{}, m}
		if err := stheno.Check(&pathNet{s}); !errors.Is(err, stheno.ErrValue) {
			t.Errorf("Check with a nil %T: %v", m, err)
		}
		if err := s.Forward(stheno.Zeros(2, 3)).Err(); err == nil {
			t.Errorf("Forward with a nil %T: no error", m)
		}
	}
}

func TestNilLoadOption(t *testing.T) {
	m := layers.NewLinear(3, 4)
	state, err := stheno.StateDict(m)
	if err == nil {
		err = stheno.LoadStateDict(m, state, nil)
	}
	if err != nil {
		t.Error(err)
	}
}
