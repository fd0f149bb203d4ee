// SPDX-License-Identifier: MIT

package stheno_test

import (
	"hash"
	"testing"

	"github.com/chewxy/hm"
	"github.com/stretchr/testify/require"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/gorgonia"
)

// broken is an operation of a user's that panics at a stage.
type broken struct{ stage string }

func (b broken) at(stage string) {
	if b.stage == stage {
		panic("broken " + stage)
	}
}

func (b broken) Arity() int { b.at("arity"); return 1 }
func (b broken) Type() hm.Type {
	b.at("type")
	return hm.NewFnType(hm.TypeVariable('c'), hm.TypeVariable('c'))
}
func (b broken) ReturnsPtr() bool                 { return false }
func (b broken) CallsExtern() bool                { return false }
func (b broken) OverwritesInput() int             { return -1 }
func (b broken) WriteHash(h hash.Hash)            { h.Write([]byte("broken" + b.stage)) }
func (b broken) Hashcode() uint32                 { return 77 }
func (b broken) String() string                   { return "broken" }
func (b broken) Do(v ...G.Value) (G.Value, error) { b.at("do"); return v[0], nil }
func (b broken) InferShape(d ...G.DimSizer) (tensor.Shape, error) {
	b.at("shape")
	return tensor.Shape{2}, nil
}

func TestPanicsOfForeignOperationsAreErrors(t *testing.T) {
	onEachMachine(t, func(t *testing.T) {
		for _, stage := range []string{"arity", "type", "shape", "do"} {
			if stage == "do" && t.Name() == "TestPanicsOfForeignOperationsAreErrors/gorgonia" {
				continue // Gorgonia's machine runs it on a goroutine of its own
			}
			require.NotPanics(t, func() {
				_, err := gorgonia.Apply(broken{stage}, stheno.Ones(2)).Tensor()
				require.ErrorContains(t, err, "broken "+stage)
			}, stage)
			sum, err := stheno.Ones(3).Sum().Item() // nothing stays locked
			require.NoError(t, err)
			require.Equal(t, 3.0, sum)
		}
	})
}
