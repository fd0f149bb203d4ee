// SPDX-License-Identifier: MIT

package optim

import (
	"strconv"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/access"
	"github.com/stheno-go/stheno/internal/dtype"
	"github.com/stheno-go/stheno/internal/kernels"
	"github.com/stheno-go/stheno/internal/record"
	"github.com/stheno-go/stheno/internal/storage"
)

// rule is the part that differs between optimizers. Optimizers outside this package use [Rule].
type rule interface {
	// name returns the optimizer's name, for messages.
	name() string
	// check validates the settings.
	check() error
	// slots returns the tensors that the rule keeps for a parameter of that shape, which
	// is first stepped at the learning rate lr.
	slots(shape stheno.Shape, lr float64) []slot
	// step32 and step64 update one parameter.
	step32(u *Update[float32])
	step64(u *Update[float64])
}

// groupRule is a rule that some groups do not fit.
type groupRule interface {
	// checkGroup returns an error for a group that the rule cannot step.
	checkGroup(g *Group) error
}

// slot is a tensor that a rule keeps for a parameter.
type slot struct {
	name  string
	shape stheno.Shape
	first float64 // what it is filled with before the first step
}

// zeros returns slots of one shape that are 0 before the first step.
func zeros(shape stheno.Shape, names ...string) []slot {
	list := make([]slot, len(names))
	for i, name := range names {
		list[i] = slot{name: name, shape: shape}
	}
	return list
}

// Update is one step of one parameter.
type Update[T ~float32 | ~float64] struct {
	Param, Grad []T   // elements; a step changes Param
	Slots       [][]T // the rule's slots, in the order of their names
	Shape       stheno.Shape
	LR          float64
	WeightDecay float64
	Step        int // of this parameter, counted from 1
}

// slot returns slot i, or nil if there are fewer.
func (u *Update[T]) slot(i int) []T {
	if i < len(u.Slots) {
		return u.Slots[i]
	}
	return nil
}

// base is the common part of all optimizers.
type base struct {
	rule     rule
	defaults common
	groups   []*Group
	params   []*param
	err      error
}

// param is a parameter with its state.
type param struct {
	v     *stheno.Variable
	node  *record.Node
	group *Group
	name  string
	dtype dtype.DType // of the slots
	steps int
	slots []*storage.Buffer // nil before the first step
	u32   Update[float32]
	u64   Update[float64]
}

// newBase validates the arguments in torch's order.
func newBase(r rule, params []*stheno.Variable, groups []GroupConfig, c common) base {
	b := base{rule: r, defaults: c}
	b.err = firstError(nonNegative("learning rate", c.lr), r.check(), nonNegative("weight_decay value", c.decay))
	if b.err != nil {
		return b
	}
	switch {
	case len(groups) > 0 && len(params) > 0:
		b.err = invalid("parameters are given both directly and in groups")
	case len(groups) == 0:
		groups = []GroupConfig{{Params: params}}
	}
	for _, g := range groups {
		if b.err == nil {
			b.err = b.AddGroup(g)
		}
	}
	return b
}

// AddGroup adds a group of parameters (torch's add_param_group), such as layers that are no longer
// frozen.
func (b *base) AddGroup(group GroupConfig) error {
	lr := orDefault(group.LR, b.defaults.lr)
	g := &Group{Params: group.Params, LR: lr, WeightDecay: orDefault(group.WeightDecay, b.defaults.decay), InitialLR: lr}
	err := firstError(b.err, nonNegative("learning rate", g.LR), nonNegative("weight_decay value", g.WeightDecay))
	if err != nil {
		return err
	}
	if len(g.Params) == 0 {
		return invalid("optimizer got an empty parameter list")
	}
	seen, names := map[*stheno.Variable]bool{}, map[string]bool{}
	for _, p := range b.params {
		seen[p.v], names[p.name] = true, true
	}
	var added []*param
	inside := map[*stheno.Variable]bool{}
	for i, v := range g.Params {
		switch {
		case v == nil:
			return invalid("parameter %d of group %d is nil", i, len(b.groups))
		case v.Err() != nil:
			return v.Err()
		case !v.IsLeaf():
			return invalid("can't optimize a non-leaf Tensor")
		case !v.DType().IsFloat():
			return invalid("can't optimize a Tensor of %v", v.DType())
		case seen[v]:
			return invalid("some parameters appear in more than one parameter group")
		case inside[v]:
			return invalid("parameter %d of group %d appears twice", i, len(b.groups))
		}
		inside[v] = true
		// Two models may have parameters of the same name; the position distinguishes them.
		name := v.Name()
		if name == "" || names[name] {
			name = "param_" + strconv.Itoa(len(b.params)+i)
		}
		for names[name] {
			name += "_"
		}
		names[name] = true
		added = append(added, &param{v: v, node: access.Node(v), group: g, name: name})
	}
	if err := b.checkGroup(g); err != nil {
		return err
	}
	b.groups, b.params = append(b.groups, g), append(b.params, added...)
	return nil
}

