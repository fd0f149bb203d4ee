// SPDX-License-Identifier: MIT

package main

import (
	"math"
	"math/rand/v2"
	"slices"
	"sync"

	"github.com/stheno-go/stheno"
)

// drawer makes a program. It records it on the way, so that only what the library
// accepts is drawn.
type drawer struct {
	*rand.Rand
	p    *Program
	vals []*V
	e    env
	most int // elements of a value
	work int // products of a convolution or a matrix product

	channels []int // to choose from
}

// channels are the sizes that matter to kernels that work on 16 at a time.
var channels = []int{1, 2, 3, 3, 4, 5, 7, 8, 15, 16, 16, 17, 20, 24, 31, 32, 33, 48}

// drawn lists the rows, each as often as its weight says.
var drawn = sync.OnceValue(func() []string {
	var names []string
	for name, r := range rows {
		if r.draw != nil {
			names = append(names, slices.Repeat([]string{name}, r.weight)...)
		}
	}
	slices.Sort(names)
	return names
})

// Draw makes the program that a seed stands for.
func Draw(seed uint64) *Program {
	d := &drawer{Rand: rand.New(rand.NewPCG(seed, 0x57e0)), p: &Program{Seed: seed, Rounds: 1}, e: env{float: stheno.Float32}, most: 3000, work: 300_000, channels: channels}
	if d.one(20) {
		d.most, d.work = 40_000, 5_000_000
	}
	if d.one(500) { // enough weights that they are packed in another way, or not at all
		d.most, d.work, d.channels = 20_000, 15_000_000, []int{176, 192}
	}
	d.p.Exact = d.one(8)
	d.p.Ask = Ask(d.IntN(int(asks)))
	if d.one(2) {
		d.p.Ask = Backward
	}
	d.start()
	steps := 1 + d.IntN(6)
	if d.one(2) {
		steps += d.IntN(9)
	}
	for tries := 0; steps > 0 && tries < 200; tries++ {
		if d.step() {
			steps--
		}
	}
	d.finish()
	return d.p
}

// one is true once in n times.
func (d *drawer) one(n int) bool { return d.IntN(n) == 0 }

// of returns one of list.
func (d *drawer) of(list ...int) int { return list[d.IntN(len(list))] }

// start adds the first leaves.
func (d *drawer) start() {
	n := d.of(1, 1, 2, 2, 3)
	for range 1 + d.IntN(2) {
		var shape []int
		switch d.IntN(8) {
		case 0:
			shape = []int{d.of(d.channels...)}
		case 1:
			shape = []int{n, d.of(d.channels...)}
		case 2:
			shape = []int{n, 1 + d.IntN(6), d.of(d.channels...)}
		default:
			shape = []int{n, d.of(d.channels...), d.side(), d.side()}
			if d.one(4) { // whole tiles of four
				shape = []int{n, d.of(1, 2, 3, 5, 8), 4 * (2 + d.IntN(4)), 4 * (2 + d.IntN(4))}
			}
		}
		for size(shape) > d.most {
			k := len(shape) - 1 - d.IntN(min(2, len(shape)))
			shape[k] = (shape[k] + 1) / 2
		}
		d.leaf(d.kind(), false, shape...)
	}
}

// side is the height or width of an image.
func (d *drawer) side() int {
	if d.one(6) {
		return 14 + d.IntN(8)
	}
	return 1 + d.IntN(13)
}

// kind is the kind of a leaf of data.
func (d *drawer) kind() Kind {
	if d.one(8) {
		return Double
	}
	if d.one(4) {
		return Specials
	}
	return Normal
}

func size(shape []int) int { return stheno.Shape(shape).Size() }

// leaf returns a leaf of that kind and shape, maybe one that is there.
func (d *drawer) leaf(k Kind, param bool, shape ...int) int {
	if d.p.Exact && k.float() {
		k = Integers
	}
	if d.one(3) && k != Index {
		if i := d.find(func(i int) bool {
			l := d.p.Nodes[i].Leaf
			return l != nil && l.Kind == k && l.Param == param && slices.Equal(l.Shape, shape) && !d.p.isState(i)
		}); i >= 0 {
			return i
		}
	}
	return d.newLeaf(&Leaf{Kind: k, Shape: slices.Clone(shape), Param: param, Grad: k.float() && (param && !d.one(6) || !d.one(3))})
}

func (d *drawer) newLeaf(l *Leaf) int {
	l.ID = len(d.p.Nodes)
	d.p.Nodes = append(d.p.Nodes, Node{Leaf: l})
	d.vals = append(d.vals, stheno.FromTensor(stheno.NewTensor(d.e.typeOf(l), l.Shape...)))
	return len(d.vals) - 1
}

