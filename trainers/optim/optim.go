// SPDX-License-Identifier: MIT

// Package optim holds optimizers and learning-rate schedules, with torch.optim's
// formulas and defaults. An optimizer steps parameters in place, one pass over memory
// each, and keeps its state by the parameters' names.
package optim

import (
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/access"
	"github.com/stheno-go/stheno/internal/dtype"
	"github.com/stheno-go/stheno/internal/record"
	"github.com/stheno-go/stheno/internal/storage"
)

// Optimizer changes parameters against their gradients.
type Optimizer interface {
	// Step updates every parameter that has a gradient. It returns what was wrong with
	// the arguments of the constructor, too; then nothing is changed.
	Step() error
	// ZeroGrad drops the gradients of all parameters.
	ZeroGrad()
	// LR and SetLR read and set the learning rate, of the first group and of all.
	LR() float64
	SetLR(lr float64)
	// Groups returns the parameter groups; their rates may be changed.
	Groups() []*Group
	// State returns everything that a step depends on besides parameters and gradients,
	// as named tensors, and LoadState sets it.
	State() []stheno.NamedTensor
	LoadState(state []stheno.NamedTensor) error
}

// Group is parameters that share a learning rate and a weight decay.
type Group struct {
	Params      []*stheno.Variable
	LR          float64
	WeightDecay float64
	// Scale is LR over the rate that the optimizer was made with: schedules keep it.
	Scale float64
}

// rule is what distinguishes one optimizer from another.
type rule interface {
	// check returns an error for settings that make no sense.
	check() error
	// slots names the tensors that the rule keeps for each parameter.
	slots() []string
	// first fills a slot of a parameter that is stepped for the first time.
	first(slot string) float64
	// step32 and step64 update one parameter in its step number step, counted from 1.
	step32(w, g []float32, slots [][]float32, lr, decay float64, step int)
	step64(w, g []float64, slots [][]float64, lr, decay float64, step int)
}

// base does for every optimizer what is the same for all.
type base struct {
	rule   rule
	groups []*Group
	base   float64 // learning rate at the beginning
	params []*param
	err    error
}

// param is a parameter with its state.
type param struct {
	v     *stheno.Variable
	node  *record.Node
	group *Group
	name  string
	steps int
	slots []*storage.Buffer
	f32   [][]float32
	f64   [][]float64
}

// newBase checks the arguments and sets up the groups.
func newBase(r rule, params []*stheno.Variable, groups []Group, lr, decay float64) base {
	b := base{rule: r, base: lr}
	if len(groups) == 0 {
		groups = []Group{{Params: params}}
	} else if len(params) > 0 {
		b.err = errors.New("optim: parameters are given both by themselves and in groups")
		return b
	}
	seen := map[*stheno.Variable]int{}
	for i, g := range groups {
		g := &Group{Params: g.Params, LR: orDefault(g.LR, lr), WeightDecay: orDefault(g.WeightDecay, decay)}
		if g.Scale = 1; lr != 0 {
			g.Scale = g.LR / lr
		}
		b.groups = append(b.groups, g)
		for _, v := range g.Params {
			if b.err == nil {
				b.err = b.add(v, g, i, seen)
			}
		}
		for what, value := range map[string]float64{"learning rate": g.LR, "weight_decay value": g.WeightDecay} {
			if b.err == nil && (!(value >= 0) || math.IsInf(value, 1)) {
				b.err = fmt.Errorf("optim: Invalid %s: %v", what, value)
			}
		}
	}
	if b.err == nil && len(b.params) == 0 {
		b.err = errors.New("optim: optimizer got an empty parameter list")
	}
	if b.err == nil {
		b.err = r.check()
	}
	return b
}

