// SPDX-License-Identifier: MIT

// Package program drives the engine: it makes a record's key, looks it up in the cache, and on
// a miss has it lowered, differentiated and planned; then it binds memory, runs the program, and
// stores values, gradients and effects. Nothing else in stheno computes a recorded operation.
package program

import (
	"fmt"
	"sync"

	G "gorgonia.org/gorgonia"

	"github.com/stheno-go/stheno/internal/kernels/conv"
	"github.com/stheno-go/stheno/internal/lower"
	"github.com/stheno-go/stheno/internal/machine"
	"github.com/stheno-go/stheno/internal/ops"
	"github.com/stheno-go/stheno/internal/plan"
	"github.com/stheno-go/stheno/internal/record"
	"github.com/stheno-go/stheno/internal/storage"
)

// Program is a compiled record: any record with an equal key runs on it.
type Program struct {
	key   string
	outs  []out
	sever []int32 // positions of the nodes that Backward cuts off
	trace *record.Trace

	device   storage.Device
	conv     conv.Algorithm
	machine  func(*G.ExprGraph) G.VM // nil: ours
	graph    *lower.Graph
	wanted   []*G.Node
	plan     *plan.Plan
	resident []bool     // by leaf
	large    []int      // leaves whose memory it does not hold on to
	building sync.Mutex // held while a plan is made of the graph
	seed     int32      // position of what the gradient is weighted by, -1: ones
	idle     idle

	compiled chan struct{} // closed when it is, or cannot be
	err      error         // why it cannot
	ready    bool          // it is in the list of the cache
	evicted  bool          // it was
	bytes    int64
	ran      uint64   // epoch of the newest walk that found this program
	later    []int32  // positions of the values that were wanted after a run
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

// newVM makes the virtual machine of programs compiled from now on; nil is
// stheno's own.
var newVM func(*G.ExprGraph) G.VM

// convAlgorithm is how programs compiled from now on compute convolutions.
var convAlgorithm conv.Algorithm

// recovered makes an error of a panic, which an operation that is not ours can cause.
func recovered(err *error) {
	if e := recover(); e != nil {
		*err = fmt.Errorf("stheno: compile: %v", e)
	}
}

// sketch notes what a program of the record that w walked is to do. It copies what
// [Program.compile] needs, which is done without the lock. The caller holds the lock.
func sketch(w *record.Walk, q *query) *Program {
	p := &Program{key: string(w.Key), trace: w.Trace(), device: q.roots[0].Device(), machine: newVM, conv: convAlgorithm, compiled: make(chan struct{})}
	want := func(kind outKind, id int, m ops.Meta) { p.outs = append(p.outs, out{kind, int32(id), m}) }
	for _, r := range q.roots {
		want(rootOut, r.ID(), r.Type())
	}
	for i, n := range w.Order {
		if !n.IsSlot() && n.HasEffect() {
			want(effectOut, i, n.Type())
		}
	}
	for _, n := range w.Kept {
		want(keptOut, n.ID(), n.Type())
	}
	if q.backward {
		for i, n := range w.Order {
			if n.IsLeaf() && n.Has(record.Grad) {
				want(gradOut, i, n.Type())
			}
		}
		p.sever = severed(w, q.roots[0])
	}
	p.seed = -1
	if q.seed != nil {
		p.seed = int32(q.seed.ID())
	}
	p.resident = make([]bool, len(p.trace.Leaves))
	for i, id := range p.trace.Leaves {
		leaf := w.Order[id]
		p.resident[i] = leaf.Stays()
		if size := leaf.Dims().Size() * leaf.DType().Size(); size > largeInput && !(leaf.IsLeaf() && leaf.Has(record.Grad)) {
			p.large = append(p.large, i)
		}
	}
	return p
}

// compile makes the program.
func (p *Program) compile() (err error) {
	defer recovered(&err)
	if p.graph, err = lower.Record(p.trace); err != nil {
		return err
	}
	var leaves []int
	for i := range p.outs {
		if p.outs[i].kind == gradOut {
			leaves = append(leaves, i)
		} else {
			p.wanted = append(p.wanted, p.graph.Nodes[p.outs[i].node])
		}
	}
	if len(leaves) > 0 {
		if err := p.derive(leaves); err != nil {
			return err
		}
	}
	p.graph.Close()
	in, err := p.instance() // now, so that what cannot run is not cached
	if err != nil {
		return err
	}
	p.idle.put(in)
	p.bytes = p.size()
	return nil
}

// derive adds the gradients of the leaves that ask for one: the outputs from the first of
// list on. Those that get none are no outputs.
func (p *Program) derive(list []int) error {
	nodes := p.graph.Nodes
	root := nodes[p.outs[0].node]
	var seed *G.Node
	var err error
	if p.seed >= 0 {
		seed = nodes[p.seed]
	} else if seed, err = ops.Node(ops.OnesLike, root); err != nil {
		return err
	}
	wrt := make([]*G.Node, len(list))
	for k, i := range list {
		wrt[k] = nodes[p.outs[i].node]
	}
	grads, err := lower.Gradients(root, seed, wrt)
	if err != nil {
		return err
	}
	slot := make(map[int32]int, len(p.trace.Leaves))
	for k, id := range p.trace.Leaves {
		slot[id] = k
	}
	outs := p.outs[:list[0]]
	for k, grad := range grads {
		if o := p.outs[list[k]]; grad != nil {
			outs = append(outs, o)
			p.wanted = append(p.wanted, grad)
			// Its next change is computed from this program.
			p.resident[slot[o.node]] = false
		}
	}
	p.outs = outs
	return nil
}

// severed lists the operations that a gradient passes through on its way from root.
func severed(w *record.Walk, root *record.Node) []int32 {
	reached := make([]bool, len(w.Order))
	reached[root.ID()] = true
	var list []int32
	for i := len(w.Order) - 1; i >= 0; i-- {
		n := w.Order[i]
		if !reached[i] || n.IsSlot() {
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

// isResident is [plan.Options.Resident]. The leaves of a module and those that ask for a
// gradient are likely to be the same in the next run.
func (p *Program) isResident(i int) bool { return p.resident[i] }

// instance makes one more that can run the program. Kernels own scratch memory, so every
// one has a plan of its own.
func (p *Program) instance() (_ *instance, err error) {
	defer recovered(&err)
	p.building.Lock()
	defer p.building.Unlock()
	if p.machine != nil {
		s, err := newStock(p)
		if err != nil {
			return nil, err
		}
		return newInstance(s), nil
	}
	pl, err := plan.Build(p.wanted, p.graph.Inputs, plan.Options{Device: p.device, Conv: p.conv, Resident: p.isResident})
	if err != nil {
		return nil, err
	}
	bytes := pl.ArenaSize
	for _, o := range p.outs {
		bytes += o.meta.Dims.Size() * o.meta.DType.Size()
	}
	if err := storage.Room(bytes); err != nil {
		return nil, fmt.Errorf("stheno: compile: %w", err)
	}
	if p.plan == nil { // the first one's, made before anybody else sees p; all plans are equal
		p.plan = pl
	}
	return newInstance(machine.New(pl)), nil
}

// size is about how much memory p takes while it does not run.
func (p *Program) size() int64 {
	const step, node, instruction = 128, 700, 1200
	n := int64(len(p.key) + step*len(p.trace.Steps) + node*p.graph.Len())
	if p.plan != nil {
		n += instruction * int64(len(p.plan.Instrs))
	}
	return n
}
