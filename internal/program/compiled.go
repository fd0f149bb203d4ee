// SPDX-License-Identifier: MIT

package program

import (
	"runtime"
	"slices"
	"unsafe"

	G "gorgonia.org/gorgonia"

	"github.com/stheno-go/stheno/internal/ops"
	"github.com/stheno-go/stheno/internal/plan"
	"github.com/stheno-go/stheno/internal/record"
	"github.com/stheno-go/stheno/internal/storage"
)

// Compiled is a record that was taken once and is run with other inputs: nothing is
// recorded again. Parameters are read where they are, at every run.
type Compiled struct {
	program *Program
	leaves  []*record.Node
	types   []ops.Meta
	input   []int          // position of each leaf among the inputs, -1 for none
	draws   []*record.Draw // by leaf, nil for none
	roots   []ops.Meta
	effects []*record.Node // by output, nil for none
}

// Compile makes a program of roots with some leaves, inputs, left open. Constant
// sub-graphs stay in it, because what they are made of may be replaced.
func Compile(roots, inputs []*record.Node) (*Compiled, error) {
	for _, r := range roots {
		if err := r.Err(); err != nil {
			return nil, err
		}
	}
	mu.Lock()
	defer mu.Unlock()
	q := newQuery(false, nil, roots)
	defer q.release()
	w := &q.walk
	w.Read(record.ToCompile, roots, nil)
	if w.Err != nil {
		return nil, w.Err
	}
	p, err := lookup(w, q)
	if err != nil {
		return nil, err
	}
	c := &Compiled{program: p}
	for _, i := range p.trace.Leaves {
		leaf := w.Order[i]
		c.leaves = append(c.leaves, leaf)
		c.types = append(c.types, leaf.Type())
		c.input = append(c.input, slices.Index(inputs, leaf))
		c.draws = append(c.draws, leaf.Draw())
	}
	for _, o := range p.outs {
		var effect *record.Node
		if o.kind == effectOut {
			effect = w.Order[o.node]
		}
		c.effects = append(c.effects, effect)
		c.roots = append(c.roots, o.meta)
	}
	return c, nil
}

// Current reports whether the cache still holds the program of c, and the leaves still have
// the types that it was compiled for.
func (c *Compiled) Current() bool {
	mu.Lock()
	evicted := c.program.evicted
	mu.Unlock()
	if evicted {
		return false
	}
	for i, leaf := range c.leaves {
		if c.input[i] < 0 && c.draws[i] == nil && leaf.Type() != c.types[i] {
			return false
		}
	}
	return true
}

// Run computes the roots from inputs. Any number of goroutines may call it. fresh
// makes the numbers of slots that are to differ from run to run; seed is what they go with.
func (c *Compiled) Run(inputs []*storage.Buffer, seed uint64, fresh func() uint64) ([]*storage.Buffer, error) {
	p := c.program
	mu.Lock()
	p.touch()
	in := p.idle.take()
	mu.Unlock()
	if in == nil {
		var err error
		if in, err = p.instance(); err != nil {
			return nil, err
		}
	}
	var drawn []*storage.Buffer // by leaf, as far as there are draws
	defer func() { runtime.KeepAlive(drawn) }()
	for i, leaf := range c.leaves {
		switch k := c.input[i]; {
		case k >= 0:
			in.SetInput(i, inputs[k])
		case c.draws[i] != nil:
			if drawn == nil {
				drawn = make([]*storage.Buffer, len(c.leaves))
			}
			if first := slices.Index(c.draws, c.draws[i]); first < i {
				drawn[i] = drawn[first]
			} else {
				drawn[i] = c.draws[i].Make()
			}
			in.SetInput(i, drawn[i])
		case leaf.Has(record.Seed):
			n := seed
			in.SetInputAt(i, unsafe.Pointer(&n))
		case leaf.Has(record.Fresh):
			n := fresh()
			in.SetInputAt(i, unsafe.Pointer(&n))
		default:
			setInput(in, i, leaf)
		}
	}
	outs := make([]*storage.Buffer, len(c.roots))
	for i, m := range c.roots {
		outs[i] = storage.Unset(m.DType, m.Dims.Size())
		in.SetOutput(i, outs[i])
	}
	err := in.Run()
	mu.Lock()
	defer mu.Unlock()
	for i := range c.leaves {
		in.SetInputAt(i, nil)
	}
	p.idle.put(in)
	if err != nil {
		return nil, err
	}
	values := outs[:0:0]
	for i, b := range outs {
		if e := c.effects[i]; e == nil {
			values = append(values, b)
		} else if err := e.Apply(b); err != nil {
			return nil, err
		}
	}
	return values, nil
}

// Graph returns an expression graph of what c computes, nil if there is none.
func (c *Compiled) Graph() *G.ExprGraph {
	p := c.program
	p.building.Lock()
	defer p.building.Unlock()
	g, err := p.graph.Expr(p.wanted)
	if err != nil {
		return nil
	}
	return g
}

// Program returns the program of c.
func (c *Compiled) Program() *Program { return c.program }

// Describe returns the instructions of p in words, or why there are none.
func (p *Program) Describe() string {
	if p.plan == nil {
		return "the program runs on another machine than stheno's"
	}
	return p.plan.String()
}

// Plan returns the instructions of p, nil if it runs on another machine than stheno's.
func (p *Program) Plan() *plan.Plan { return p.plan }