func (b *base) checkGroup(g *Group) error {
	if r, ok := b.rule.(groupRule); ok {
		return r.checkGroup(g)
	}
	return nil
}

// Err implements [Optimizer].
func (b *base) Err() error { return b.err }

// Step implements [Optimizer].
func (b *base) Step() error {
	if b.err != nil {
		return b.err
	}
	for _, g := range b.groups {
		if !sensible(g.LR) || !sensible(g.WeightDecay) {
			return firstError(nonNegative("learning rate", g.LR), nonNegative("weight_decay value", g.WeightDecay))
		}
		if err := b.checkGroup(g); err != nil {
			return err
		}
	}
	for _, p := range b.params {
		g := p.node.Gradient()
		if g == nil || !p.node.Has(record.Grad) {
			continue
		}
		w := p.node.Data()
		if p.steps == 0 || p.dtype != w.DType() {
			if c, ok := b.rule.(custom); ok && !c.steps(w.DType()) {
				return invalid("rule %s has no step for %v, the type of parameter %s", c.name(), w.DType(), p.name)
			}
			p.allocate(b.rule)
		}
		if p.dtype == dtype.Float32 {
			if err := p.u32.bind(p, w, g); err != nil {
				return err
			}
			b.rule.step32(&p.u32)
		} else {
			if err := p.u64.bind(p, w, g); err != nil {
				return err
			}
			b.rule.step64(&p.u64)
		}
	}
	return nil
}

// bind begins the next step of p, whose elements are in w and those of its gradient in g.
func (u *Update[T]) bind(p *param, w, g *storage.Buffer) (err error) {
	if u.Param, err = storage.Write[T](w); err == nil {
		u.Grad, err = storage.Host[T](g)
	}
	if err != nil {
		return invalid("parameter %s: %w", p.name, err)
	}
	p.steps++
	u.LR, u.WeightDecay, u.Step = p.group.LR, p.group.WeightDecay, p.steps
	return nil
}

// allocate allocates the slots of a parameter, or converts them to its new type.
func (p *param) allocate(r rule) {
	p.dtype = p.node.DType()
	shape := p.v.Shape()
	for i, of := range r.slots(shape, p.group.LR) {
		s := storage.New(p.dtype, size(of.shape))
		if i < len(p.slots) {
			write(s, numbers(p.slots[i]))
			p.slots[i] = s
			continue
		}
		if of.first != 0 {
			write(s, func(int) float64 { return of.first })
		}
		p.slots = append(p.slots, s)
	}
	p.u32.Slots, p.u64.Slots = nil, nil // of memory that allocate made, and so the host's
	p.u32.Shape, p.u64.Shape = shape, shape
	for _, s := range p.slots {
		if p.dtype == dtype.Float32 {
			p.u32.Slots = append(p.u32.Slots, elements[float32](s))
		} else {
			p.u64.Slots = append(p.u64.Slots, elements[float64](s))
		}
	}
}

// size returns the number of elements of that shape.
func size(s stheno.Shape) int {
	n := 1
	for _, d := range s {
		n *= d
	}
	return n
}

// elements returns those of a slot, or of another Buffer that is known to be in host memory.
func elements[T kernels.Float](b *storage.Buffer) []T {
	x, _ := storage.Host[T](b)
	return x
}

// write sets element i of a slot to f(i).
func write(slot *storage.Buffer, f func(i int) float64) {
	if slot.DType() == dtype.Float32 {
		fill(elements[float32](slot), f)
	} else {
		fill(elements[float64](slot), f)
	}
}

func fill[T float32 | float64](x []T, f func(i int) float64) {
	for i := range x {
		x[i] = T(f(i))
	}
}

// numbers returns a function that returns element i of a slot.
func numbers(slot *storage.Buffer) func(i int) float64 {
	if slot.DType() == dtype.Float32 {
		x := elements[float32](slot)
		return func(i int) float64 { return float64(x[i]) }
	}
	x := elements[float64](slot)
	return func(i int) float64 { return x[i] }
}

// ZeroGrad implements [Optimizer].
func (b *base) ZeroGrad() {
	for _, p := range b.params {
		p.node.ZeroGradient()
	}
}

// LR implements [Optimizer].
func (b *base) LR() float64 {
	if len(b.groups) == 0 {
		return b.defaults.lr
	}
	return b.groups[0].LR
}

// SetLR implements [Optimizer].
func (b *base) SetLR(lr float64) {
	for _, g := range b.groups {
		g.LR = lr
		if r := b.groups[0].InitialLR; r != 0 {
			g.LR *= g.InitialLR / r
		}
	}
}

// Groups implements [Optimizer].
func (b *base) Groups() []*Group { return b.groups }

// Parameters implements [Optimizer].
func (b *base) Parameters() []*stheno.Variable {
	var list []*stheno.Variable
	for _, p := range b.params {
		list = append(list, p.v)
	}
	return list
}
