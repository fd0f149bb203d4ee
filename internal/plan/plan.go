// SPDX-License-Identifier: MIT

// Package plan turns an expression graph into a flat list of instructions over one arena.
// [Build] runs the passes in order, a file each: view, layout, pool, relu, epilogue,
// standalone and fuse decide the [form] of each value; emit writes the instructions, with
// pack for the weights of convolutions; schedule orders them, and lifetime gives them memory.
// What nothing reads never enters. The graph itself stays as it is and can be run by any
// Gorgonia machine.
package plan

import (
	"fmt"

	G "gorgonia.org/gorgonia"

	"github.com/stheno-go/stheno/internal/kernels/conv"
	"github.com/stheno-go/stheno/internal/ops"
	"github.com/stheno-go/stheno/internal/storage"
)

// Plan is a program for a machine.
type Plan struct {
	Instrs    []Instr
	ArenaSize int // bytes
	Inputs    int
	Outputs   int
	Kept      int // number of values that are kept from run to run
	Stats     Stats
}

// Options are the choices of whoever has a plan made.
type Options struct {
	Device storage.Device // that the plan is for
	Conv   conv.Algorithm
	// Resident reports whether input i stays the same from run to run, as parameters
	// do, so that what is made of it alone can be kept. Nil: none does.
	Resident func(i int) bool
}

// Stats says what the passes achieved.
type Stats struct {
	Nodes    int // wanted nodes of the graph
	Views    int // of them: only another look at an input's memory
	Fused    int // of them: computed within another's pass over memory
	Blocked  int // of them: computed in blocked memory
	Copied   int // instructions that only copy a value into another layout
	Unique   int // bytes of all intermediate values, had each its own memory
	Avoided  int // bytes of intermediate values that fusion does not write at all
	Resident int // bytes that are kept from run to run
}

// Space says which memory a Place is in.
type Space uint8

// The spaces.
const (
	Arena  Space = iota // at Offset bytes of the arena
	Input               // at Offset bytes of input number Index
	Output              // at Offset bytes of output number Index
	Kept                // kept value number Index
)

// Place is where a value begins.
type Place struct {
	Space  Space
	Index  int
	Offset int
}

// Instr is one call of a kernel.
type Instr struct {
	Name    string
	Kernel  ops.Kernel
	Out     Place
	In      []Place
	Meta    ops.Meta // of the output
	Blocked bool     // the output is in blocked memory
	Keep    *Keep    // nil: the call is made in every run
}

// Keep says of what a kept value is made. It is computed again only when one of the
// inputs was written.
type Keep struct {
	Form    string // what is made of them
	Sources []int  // inputs; the value is kept with the first
	Scalars []ScalarInput
	Size    int // bytes
}

// ScalarInput is an input that is one number, given with every run.
type ScalarInput struct {
	Input int
	Size  int // bytes
}

// value is a node of the graph on its way through the passes, or another layout of one.
type value struct {
	op     ops.Op // nil: an input or no node of the graph
	meta   ops.Meta
	in     []*value
	uses   []*value // who reads it, each as often as it does
	output int      // first position among the outputs, -1 for none
	form   form

	layout  ops.Layout
	blocked bool   // its memory is blocked
	bytes   int    // of its memory, if that does not follow from the type
	place   *Place // nil: not known yet
}

// added returns a value that is not in the graph: another layout of one that is, contiguous
// unless the caller changes that.
func added(m ops.Meta) *value {
	return &value{meta: m, output: -1, layout: ops.Contiguous(m)}
}

// viewOf returns a value that is not in the graph and looks at the memory of v.
func viewOf(v *value, l ops.Layout) *value {
	return &value{meta: l.Meta, output: -1, layout: l, form: view{v}}
}

// size returns the bytes of v's own memory.
func (v *value) size() int {
	switch {
	case v.bytes > 0:
		return v.bytes
	case v.blocked:
		return ops.BlockedLen(v.meta.Dims) * v.meta.DType.Size()
	}
	return v.meta.Dims.Size() * v.meta.DType.Size()
}

// Build plans the computation of outs. The inputs are numbered by their position.
func Build(outs, inputs []*G.Node, o Options) (*Plan, error) {
	if o.Device != storage.CPU {
		return nil, fmt.Errorf("plan: there are no kernels for device %d", o.Device)
	}
	b := &builder{
		options: o, inputs: make(map[*G.Node]int, len(inputs)), values: make(map[*G.Node]*value),
		plains: map[*value]*value{}, blocks: map[*value]*value{}, copies: map[*value]*value{},
		channels: map[*value]*value{}, packs: map[packKey]*value{},
	}
	for i, n := range inputs {
		b.inputs[n] = i
	}
	for i, n := range outs {
		v, err := b.visit(n)
		if err != nil {
			return nil, err
		}
		if v.output < 0 {
			v.output = i
		}
		b.outs = append(b.outs, v)
	}
	b.views()
	b.layouts()
	b.poolIndices()
	b.reluGradients()
	b.epilogues()
	b.standalone()
	b.fuse()
	b.emit()
	b.schedule()
	size := b.lifetimes()
	b.plan.ArenaSize, b.plan.Inputs, b.plan.Outputs = size, len(inputs), len(outs)
	return &b.plan, nil
}

// builder carries the state from pass to pass.
type builder struct {
	options Options
	inputs  map[*G.Node]int
	values  map[*G.Node]*value
	order   []*value // inputs before their readers
	outs    []*value
	plan    Plan
	drafts  []draft

	plains   map[*value]*value // blocked values as contiguous memory
	blocks   map[*value]*value // other values as blocked memory
	copies   map[*value]*value // contiguous copies of views
	channels map[*value]*value // the elements of operands that have one for each channel
	packs    map[packKey]*value
}

// visit visits only what the outputs depend on, so that dead code is excluded.
func (b *builder) visit(n *G.Node) (*value, error) {
	if v := b.values[n]; v != nil {
		return v, nil
	}
	meta, err := ops.MetaOf(n)
	if err != nil {
		return nil, err
	}
	v := &value{meta: meta, output: -1}
	b.values[n] = v
	if i, ok := b.inputs[n]; ok {
		v.form, v.place = given{i}, &Place{Space: Input, Index: i}
	} else {
		v.form = plain{}
		if n.Op() == nil {
			return nil, fmt.Errorf("plan: %v is an input that was not given", n)
		}
		if v.op = ops.Of(n); v.op == nil {
			v.op = ops.Stock(n.Op(), meta)
		}
		for _, kid := range ops.Children(n) {
			in, err := b.visit(kid)
			if err != nil {
				return nil, err
			}
			v.in = append(v.in, in)
			in.uses = append(in.uses, v)
		}
	}
	v.layout = ops.Contiguous(meta)
	b.order = append(b.order, v)
	b.plan.Stats.Nodes++
	return v, nil
}
