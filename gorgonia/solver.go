// SPDX-License-Identifier: MIT

package gorgonia

import (
	"fmt"
	"unsafe"

	G "gorgonia.org/gorgonia"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/access"
	"github.com/stheno-go/stheno/internal/ops"
	"github.com/stheno-go/stheno/internal/record"
)

// ValueGrads returns what a solver of Gorgonia's steps: the values of params and the
// gradients that Backward left, sharing memory.
func ValueGrads(params []*stheno.Variable) []G.ValueGrad {
	list := make([]G.ValueGrad, len(params))
	for i, p := range params {
		list[i] = &valueGrad{p: p}
	}
	return list
}

type valueGrad struct {
	p     *stheno.Variable
	value G.Value
	at    unsafe.Pointer
}

// Value returns the parameter, sharing memory.
func (v *valueGrad) Value() G.Value {
	n := access.Node(v.p)
	if b := n.Data(); b != nil {
		b.Share()
	}
	if at := n.Address(); v.value == nil || at != v.at {
		v.value, v.at = denseAt(at, n.Type()), at
	}
	return v.value
}

// denseAt is a value over the memory at p, of a scalar too: a solver writes into it.
func denseAt(p unsafe.Pointer, m ops.Meta) G.Value {
	if m.Dims.Len() == 0 {
		m.Dims = m.Dims.Append(1)
	}
	return ops.ValueAt(p, m)
}

// Grad returns the gradient, sharing memory. A solver asks for it just before it
// writes the value.
func (v *valueGrad) Grad() (G.Value, error) {
	n := access.Node(v.p)
	if err := n.Err(); err != nil {
		return nil, err
	}
	g := n.Gradient()
	if !n.Has(record.Grad) || g == nil {
		return nil, fmt.Errorf("stheno: parameter %q has no gradient: %w", v.p.Name(), stheno.ErrValue)
	}
	n.Data().Touch()
	return denseAt(g.HostPointer(), n.Type()), nil
}