func (b *base) add(v *stheno.Variable, g *Group, group int, seen map[*stheno.Variable]int) error {
	switch {
	case v == nil:
		return fmt.Errorf("optim: parameter %d of group %d is nil", len(b.params), group)
	case v.Err() != nil:
		return v.Err()
	case !v.IsLeaf():
		return errors.New("optim: can't optimize a non-leaf Tensor")
	case !v.DType().IsFloat():
		return fmt.Errorf("optim: can't optimize a Tensor of %v", v.DType())
	}
	if other, ok := seen[v]; ok {
		if other != group {
			return errors.New("optim: some parameters appear in more than one parameter group")
		}
		return errors.New("optim: a parameter appears twice in the list")
	}
	seen[v] = group
	name := v.Name()
	if name == "" {
		name = "param_" + strconv.Itoa(len(b.params))
	}
	b.params = append(b.params, &param{v: v, node: access.Node(v), group: g, name: name})
	return nil
}

func orDefault(v, def float64) float64 {
	if v == 0 {
		return def
	}
	return v
}

// Err returns what was wrong with the constructor's arguments.
func (b *base) Err() error { return b.err }

// Step implements [Optimizer].
func (b *base) Step() error {
	if b.err != nil {
		return b.err
	}
	for _, g := range b.groups {
		if !(g.LR >= 0) || g.LR > math.MaxFloat64 {
			return fmt.Errorf("optim: Invalid learning rate: %v", g.LR)
		}
	}
	for _, p := range b.params {
		x := p.node.Extra()
		if !x.HasGrad || !p.node.Has(record.Grad) {
			continue
		}
		if p.steps == 0 || p.slots != nil && p.slots[0].DType() != p.node.DType() {
			p.allocate(b.rule)
		}
		p.steps++
		w := p.node.Data()
		if w.DType() == dtype.Float32 {
			b.rule.step32(storage.View[float32](w), storage.View[float32](x.GradData), p.f32, p.group.LR, p.group.WeightDecay, p.steps)
		} else {
			b.rule.step64(storage.View[float64](w), storage.View[float64](x.GradData), p.f64, p.group.LR, p.group.WeightDecay, p.steps)
		}
		w.Touch()
	}
	return nil
}

// allocate makes the slots of a parameter, unless they are there.
func (p *param) allocate(r rule) {
	names := r.slots()
	if p.slots == nil {
		for _, name := range names {
			s := storage.New(p.node.DType(), p.node.Dims().Size())
			fill(s, r.first(name))
			p.slots = append(p.slots, s)
		}
	}
	p.f32, p.f64 = nil, nil
	for i, s := range p.slots {
		if s.DType() != p.node.DType() {
			s = convert(s, p.node.DType())
			p.slots[i] = s
		}
		if s.DType() == dtype.Float32 {
			p.f32 = append(p.f32, storage.View[float32](s))
		} else {
			p.f64 = append(p.f64, storage.View[float64](s))
		}
	}
}

func fill(b *storage.Buffer, v float64) {
	if v == 0 {
		return
	}
	if b.DType() == dtype.Float32 {
		for i := range b.Len() {
			storage.View[float32](b)[i] = float32(v)
		}
		return
	}
	for i := range b.Len() {
		storage.View[float64](b)[i] = v
	}
}

// convert returns the numbers of b in the other float type.
func convert(b *storage.Buffer, to dtype.DType) *storage.Buffer {
	c := storage.New(to, b.Len())
	for i := range b.Len() {
		if to == dtype.Float32 {
			storage.View[float32](c)[i] = float32(storage.View[float64](b)[i])
		} else {
			storage.View[float64](c)[i] = float64(storage.View[float32](b)[i])
		}
	}
	return c
}

// ZeroGrad implements [Optimizer].
func (b *base) ZeroGrad() {
	for _, p := range b.params {
		p.node.Extra().HasGrad = false
	}
}

// LR implements [Optimizer].
func (b *base) LR() float64 {
	if len(b.groups) == 0 {
		return b.base
	}
	return b.groups[0].LR
}

// SetLR implements [Optimizer]. Groups with rates of their own keep the proportion.
func (b *base) SetLR(lr float64) {
	for _, g := range b.groups {
		g.LR = lr * g.Scale
	}
}

// Groups implements [Optimizer].
func (b *base) Groups() []*Group { return b.groups }
