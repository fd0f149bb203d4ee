// SPDX-License-Identifier: MIT

package stheno_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/layers"
)

func TestCallReturnsPanics(t *testing.T) {
	x := stheno.Ones(2, 2)
	for name, m := range map[string]stheno.Module{
		"own":       stheno.ModuleFunc(func(*stheno.Variable) *stheno.Variable { panic("own") }),
		"within":    layers.Sequential{stheno.ModuleFunc(func(*stheno.Variable) *stheno.Variable { panic("within") })},
		"nil":       stheno.ModuleFunc(func(*stheno.Variable) *stheno.Variable { return nil }),
		"first":     stheno.ModuleFunc(func(x *stheno.Variable) *stheno.Variable { return x.Reshape(x.Reshape(3).Shape()[0]) }),
		"typed nil": (*layers.Linear)(nil),
	} {
		err := stheno.Call(m, x).Err()
		require.Error(t, err, name)
		switch name {
		case "own", "within":
			require.Regexp(t, `panic at panics_test.go:\d+: `+name, err)
			var p *stheno.PanicError
			require.ErrorAs(t, err, &p)
		case "nil":
			require.ErrorContains(t, err, "Forward of stheno.ModuleFunc returned nil")
		case "first":
			require.ErrorIs(t, err, stheno.ErrShape)
			require.Regexp(t, `reshape: .*; then .*panic at panics_test.go`, err)
		}
	}
	remove := stheno.RegisterForwardHook(layers.ReLU{}, func(stheno.Module, *stheno.Variable, *stheno.Variable) *stheno.Variable { panic("hook") })
	defer remove()
	require.ErrorContains(t, stheno.Call(layers.ReLU{}, x).Err(), ": hook")
}

// TestPanicsAreNotBlamedOnOthers: what failed on another goroutine is not the reason.
func TestPanicsAreNotBlamedOnOthers(t *testing.T) {
	inside, failed := make(chan bool), make(chan bool)
	go func() {
		<-inside
		require.Error(t, stheno.Ones(2).Reshape(3).Err())
		close(failed)
	}()
	_, err := stheno.Compile(func(...*stheno.Variable) []*stheno.Variable {
		close(inside)
		<-failed
		panic("its own")
	}).Run(t.Context())
	require.ErrorContains(t, err, "its own")
	require.NotErrorIs(t, err, stheno.ErrShape)
}
