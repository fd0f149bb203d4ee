// SPDX-License-Identifier: MIT

package stheno

import (
	"context"
	"fmt"
	"sync"
	"unsafe"

	"github.com/stheno-go/stheno/internal/ops"
	"github.com/stheno-go/stheno/internal/program"
	"github.com/stheno-go/stheno/internal/record"
)

// Program is a function of Variables that is recorded once for each combination of
// input shapes and types and then only run: the door for serving. It reads parameters
// where they are, so it follows training and loading. Any number of goroutines may
// call Run; they share the parameters and nothing else.
//
// Random numbers that the function draws, and the masks of its dropout, are drawn again in
// each run, from the generator that they come from; of [Rand], [Randn] and dropout that is
// the [DefaultGenerator] of who calls Run. After the same [Seed], runs one after the other
// give the same. What is drawn before, parameters and buffers that the function makes, and
// draws from a generator that it makes or sets itself are the same in all runs. So is all
// that the function does in Go: [Generator.Perm], Tensor.Floats, math/rand, the time, a
// counter, an if. Give that to Run as an input. What is drawn in a goroutine that the
// function starts is drawn once.
type Program struct {
	f        func(in ...*Variable) []*Variable
	mu       sync.Mutex
	mode     uint64 // count of changes between training and evaluation
	variants map[string]*variant
	newest   *variant
}

type variant struct {
	compiled *program.Compiled
	outs     []ops.Meta
}

// Compile makes a Program of f. Nothing is computed yet.
func Compile(f func(in ...*Variable) []*Variable) *Program {
	return &Program{f: f, variants: map[string]*variant{}}
}

// Run computes f of in. The first run with inputs of new shapes, and the first after
// [Train] or [Eval], records and compiles. A ctx that is done is an error; a run that
// has begun is finished.
func (p *Program) Run(ctx context.Context, in ...*Variable) ([]*Variable, error) {
	if ctx == nil || p == nil {
		return nil, fmt.Errorf("stheno: program: ctx or the Program is nil: %w", ErrValue)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	at := make([]unsafe.Pointer, len(in))
	for i, v := range in {
		if v == nil {
			return nil, fmt.Errorf("stheno: program: input %d is nil: %w", i, ErrValue)
		}
		b, err := v.value()
		if err != nil {
			return nil, err
		}
		at[i] = b.Ptr()
	}
	v, err := p.variant(in)
	if err != nil {
		return nil, err
	}
	g := DefaultGenerator()
	seed, _ := g.State()
	buffers, err := v.compiled.Run(at, seed, func() uint64 { _, stream := g.next(); return stream })
	if err != nil {
		return nil, runError(err)
	}
	outs := make([]*Variable, len(buffers))
	for i, b := range buffers {
		outs[i] = new(Variable)
		outs[i].n.InitLeaf(b, v.outs[i].Dims)
	}
	return outs, nil
}

// variant returns the compiled form for inputs of these types.
func (p *Program) variant(in []*Variable) (*variant, error) {
	var key []byte
	for _, v := range in {
		m := v.node().Type()
		key = m.Dims.AppendKey(key, uint64(m.DType)<<8|uint64(v.node().Device()))
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if mode := modes.Load(); mode != p.mode {
		clear(p.variants)
		p.mode = mode
	}
	if v := p.variants[string(key)]; v != nil && v.compiled.Current() {
		p.newest = v
		return v, nil
	}
	v, err := p.record(in)
	if err != nil {
		return nil, err
	}
	for k, old := range p.variants { // what the cache has dropped is not held here
		if !old.compiled.Current() {
			delete(p.variants, k)
		}
	}
	if p.variants == nil {
		p.variants = map[string]*variant{}
	}
	p.variants[string(key)] = v
	p.newest = v
	return v, nil
}

// call runs f. A panic in it is an error, and if an operation failed before, which f
// may not have expected, that is the reason given.
func (p *Program) call(in []*Variable) (outs []*Variable, err error) {
	if p.f == nil {
		return nil, fmt.Errorf("stheno: program: the function is nil: %w", ErrValue)
	}
	before := failed()
	defer func() {
		if r := recover(); r != nil {
			err = panicked("program: the function", before, r)
		}
	}()
	return p.f(in...), nil
}

// record runs f on placeholders.
func (p *Program) record(in []*Variable) (v *variant, err error) {
	places := make([]*Variable, len(in))
	inputs := make([]*record.Node, len(in))
	for i, x := range in {
		b, err := x.value()
		if err != nil {
			return nil, err
		}
		places[i] = new(Variable)
		places[i].n.InitLeaf(b, *x.n.Dims())
		places[i].n.Open(nil)
		inputs[i] = &places[i].n
	}
	r := beginRecording()
	defer r.forget()
	outs, err := func() ([]*Variable, error) {
		defer r.end()
		return p.call(places)
	}()
	if err == nil {
		err = r.altered()
	}
	if err != nil {
		return nil, err
	}
	roots := make([]*record.Node, len(outs))
	v = new(variant)
	for i, y := range outs {
		if y == nil {
			return nil, fmt.Errorf("stheno: program: output %d is nil: %w", i, ErrValue)
		}
		if err := y.n.Err(); err != nil {
			return nil, err
		}
		if y.n.Known() { // an input or a parameter, returned as it is
			y = y.record1(ops.Detach)
		}
		roots[i] = &y.n
		v.outs = append(v.outs, y.n.Type())
	}
	v.compiled, err = program.Compile(roots, inputs)
	for _, n := range inputs { // which hold the memory of these first ones
		n.Fail(errPlace)
	}
	return v, runError(err)
}

var errPlace = fmt.Errorf("stheno: program: an input exists only while the function is recorded; its value is what Run is given: %w", ErrFreed)
