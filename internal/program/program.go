// SPDX-License-Identifier: MIT

// Package program takes a record through the rooms: key, cache, and on a miss
// lowering, differentiation and planning; then it binds memory, runs, and writes
// the effects. Nothing else in stheno computes a recorded operation.
package program

import (
	"fmt"
	"slices"
	"unsafe"

	G "gorgonia.org/gorgonia"

	"github.com/stheno-go/stheno/internal/lower"
	"github.com/stheno-go/stheno/internal/machine"
	"github.com/stheno-go/stheno/internal/ops"
	"github.com/stheno-go/stheno/internal/plan"
	"github.com/stheno-go/stheno/internal/record"
	"github.com/stheno-go/stheno/internal/storage"
)

// Program is a compiled record: any record with an equal key runs on it.
type Program struct {
	key      string
	outs     []out
	sever    []int32  // positions of the nodes that Backward cuts off
	lines    []string // the record in words, to say later what changed
	graph    *lower.Graph
	wanted   []*G.Node
	grads    []*G.Node // of the leaves that got one
	plan     *plan.Plan
	conv     ops.ConvAlgorithm
	machine  func(*G.ExprGraph) G.VM // nil: ours
	idle     []instance
	resident []bool   // by leaf
	kept     []int    // leaves of which something is kept from run to run
	older    *Program // the list from the newest to the oldest use
	newer    *Program
}

// out is one output and what becomes of it.
type out struct {
	kind outKind
	node int32 // position in the record's order
	meta ops.Meta
}

type outKind uint8

const (
	rootOut   outKind = iota // a value that was asked for
	keptOut                  // an intermediate value that was kept
	effectOut                // the argument of an effect
	gradOut                  // a leaf's gradient
)

// instance is a program that one caller at a time can run.
type instance interface {
	SetInput(i int, p unsafe.Pointer)
	SetBuffer(i int, b *storage.Buffer)
	SetOutput(i int, p unsafe.Pointer)
	Run() error
}

// Machine makes the virtual machine of programs compiled from now on; nil is
// stheno's own.
var newVM func(*G.ExprGraph) G.VM

// convAlgorithm is how programs compiled from now on compute convolutions.
var convAlgorithm ops.ConvAlgorithm

// recovered makes an error of a panic, which an operation that is not ours can cause:
// the caller holds the lock.
func recovered(err *error) {
	if e := recover(); e != nil {
		*err = fmt.Errorf("stheno: compile: %v", e)
	}
}

// compile makes the program of the record that w walked.
func compile(w *record.Walk, q *query) (_ *Program, err error) {
	defer recovered(&err)
	g, err := lower.Record(w)
	if err != nil {
		return nil, err
	}
	p := &Program{key: string(w.Key), machine: newVM, conv: convAlgorithm, graph: g}
	want := func(kind outKind, id int, n *G.Node, m ops.Meta) {
		p.outs = append(p.outs, out{kind, int32(id), m})
		p.wanted = append(p.wanted, n)
	}
	for _, r := range q.roots {
		want(rootOut, r.ID(), g.Nodes[r.ID()], r.Type())
	}
	for i, n := range w.Order {
		if n.IsInput() {
			continue
		}
		if q.backward && n.Has(record.Keep) && n != q.roots[0] {
			want(keptOut, i, g.Nodes[i], n.Type())
		}
		if n.HasEffect() {
			want(effectOut, i, g.Nodes[i], n.Type())
		}
	}
	if q.backward {
		if err := p.derive(w, q, want); err != nil {
			return nil, err
		}
		p.sever = severed(w, q.roots[0])
	}
	p.residents(w)
	in, err := p.take() // now, so that what cannot run is not cached
	if err != nil {
		return nil, err
	}
	p.giveBack(in)
	p.lines = describe(w)
	return p, nil
}

// derive adds the gradients of the leaves that ask for one.
func (p *Program) derive(w *record.Walk, q *query, want func(outKind, int, *G.Node, ops.Meta)) error {
	g := p.graph
	var leaves []int
	var wrt []*G.Node
	for i, n := range w.Order {
		if n.IsInput() && n.Has(record.Grad) {
			leaves = append(leaves, i)
			wrt = append(wrt, g.Nodes[i])
		}
	}
	root := g.Nodes[q.roots[0].ID()]
	var seed *G.Node
	var err error
	if q.seed != nil {
		seed = g.Nodes[q.seed.ID()]
	} else if seed, err = ops.Node(ops.OnesLike, root); err != nil {
		return err
	}
	grads, err := lower.Gradients(root, seed, wrt)
	if err != nil {
		return err
	}
	for k, grad := range grads {
		if grad != nil {
			want(gradOut, leaves[k], grad, w.Order[leaves[k]].Type())
			p.grads = append(p.grads, grad)
		}
	}
	return nil
}

// severed lists the operations that a gradient passes through on its way from root.
func severed(w *record.Walk, root *record.Node) []int32 {
	reached := make([]bool, len(w.Order))
	reached[root.ID()] = true
	var list []int32
	for i := len(w.Order) - 1; i >= 0; i-- {
		n := w.Order[i]
		if !reached[i] || n.IsInput() {
			continue
		}
		list = append(list, int32(i))
		d, _ := n.Op().(ops.Differentiable)
		for j := range n.Len() {
			if in := n.In(j); in.Has(record.Grad) && (d == nil || d.Smooth(j)) {
				reached[in.ID()] = true
			}
		}
	}
	return list
}

// residents tells which leaves are likely to be the same in the next run: those of a
// module and those that ask for a gradient, unless this program is what their next
// change is computed from.
func (p *Program) residents(w *record.Walk) {
	p.resident = make([]bool, len(w.Leaves))
	for i, leaf := range w.Leaves {
		p.resident[i] = leaf.Stays()
	}
	for _, o := range p.outs {
		if o.kind == gradOut {
			if k := slices.Index(w.Leaves, w.Order[o.node]); k >= 0 {
				p.resident[k] = false
			}
		}
	}
}

// isResident is [plan.Options.Resident].
func (p *Program) isResident(i int) bool { return p.resident[i] }

// take returns an instance that nobody uses. The caller holds the lock. Kernels
// own scratch memory, so every instance has a plan of its own.
func (p *Program) take() (_ instance, err error) {
	defer recovered(&err)
	if n := len(p.idle); n > 0 {
		in := p.idle[n-1]
		p.idle = p.idle[:n-1]
		return in, nil
	}
	if p.machine != nil {
		return newStock(p)
	}
	pl, err := plan.Build(p.wanted, p.graph.Inputs, plan.Options{Conv: p.conv, Resident: p.isResident})
	if err != nil {
		return nil, err
	}
	if p.plan == nil { // the first instance's, made before anybody else sees p; all plans are equal
		p.plan, p.kept = pl, pl.Sources()
	}
	return machine.New(pl), nil
}

// giveBack makes in available to the next caller. The caller holds the lock.
func (p *Program) giveBack(in instance) { p.idle = append(p.idle, in) }
