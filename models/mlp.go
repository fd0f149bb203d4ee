// SPDX-License-Identifier: MIT

package models

import (
	"fmt"
	"slices"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/layers"
)

// MLP is a sequence of linear layers with an activation between them.
type MLP struct {
	Layers     []stheno.Module // initially *layers.Linear; the last one is the head
	Activation stheno.Module
	err        error
}

// NewMLP returns a network whose layers have the given sizes, the first being the
// number of inputs and the last that of outputs. A nil activation is ReLU.
func NewMLP(activation stheno.Module, sizes ...int) *MLP {
	if activation == nil {
		activation = layers.ReLU{}
	}
	if len(sizes) < 2 || slices.Min(sizes) < 1 {
		return &MLP{err: fmt.Errorf("models: mlp: expects at least two sizes, all positive, got %v", sizes)}
	}
	m := &MLP{Activation: activation}
	for i := 1; i < len(sizes); i++ {
		m.Layers = append(m.Layers, layers.NewLinear(sizes[i-1], sizes[i]))
	}
	return m
}

// Forward returns the last layer's output, without an activation. Inputs of more
// than two dimensions are flattened. Shape: (N,…) -> (N,outputs).
func (m *MLP) Forward(x *stheno.Variable) *stheno.Variable {
	if m == nil {
		return stheno.Failed("mlp", stheno.ErrValue, "the module is nil")
	}
	if m.err != nil {
		return stheno.Failed("mlp", stheno.ErrValue, "%v", m.err)
	}
	if x.NDim() > 2 {
		x = x.Flatten(1)
	}
	if len(m.Layers) == 0 {
		return stheno.Failed("mlp", stheno.ErrValue, "%v", errNoHead)
	}
	last := len(m.Layers) - 1
	for _, l := range m.Layers[:last] {
		x = stheno.Call(m.Activation, stheno.Call(l, x))
	}
	return callHead("mlp", m.Layers[last], x)
}

// Check returns an error if the sizes are invalid or the head is nil.
func (m *MLP) Check() error { return checkHead("mlp", m.err, m.Head()) }