// index returns a leaf of integers below limit.
func (d *drawer) index(limit int, shape ...int) int {
	return d.newLeaf(&Leaf{Kind: Index, Shape: slices.Clone(shape), Limit: limit})
}

// param returns a parameter, of which one or another is computed from a leaf.
func (d *drawer) param(shape ...int) int {
	i := d.leaf(Small, true, shape...)
	switch d.IntN(12) {
	case 0:
		if k := d.step1("mul_number", []int{i}, nil, 0.75); k >= 0 {
			return k
		}
	case 1:
		if k := d.step1("neg", []int{i}, nil); k >= 0 {
			return k
		}
	case 2:
		if len(shape) >= 2 {
			turned := slices.Clone(shape)
			turned[0], turned[1] = shape[1], shape[0]
			if k := d.step1("transpose", []int{d.leaf(Small, true, turned...)}, []int{0, 1}); k >= 0 {
				return k
			}
		}
	case 3:
		more := slices.Clone(shape)
		more[0] = 2*more[0] + 1
		if k := d.step1("slice", []int{d.leaf(Small, true, more...)}, []int{0, 1, more[0], 2}); k >= 0 {
			return k
		}
	}
	return i
}

// find returns a value for which f holds, rather a late one, or -1.
func (d *drawer) find(f func(i int) bool) int {
	var fit []int
	for i := range d.vals {
		if f(i) {
			fit = append(fit, i)
		}
	}
	if len(fit) == 0 {
		return -1
	}
	return fit[len(fit)-1-min(d.IntN(len(fit)), d.IntN(len(fit)))]
}

// float returns a float value, or -1.
func (d *drawer) float() int {
	return d.findFloat(func(*V) bool { return true })
}

// findFloat returns a float value for which f holds, or -1.
func (d *drawer) findFloat(f func(v *V) bool) int {
	return d.find(func(i int) bool { return d.vals[i].DType().IsFloat() && !d.p.isState(i) && f(d.vals[i]) })
}

// image returns a float value (N,C,H,W), or -1.
func (d *drawer) image() int { return d.floatOf(4) }

// floatOf returns a float value of n dimensions, or -1.
func (d *drawer) floatOf(n int) int {
	return d.find(func(i int) bool {
		return d.vals[i].DType().IsFloat() && d.vals[i].NDim() == n && !d.isWeight(i)
	})
}

// isWeight reports whether i is a leaf that serves as a weight.
func (d *drawer) isWeight(i int) bool { l := d.p.Nodes[i].Leaf; return l != nil && l.Param }

// like returns a float value of the shape of i, maybe i itself or a new leaf, or one that
// broadcasts with it.
func (d *drawer) like(i int) int {
	v := d.vals[i]
	if d.one(2) {
		if k := d.findFloat(func(w *V) bool { return slices.Equal(w.Shape(), v.Shape()) }); k >= 0 && (k != i || d.one(4)) {
			return k
		}
	}
	shape := v.Shape()
	switch d.IntN(6) {
	case 0, 1: // one a channel, as it comes or expanded
		if len(shape) >= 2 {
			return d.perChannel(shape)
		}
	case 2: // one a sample
		for k := 1; k < len(shape); k++ {
			shape[k] = 1
		}
	case 3: // some dimensions
		for k := range shape {
			if d.one(2) {
				shape[k] = 1
			}
		}
		shape = shape[d.IntN(2*len(shape)+2)/2%(len(shape)+1):]
	case 4: // something that is there and broadcasts
		if k := d.findFloat(func(w *V) bool { return d.broadcasts(w.Shape(), v.Shape()) }); k >= 0 {
			return k
		}
	}
	return d.leaf(d.kind(), d.one(2), shape...)
}

func (d *drawer) broadcasts(a, b []int) bool {
	for i := range min(len(a), len(b)) {
		if x, y := a[len(a)-1-i], b[len(b)-1-i]; x != y && x != 1 && y != 1 {
			return false
		}
	}
	return true
}

// perChannel returns a value of one element for each channel of shape, in one of many forms.
func (d *drawer) perChannel(shape []int) int {
	c := shape[1]
	flat := slices.Repeat([]int{1}, len(shape)-1)
	flat[0] = c
	i := d.channelLeaf(c)
	if len(shape) == 4 && d.one(3) { // elements that are not neighbours
		if d.one(2) {
			i = d.step1("slice", []int{d.leaf(Small, true, 1, c, 1, 3)}, []int{3, 1, 2, 1})
		} else {
			i = d.step1("slice", []int{d.leaf(Small, true, 1, 2*c, 1, 1)}, []int{1, 1, 2 * c, 2})
		}
		return d.expanded(i, shape)
	}
	if d.one(4) { // statistics of something that is there
		if k := d.findFloat(func(v *V) bool { return v.NDim() == 4 && v.Dim(1) == c }); k >= 0 {
			if k = d.step1("mean", []int{k}, []int{0, 2, 3}); k >= 0 {
				i = k
			}
		}
	}
	if d.one(2) {
		flat = append([]int{1}, flat...)
	}
	if k := d.step1("reshape", []int{i}, flat); k >= 0 {
		i = k
	}
	return d.expanded(i, shape)
}

