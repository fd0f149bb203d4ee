// SPDX-License-Identifier: MIT

package main

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	G "gorgonia.org/gorgonia"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/debug"
	"github.com/stheno-go/stheno/gorgonia"
)

// The arbiter is the program in float64 on Gorgonia's TapeMachine, which knows none of the
// plan's passes. How far float32 may be off is found out there, too: every value that is
// rounded gets noise that is larger than float32's, and results may differ by what that
// makes of them. A program that loses digits, or decides by a hair where a ReLU passes, is
// judged as leniently as it deserves, and every other one strictly.

// amplitude is that of the noise: 64 times the precision of float32, because Winograd's
// algorithm loses some of it.
const amplitude = 1.0 / (1 << 17)

// noise multiplies values by 1 + a small random number.
type noise struct {
	run int // 0: by exactly 1
}

func (n *noise) apply(node int, v *V) *V { return v.Mul(n.draw(node, v, 1, amplitude)) }

// slope returns 0, with a gradient in v that is noise of size times float32's precision.
func (n *noise) slope(node int, v *V, size float64) *V {
	return v.Sub(v.Detach()).Mul(n.draw(node, v, 0, size*amplitude/8))
}

// level returns noise of the size of the largest element, whatever the others are.
func (n *noise) level(node int, v *V) *V {
	return v.Detach().Abs().Max().Mul(n.draw(node, v, 0, amplitude/8))
}

// draw returns numbers near x, or just x in the run without noise.
func (n *noise) draw(node int, v *V, x, amplitude float64) *V {
	data := make([]float64, v.Size())
	r := rand.New(rand.NewPCG(uint64(node), uint64(n.run)))
	for i := range data {
		data[i] = x
		if n.run > 0 {
			data[i] += amplitude * (2*r.Float64() - 1)
		}
	}
	return stheno.FromTensor(stheno.TensorOf(data, v.Shape()...))
}

// verdict is what a result should be.
type verdict struct {
	result
	tol   float64
	scale float64
	calm  bool // noise changes it as little as it should: nothing is decided by a hair
}

// gross is the part of a result's size that makes a tolerance worthless.
const gross = 0.05

// nothing is what float32 may leave where numbers of about 1 cancel to exactly 0.
const nothing = 1e-7

// tape makes the machine of the arbiter.
func tape(g *G.ExprGraph) G.VM { return G.NewTapeMachine(g) }

// judge computes what the program should give from a state, with as many noisy runs. The
// machine is the arbiter's already.
func (p *Program) judge(round int, s state, noisy int) ([]verdict, error) {
	var list []verdict
	for run := range noisy + 1 {
		e := env{float: stheno.Float64, round: round, noise: &noise{run}}
		if p.Exact {
			e.noise = nil
		}
		got, err := p.newSession(e, s).run()
		if err != nil {
			return nil, err
		}
		for i, r := range got {
			if run == 0 {
				list = append(list, verdict{result: r, scale: largest(r.values)})
				list[i].tol = 1e-5 * list[i].scale
				continue
			}
			list[i].tol = max(list[i].tol, 2*farthest(r.values, list[i].values))
		}
		if p.Exact {
			break
		}
	}
	for i := range list {
		list[i].calm = list[i].tol < 1e-3*list[i].scale
	}
	return list, nil
}

// define compares the roots with their definition.
func (p *Program) define(round int, s state, want []verdict) error {
	vals := p.evaluate(&env{float: stheno.Float64, round: round}, s)
	roots := p.Roots
	if p.Ask == Seeded {
		roots = roots[:1]
	}
	for i, r := range roots {
		w := want[i]
		if vals[r].x == nil || !w.judged() {
			continue
		}
		if !slices.Equal(vals[r].shape, w.shape) {
			return fmt.Errorf("v%d has shape %v, by definition %v", r, w.shape, vals[r].shape)
		}
		tol := w.tol
		if w.calm {
			tol = tol/(1<<20) + 1e-11*w.scale
		}
		for k, x := range vals[r].x {
			if d := math.Abs(x - w.values[k]); !(d <= tol+nothing/(1<<20)) {
				return fmt.Errorf("v%d %v, element %d is %v, by definition %v", r, w.shape, k, w.values[k], x)
			}
		}
	}
	return nil
}

