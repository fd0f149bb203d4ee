// SPDX-License-Identifier: MIT

package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/trainers/optim"
)

// result is something that a program computed.
type result struct {
	name   string
	shape  []int
	values []float64
}

// state is what the leaves hold, in their order.
type state [][]float64

// session runs a program over leaves that last, as a user's loop does.
type session struct {
	p        *Program
	env      env
	leaves   []*V
	compiled *stheno.Program
	optims   map[Change]optim.Optimizer
	memory   []memory // of the parameters, from the first Write on
}

// newSession returns a session whose leaves hold what s says.
func (p *Program) newSession(e env, s state) *session {
	r := &session{p: p, env: e, optims: map[Change]optim.Optimizer{}}
	for k, i := range p.leaves() {
		r.leaves = append(r.leaves, p.leafVar(&r.env, i, s[k]))
	}
	return r
}

// first is what the leaves hold in the first round.
func (p *Program) first() state {
	var s state
	for _, i := range p.leaves() {
		s = append(s, p.values(p.Nodes[i].Leaf, 0))
	}
	return s
}

// state returns what the leaves hold now.
func (r *session) state() (state, error) {
	var s state
	for _, x := range r.leaves {
		t, err := x.Tensor()
		if err != nil {
			return nil, err
		}
		s = append(s, t.Floats())
	}
	return s, nil
}

// run computes what the program asks for. A panic is an error.
func (r *session) run() (list []result, err error) {
	defer func() {
		if e := recover(); e != nil {
			err = fmt.Errorf("panic: %v", e)
		}
	}()
	stheno.Seed(r.p.Seed)
	var vals []*V
	var name []string
	note := func(n string, v *V) {
		if v != nil {
			name, vals = append(name, n), append(vals, v)
		}
	}
	leaves := r.p.leaves()
	if r.p.Ask.compiled() {
		if vals, err = r.runCompiled(); err != nil {
			return nil, err
		}
		for i := range vals {
			name = append(name, fmt.Sprintf("output %d", i))
		}
	} else {
		if err = r.record(note); err != nil {
			return nil, err
		}
	}
	for k, i := range leaves {
		x := r.leaves[k]
		if r.p.Ask.backward() && r.p.Nodes[i].Leaf.Grad {
			note(fmt.Sprintf("gradient of v%d", i), x.Grad())
		}
		if r.p.isState(i) {
			note(fmt.Sprintf("statistics v%d", i), x)
		}
	}
	for i, v := range vals {
		t, err := v.Tensor()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name[i], err)
		}
		list = append(list, result{name[i], t.Shape(), t.Floats()})
	}
	return list, nil
}

// record builds the program, and runs it but for what reading its results does.
func (r *session) record(note func(string, *V)) error {
	for _, x := range r.leaves {
		x.ZeroGrad()
	}
	vals, err := r.p.build(&r.env, r.leaves)
	if err != nil {
		return err
	}
	roots := pick(vals, r.p.Roots)
	if r.p.Ask == Seeded { // cuts off what the others are made of
		roots = roots[:1]
	}
	for i, y := range roots {
		if r.p.Ask.backward() {
			y = y.Keep()
		}
		note(fmt.Sprintf("v%d", r.p.Roots[i]), y)
	}
	switch r.p.Ask {
	case Forward:
		return stheno.Run(roots...)
	case Seeded:
		seed := &Leaf{ID: 2000, Shape: roots[0].Shape()}
		if r.p.Exact {
			seed.Kind = Integers
		}
		return roots[0].Backward(stheno.FromTensor(r.env.tensor(seed, r.p.values(seed, 0))))
	case Grads:
		grads, names := r.grads(r.p.weighted(&r.env, roots))
		for i, g := range grads {
			note(names[i], g)
		}
		return stheno.Run(append(grads, roots...)...)
	}
	loss := r.p.weighted(&r.env, roots)
	if r.p.Ask == Second {
		grads, _ := r.grads(loss)
		for _, g := range grads {
			loss = loss.Add(g.Square().Mean().Mul(0.1))
		}
	}
	if err := loss.Err(); err != nil {
		return err
	}
	note("loss", loss)
	return loss.Backward()
}