// expanded returns i, which has one element for each channel of shape, expanded in some
// dimensions or none.
func (d *drawer) expanded(i int, shape []int) int {
	if i < 0 || d.one(2) {
		return i
	}
	to := slices.Clone(shape)
	for k := range to {
		if k != 1 && d.one(3) {
			to[k] = 1
		}
	}
	if k := d.step1("expand", []int{i}, to); k >= 0 {
		return k
	}
	return i
}

// channelLeaf returns c elements, next to each other in memory or not.
func (d *drawer) channelLeaf(c int) int {
	i := -1
	switch d.IntN(8) {
	case 0: // a column
		i = d.step1("select", []int{d.leaf(Small, true, c, 3)}, []int{1, d.IntN(3)})
	case 1: // a row
		i = d.step1("select", []int{d.leaf(Small, true, 3, c)}, []int{0, d.IntN(3)})
	case 2: // some behind the first
		i = d.step1("slice", []int{d.leaf(Small, true, c+5)}, []int{0, 5, c + 5, 1})
	}
	if i < 0 {
		i = d.param(c)
	}
	return i
}

// step adds one operation, drawn by weight.
func (d *drawer) step() bool {
	names := drawn()
	r := rows[names[d.IntN(len(names))]]
	if d.p.Exact && !r.exact {
		return false
	}
	return r.draw(d)
}

// step1 adds the operation op and returns its value, -1 if the library refuses it or it is
// too large.
func (d *drawer) step1(op string, in, ints []int, nums ...float64) int {
	n := Node{Op: op, In: in, Ints: ints, Nums: nums}
	r := rows[op]
	if d.p.Exact && !r.exact || slices.Contains(in, -1) && (in[0] < 0 || !r.optional) {
		return -1
	}
	x := make([]*V, len(in))
	for j, a := range in {
		if a >= 0 {
			x[j] = d.vals[a]
		}
	}
	v := r.apply(&d.e, x, &n)
	if v.Err() != nil || v.Size() > d.most || v.Size() == 0 {
		return -1
	}
	d.p.Nodes = append(d.p.Nodes, n)
	d.vals = append(d.vals, v)
	return len(d.vals) - 1
}

// limit is what values may be at most; more is not wanted, because float32 ends somewhere.
const limit = 1e4

// finish cuts off what became too large and chooses what is asked for.
func (d *drawer) finish() {
	d.p.Nodes = d.p.Nodes[:d.tame()]
	d.vals = d.vals[:len(d.p.Nodes)]
	used := make([]bool, len(d.vals))
	for _, n := range d.p.Nodes {
		for _, a := range n.In {
			if a >= 0 {
				used[a] = true
			}
		}
	}
	for i := range d.vals {
		if d.p.Nodes[i].Leaf == nil && (!used[i] || d.one(12)) {
			d.p.Roots = append(d.p.Roots, i)
		}
	}
	if len(d.p.Roots) == 0 { // an operation is always there
		d.p.Roots = []int{d.step1("add", []int{0, 0}, nil)}
	}
	if len(d.p.Roots) > 3 {
		d.p.Roots = d.p.Roots[len(d.p.Roots)-3:]
	}
	d.Shuffle(len(d.p.Roots), func(i, j int) { d.p.Roots[i], d.p.Roots[j] = d.p.Roots[j], d.p.Roots[i] })
	d.p.prune()
	d.without(func(l *Leaf) bool { return d.p.Ask.compiled() && !l.Param }) // inputs of a compiled function have no gradient
	if d.p.Ask == Forward && d.one(3) {
		d.without(func(*Leaf) bool { return true })
	}
	if d.p.Exact && d.p.Ask == Second {
		d.p.Ask = Backward
	}
	dropouts := 0
	for _, n := range d.p.Nodes {
		if n.Op == "dropout" {
			dropouts++
		}
	}
	if dropouts > 1 && d.p.Ask.compiled() || !d.p.derivable() {
		d.p.Ask = Forward
	}
	if d.p.alternates() && d.one(2) { // what is kept of the statistics is all that is old
		d.p.Ask, d.p.Rounds, d.p.Changes = Forward, 3, []Change{Stay, Stay}
		d.without(func(*Leaf) bool { return true })
	} else if d.one(3) && !d.p.Exact {
		for d.p.Rounds = 2 + d.IntN(2); len(d.p.Changes) < d.p.Rounds-1; {
			c := Change(d.IntN(int(changes)))
			if !d.p.Ask.backward() {
				c = Change(d.IntN(int(Write) + 1))
			}
			d.p.Changes = append(d.p.Changes, c)
		}
		if d.p.Changes[0] == Write && d.one(2) { // the second write is of memory held since the first
			d.p.Rounds, d.p.Changes = 3, []Change{Write, Write}
		}
	}
}