// slope compares the gradients with differences of the loss: how it changes when all
// leaves move in a random direction.
func (p *Program) slope(round int, s state, want []verdict) error {
	if p.Ask != Backward && p.Ask != Second || p.Exact || !p.slopes() {
		return nil
	}
	at := slices.IndexFunc(want, func(w verdict) bool { return w.name == "loss" })
	for _, w := range want {
		if !w.calm || !w.judged() {
			return nil
		}
	}
	// Of several distances one is enough: a step across a kink is no fault.
	var why error
	for _, h := range []float64{1e-5, 1e-6, 1e-4, 3e-6, 3e-5} {
		r := rand.New(rand.NewPCG(p.Seed, math.Float64bits(h)))
		move := make(state, len(s))
		predicted, size := 0.0, 0.0
		for k, i := range p.leaves() {
			move[k] = make([]float64, len(s[k]))
			g := slices.IndexFunc(want, func(w verdict) bool { return w.name == fmt.Sprintf("gradient of v%d", i) })
			if g < 0 {
				continue
			}
			for j, d := range want[g].values {
				move[k][j] = r.NormFloat64()
				predicted += d * move[k][j]
				size += math.Abs(d * move[k][j])
			}
		}
		loss := func(h float64) (float64, error) {
			moved := make(state, len(s))
			for k := range s {
				moved[k] = slices.Clone(s[k])
				for j := range moved[k] {
					moved[k][j] += h * move[k][j]
				}
			}
			got, err := p.newSession(env{float: stheno.Float64, round: round, noise: &noise{}}, moved).run()
			if err != nil {
				return 0, err
			}
			return got[at].values[0], nil
		}
		var l [4]float64
		for k, f := range []float64{h, -h, 2 * h, -2 * h} {
			var err error
			if l[k], err = loss(f); err != nil {
				return err
			}
		}
		near, far := (l[0]-l[1])/(2*h), (l[2]-l[3])/(4*h)
		tol := 10*math.Abs(near-far) + 1e-6*size + 1e-13*math.Abs(want[at].values[0])/h
		if math.Abs(near-predicted) <= tol {
			return nil
		}
		why = fmt.Errorf("the loss changes by %v, the gradients say %v (tolerance %.2g)", near, predicted, tol)
	}
	return why
}

// slopes reports whether gradients are derivatives in the whole program: nothing is cut off
// and no kink is drawn on purpose.
func (p *Program) slopes() bool {
	for _, n := range p.Nodes {
		if n.Leaf != nil && n.Leaf.Kind == Specials || n.Op == "detach" || n.Op == "embedding_padded" {
			return false
		}
	}
	return true
}

// largest returns the largest absolute value, and infinity if there is a NaN.
func largest(x []float64) float64 {
	m := 0.0
	for _, v := range x {
		if math.IsNaN(v) {
			return math.Inf(1)
		}
		m = max(m, math.Abs(v))
	}
	return m
}

// farthest returns the largest difference, infinity if that is not a number.
func farthest(x, y []float64) float64 {
	m := 0.0
	for i := range x {
		d := math.Abs(x[i] - y[i])
		if math.IsNaN(d) {
			return math.Inf(1)
		}
		m = max(m, d)
	}
	return m
}

// judged reports whether a wrong result would be seen.
func (v *verdict) judged() bool {
	return v.scale <= 1e12 && (v.tol <= gross*v.scale || v.scale == 0)
}

// compare returns the difference from the expected result; factor is how much of the tolerance
// is allowed.
func compare(want []verdict, got []result, factor float64) error {
	if len(want) != len(got) {
		return fmt.Errorf("%d results, want %d", len(got), len(want))
	}
	for i, w := range want {
		g := got[i]
		if !slices.Equal(w.shape, g.shape) || w.name != g.name {
			return fmt.Errorf("%s has shape %v, want %s %v", g.name, g.shape, w.name, w.shape)
		}
		if !w.judged() {
			continue
		}
		tol := w.tol
		if w.calm {
			tol *= factor
		}
		tol += nothing * factor
		for k, x := range w.values {
			if d := math.Abs(x - g.values[k]); !(d <= tol) {
				return fmt.Errorf("%s %v, element %d is %v, want %v (tolerance %.2g, largest %.4g)", w.name, w.shape, k, g.values[k], x, tol, w.scale)
			}
		}
	}
	return nil
}

// sameBits returns where two lists of results differ.
func sameBits(a, b []result) error {
	for i := range a {
		for k, x := range a[i].values {
			if y := b[i].values[k]; math.Float64bits(x) != math.Float64bits(y) && !(x != x && y != y) {
				return fmt.Errorf("%s %v, element %d is %v and %v", a[i].name, a[i].shape, k, x, y)
			}
		}
	}
	return nil
}

// Outcome is what trying a program came to.
type Outcome struct {
	Failure error // nil: it holds
	Refused error // the library does not take it, nil: it does
	Judged  int   // results that were compared
	Results int
}

// passing is what changes the whole process for a while.
func passing(alg debug.ConvAlgorithm, threads int, f func() error) error {
	defer debug.SetConvAlgorithm(debug.SetConvAlgorithm(alg))
	defer stheno.SetThreads(stheno.SetThreads(threads))
	return f()
}

// Try runs the program in all ways and compares what comes out.
func (p *Program) Try() Outcome {
	o := p.try(2)
	if o.Failure != nil && !p.Exact { // maybe a decision by a hair that two runs did not show
		again := p.try(24)
		return again
	}
	return o
}