// grads returns the gradients of loss in the leaves that ask for one.
func (r *session) grads(loss *V) (list []*V, names []string) {
	var xs []*V
	for k, i := range r.p.leaves() {
		if l := r.p.Nodes[i].Leaf; l.Grad && (l.Param || r.p.Ask != Derived) {
			xs = append(xs, r.leaves[k])
			names = append(names, fmt.Sprintf("gradient of v%d", i))
		}
	}
	return stheno.Grad(loss, xs...), names
}

// runCompiled runs the program by Compile; data are its inputs.
func (r *session) runCompiled() ([]*V, error) {
	var in []*V
	var at []int
	for k, i := range r.p.leaves() {
		if l := r.p.Nodes[i].Leaf; !l.Param && !r.p.isState(i) {
			in, at = append(in, r.leaves[k]), append(at, k)
		}
	}
	if r.compiled == nil {
		e := r.env // a compiled program keeps the numbers of its first round
		r.compiled = stheno.Compile(func(in ...*V) []*V {
			leaves := slices.Clone(r.leaves)
			for j, k := range at {
				leaves[k] = in[j]
			}
			vals, err := r.p.build(&e, leaves)
			if err != nil {
				return []*V{stheno.Failed("build", err, "%v", err)}
			}
			outs := pick(vals, r.p.Roots)
			if r.p.Ask == Derived {
				inner := &session{p: r.p, env: e, leaves: leaves}
				grads, _ := inner.grads(r.p.weighted(&e, outs))
				outs = append(outs, grads...)
			}
			return outs
		})
	}
	return r.compiled.Run(context.Background(), in...)
}

// change makes the next round: new data, and parameters that were written.
func (r *session) change(round int) error {
	var params []*V
	held := &holder{}
	var load []stheno.NamedTensor
	next := r.env
	next.round = round
	for k, i := range r.p.leaves() {
		l := r.p.Nodes[i].Leaf
		switch {
		case r.p.isState(i):
		case l.Param && l.Grad:
			params = append(params, r.leaves[k])
			held.P = append(held.P, r.leaves[k])
			load = append(load, stheno.NamedTensor{Name: fmt.Sprintf("p.%d", len(load)), Tensor: next.tensor(l, r.p.values(l, round))})
		case !l.Param:
			r.leaves[k] = r.p.leafVar(&next, i, r.p.values(l, round))
		}
	}
	if !r.p.Ask.compiled() {
		r.env = next
	}
	c := r.p.Changes[round-1]
	switch {
	case c == Stay || len(params) == 0:
		return nil
	case c == Load:
		return stheno.LoadStateDict(held, load)
	case c == Assign:
		for i, v := range params {
			if err := v.Assign(load[i].Tensor); err != nil {
				return err
			}
		}
		return nil
	case c == Write:
		return r.write(held, load)
	}
	if r.optims[c] == nil {
		r.optims[c] = map[bool]func() optim.Optimizer{
			false: func() optim.Optimizer { return optim.NewSGD(params, 0.01, optim.SGDConfig{Momentum: 0.9}) },
			true:  func() optim.Optimizer { return optim.NewAdam(params, 0.05, optim.AdamConfig{}) },
		}[c == Adam]()
	}
	return r.optims[c].Step()
}

// holder is a module of the parameters of a session.
type holder struct{ P []*V }

// write copies values into the memory that a state dict shares with the module. It asks for
// that memory once: the library is not told of later writes.
func (r *session) write(h *holder, values []stheno.NamedTensor) error {
	if r.memory == nil {
		state, err := stheno.StateDict(h)
		if err != nil {
			return err
		}
		for _, e := range state {
			m, err := memoryOf(e.Tensor)
			if err != nil {
				return err
			}
			r.memory = append(r.memory, m)
		}
	}
	for i, m := range r.memory {
		if err := m.set(values[i].Tensor); err != nil {
			return err
		}
	}
	return nil
}

// memory is the elements of a parameter, of one type or the other.
type memory struct {
	f32 []float32
	f64 []float64
}

func memoryOf(t *stheno.Tensor) (m memory, err error) {
	if t.DType() == stheno.Float64 {
		m.f64, err = stheno.Data[float64](t)
	} else {
		m.f32, err = stheno.Data[float32](t)
	}
	return m, err
}

// set copies the elements of t into m.
func (m memory) set(t *stheno.Tensor) error {
	from, err := memoryOf(t)
	copy(m.f32, from.f32)
	copy(m.f64, from.f64)
	return err
}
