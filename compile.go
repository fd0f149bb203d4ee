// SPDX-License-Identifier: MIT

package stheno

import (
	"context"
	"fmt"
	"sync"

	"github.com/stheno-go/stheno/internal/ops"
	"github.com/stheno-go/stheno/internal/program"
	"github.com/stheno-go/stheno/internal/record"
	"github.com/stheno-go/stheno/internal/storage"
)

// Program is a compiled function of Variables. The function is recorded once for each combination of
// input shapes and types, and then only run. A Program reads parameters in place, so that it sees
// later training and loading. Any number of goroutines may call Run at the same time, for example in
// a server.
//
// Random numbers in the function, including dropout, are drawn again in each run from their
// generator; for [Rand], [Randn] and dropout this is the [DefaultGenerator] of the goroutine that
// calls Run. After the same [Seed], the same sequence of runs gives the same results.
//
// The following are fixed when the function is recorded: numbers drawn before, parameters and buffers
// that the function makes, draws from a generator that it makes or sets itself, draws in a goroutine
// that it starts, and everything that it does in Go: [Generator.Perm], Tensor.Floats, math/rand, the
// time, a counter, an if. Pass what should differ between runs as an input.
type Program struct {
	f        func(in ...*Variable) []*Variable
	mu       sync.Mutex
	mode     uint64 // value of modes when it was recorded
	variants map[string]*variant
	newest   *variant
}

type variant struct {
	compiled *program.Compiled
	outs     []ops.Meta
}

// Compile returns a Program of f. It does not call f yet.
func Compile(f func(in ...*Variable) []*Variable) *Program {
	return &Program{f: f, variants: map[string]*variant{}}
}

// Run computes f(in...). The first run with new shapes or types of inputs, and the first after [Train]
// or [Eval], records and compiles. If ctx is done, Run returns its error; a run that has started is
// finished.
func (p *Program) Run(ctx context.Context, in ...*Variable) ([]*Variable, error) {
	if ctx == nil || p == nil {
		return nil, fmt.Errorf("stheno: program: ctx or the Program is nil: %w", ErrValue)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	at := make([]*storage.Buffer, len(in))
	for i, v := range in {
		if v == nil {
			return nil, fmt.Errorf("stheno: program: input %d is nil: %w", i, ErrValue)
		}
		b, err := v.value()
		if err != nil {
			return nil, err
		}
		at[i] = b
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
	for k, old := range p.variants { // programs that the cache has evicted are removed
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

// call calls f. A panic in f is returned as an error, together with the failed operation that may have
// caused it.
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

// record calls f with placeholders.
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
		if y.n.Known() { // f returned an input or a parameter
			y = y.record1(ops.Detach)
		}
		roots[i] = &y.n
		v.outs = append(v.outs, y.n.Type())
	}
	v.compiled, err = program.Compile(roots, inputs)
	for _, n := range inputs { // they hold the memory of the first inputs
		n.Fail(errPlace)
	}
	return v, runError(err)
}

var errPlace = fmt.Errorf("stheno: program: an input of the function has no value while it is recorded: %w", ErrFreed)