func (p *Program) try(noisy int) (o Outcome) {
	single := env{float: stheno.Float32}
	var states []state
	var firsts [][]result
	alg := debug.ConvAuto
	if p.Seed%5 == 4 || p.Exact {
		alg = debug.ConvDirect
	}
	if p.Seed%2 == 0 {
		p.sibling(single, alg)
	}
	// The loop of a user, with everything that is kept from round to round.
	fail := func(what string, err error) Outcome {
		var r *refusal
		if errors.As(err, &r) || strings.Contains(err.Error(), "has no second derivative") {
			o.Refused = err
		} else {
			o.Failure = fmt.Errorf("%s: %w", what, err)
		}
		return o
	}
	err := passing(alg, 2, func() error {
		s := p.newSession(single, p.first())
		for round := range p.Rounds {
			if round > 0 {
				if err := s.change(round); err != nil {
					return err
				}
			}
			now, err := s.state()
			if err != nil {
				return err
			}
			got, err := s.run()
			if err != nil {
				return err
			}
			states, firsts = append(states, now), append(firsts, got)
		}
		return nil
	})
	if err != nil {
		return fail("the loop", err)
	}
	// From each state once more, on one thread: nothing that was kept may be seen.
	err = passing(alg, 1, func() error {
		for round, s := range states {
			got, err := p.again(single, round, s)
			if err == nil {
				err = sameBits(firsts[round], got)
			}
			if err != nil {
				return fmt.Errorf("round %d: %w", round, err)
			}
		}
		return nil
	})
	if err != nil {
		return fail("in the loop on two threads, and again on one", err)
	}
	want := make([][]verdict, len(states))
	restore := gorgonia.SetMachine(tape)
	for round, s := range states {
		if want[round], err = p.judge(p.roundOf(round), s, noisy); err == nil {
			err = p.define(p.roundOf(round), s, want[round])
		}
		if err == nil && round == 0 {
			err = p.slope(p.roundOf(round), s, want[round])
		}
		if err != nil {
			break
		}
	}
	restore()
	if err != nil {
		return fail("float64 on the TapeMachine", err)
	}
	for round := range states {
		for _, w := range want[round] {
			o.Results++
			if w.judged() {
				o.Judged++
			}
		}
		if err := compare(want[round], firsts[round], 1); err != nil {
			return fail(fmt.Sprintf("round %d, %v, beside float64", round, alg), err)
		}
	}
	last := len(states) - 1
	for _, way := range p.ways() {
		err := way.run(func(e env) error {
			got, err := p.again(e, last, states[last])
			if err != nil {
				return err
			}
			factor := 1.0
			if e.float == stheno.Float64 {
				factor = 1.0 / (1 << 20)
			}
			return compare(want[last], got, factor)
		})
		if err != nil {
			return fail(fmt.Sprintf("round %d, %s, beside float64", last, way.name), err)
		}
	}
	return o
}

// sibling runs another program that differs in an attribute of one operation: what the
// cache has of it is not for this one.
func (p *Program) sibling(e env, alg debug.ConvAlgorithm) {
	r := rand.New(rand.NewPCG(p.Seed, 0x51b))
	for range 4 {
		q := p.clone()
		n := &q.Nodes[r.IntN(len(q.Nodes))]
		switch {
		case len(n.Ints) > 0:
			n.Ints = slices.Clone(n.Ints)
			k := r.IntN(len(n.Ints))
			n.Ints[k] = max(0, n.Ints[k]+1-2*r.IntN(2))
		case len(n.Nums) > 0:
			n.Nums = slices.Clone(n.Nums)
			n.Nums[r.IntN(len(n.Nums))] *= 0.75
		default:
			continue
		}
		q.Rounds = 1
		// Its error, if it is invalid, is of no interest.
		_ = passing(alg, 2, func() error {
			_, err := q.newSession(e, q.first()).run()
			return err
		})
	}
}

// roundOf returns the round whose numbers are used in a round.
func (p *Program) roundOf(round int) int {
	if p.Ask.compiled() {
		return 0
	}
	return round
}

// again runs the program from a state, with nothing that was there before.
func (p *Program) again(e env, round int, s state) ([]result, error) {
	e.round = p.roundOf(round)
	return p.newSession(e, s).run()
}

// way is another way to run a program.
type way struct {
	name string
	run  func(f func(e env) error) error
}

// ways returns those that a program is run in; each program has some of them.
func (p *Program) ways() []way {
	by := func(alg debug.ConvAlgorithm) way {
		return way{alg.String(), func(f func(e env) error) error {
			return passing(alg, 2, func() error { return f(env{float: stheno.Float32}) })
		}}
	}
	double := way{"float64 planned", func(f func(e env) error) error { return f(env{float: stheno.Float64}) }}
	stock := way{"float32 on the TapeMachine", func(f func(e env) error) error {
		defer gorgonia.SetMachine(tape)()
		return f(env{float: stheno.Float32})
	}}
	plain, winograd, direct := by(debug.ConvNCHW), by(debug.ConvWinograd), by(debug.ConvDirect)
	if p.Exact {
		return []way{plain, double}
	}
	if !p.uses("conv2d") {
		return [][]way{{double}, {stock}, {double}}[p.Seed%3]
	}
	return [][]way{{winograd}, {direct, double}, {plain}, {winograd, stock}}[p.Seed%4]
}