// without makes leaves for which f holds want no gradient.
func (d *drawer) without(f func(*Leaf) bool) {
	for _, n := range d.p.Nodes {
		if n.Leaf != nil && f(n.Leaf) {
			n.Leaf.Grad = false
		}
	}
}

// alternates reports whether a batch norm is frozen in some rounds and in training in others.
func (p *Program) alternates() bool {
	return slices.ContainsFunc(p.Nodes, func(n Node) bool { return n.Op == "batch_norm" && n.Ints[0] == alternating })
}

// tame returns how many nodes come before the first with a value that is too large or
// no number.
func (d *drawer) tame() int {
	leaves := d.p.leafVars(&d.e)
	vals, err := d.p.build(&d.e, leaves)
	if err != nil {
		return len(d.p.Nodes)
	}
	stheno.Seed(d.p.Seed)
	if err := stheno.Run(vals...); err != nil {
		return len(d.p.Nodes)
	}
	for i, v := range vals {
		if d.p.Nodes[i].Leaf != nil {
			continue
		}
		t, err := v.Tensor()
		if err != nil {
			return i
		}
		for _, x := range t.Floats() {
			if !(math.Abs(x) <= limit) {
				return i
			}
		}
	}
	return len(d.p.Nodes)
}

// derivable reports whether a gradient can be asked for if the program requires it.
func (p *Program) derivable() bool {
	if p.Ask == Forward || p.Ask == Compiled {
		return true
	}
	e := &env{float: stheno.Float32}
	vals, err := p.build(e, p.leafVars(e))
	if err != nil {
		return false
	}
	roots := pick(vals, p.Roots)
	if p.Ask == Seeded {
		return roots[0].DType().IsFloat() && roots[0].RequiresGrad()
	}
	loss := p.weighted(e, roots)
	if loss == nil || !loss.RequiresGrad() {
		return false
	}
	return p.Ask != Derived || slices.ContainsFunc(p.Nodes, func(n Node) bool { return n.Leaf != nil && n.Leaf.Param && n.Leaf.Grad })
}

func pick(vals []*V, at []int) []*V {
	list := make([]*V, len(at))
	for i, k := range at {
		list[i] = vals[k]
	}
	return list
}

// leafVars returns new leaves with the values of the first round.
func (p *Program) leafVars(e *env) []*V {
	var list []*V
	for _, i := range p.leaves() {
		list = append(list, p.leafVar(e, i, p.values(p.Nodes[i].Leaf, e.round)))
	}
	return list
}

// leafVar makes leaf i with values x.
func (p *Program) leafVar(e *env, i int, x []float64) *V {
	l := p.Nodes[i].Leaf
	t := e.tensor(l, x)
	switch {
	case p.isState(i):
		return stheno.NewBuffer(t)
	case l.Param && l.Grad:
		return stheno.NewParameter(t)
	case l.Param:
		return stheno.NewParameter(t).WithoutGrad()
	case l.Grad:
		return stheno.FromTensor(t).WithGrad()
	}
	return stheno.FromTensor(t)
}

// prune removes the nodes that no root needs.
func (p *Program) prune() {
	needed := make([]bool, len(p.Nodes))
	for _, r := range p.Roots {
		needed[r] = true
	}
	for i := len(p.Nodes) - 1; i >= 0; i-- {
		for _, a := range p.Nodes[i].In {
			if needed[i] && a >= 0 {
				needed[a] = true
			}
		}
	}
	to := make([]int, len(p.Nodes))
	var kept []Node
	for i, n := range p.Nodes {
		if !needed[i] {
			continue
		}
		to[i] = len(kept)
		n.In = slices.Clone(n.In)
		for j, a := range n.In {
			if a >= 0 {
				n.In[j] = to[a]
			}
		}
		kept = append(kept, n)
	}
	p.Nodes = kept
	for i, r := range p.Roots {
		p.Roots[i] = to[r]
	}
}
