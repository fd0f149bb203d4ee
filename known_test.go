// SPDX-License-Identifier: MIT

package stheno_test

import (
	"context"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/debug"
	"github.com/stheno-go/stheno/internal/access"
	"github.com/stheno-go/stheno/layers"
	"github.com/stheno-go/stheno/sthenotest"
	"github.com/stheno-go/stheno/trainers/optim"
)

// snapshot is a copy of v's value that nothing has to do with v: what a carried value
// must be the same as.
func snapshot(v *V) *V { return stheno.FromTensor(stheno.Must(v.Tensor())) }

func item(v *V) float64 { return stheno.Must(v.Item()) }

// cell is a small recurrent network.
type cell struct{ In, State, Out *layers.Linear }

func newCell(n int) *cell {
	stheno.Seed(7)
	return &cell{layers.NewLinear(n, n), layers.NewLinear(n, n), layers.NewLinear(n, n)}
}

func (c *cell) step(x, h *V) *V { return c.In.Forward(x).Add(c.State.Forward(h)).Tanh() }

// carriers are the ways to carry a state on after each step of a loop without gradients.
var carriers = map[string]func(h *V) *V{
	"as it is":         func(h *V) *V { return h },
	"detach":           func(h *V) *V { return h.Detach() },
	"keep":             func(h *V) *V { return h.Keep() },
	"run":              func(h *V) *V { return check(h, stheno.Run(h)) },
	"run, detach":      func(h *V) *V { return check(h, stheno.Run(h)).Detach() },
	"detach, run":      func(h *V) *V { h = h.Detach(); return check(h, stheno.Run(h)) },
	"values":           func(h *V) *V { stheno.Must(stheno.Values[float32](h)); return h },
	"print":            func(h *V) *V { _ = h.String(); return h },
	"detach twice":     func(h *V) *V { return h.Detach().Detach() },
	"a view, detached": func(h *V) *V { return h.Reshape(-1).Detach().Reshape(1, -1) },
}

func check(v *V, err error) *V {
	if err != nil {
		panic(err)
	}
	return v
}

// TestTokenByToken: a sequence that is generated one element after the other costs the
// same at each step and compiles nothing after the first, however the state is carried.
func TestTokenByToken(t *testing.T) {
	const n, tokens, settled = 32, 60, 10
	x := stheno.Ones(1, n)
	generate := func(carry func(*V) *V) (choice []float64, last *V, compiles uint64) {
		debug.ResetCache()
		c, h := newCell(n), stheno.Zeros(1, n)
		for i := range tokens {
			h = carry(c.step(x.Mul(1+0.01*float64(i)), h))
			choice = append(choice, item(c.Out.Forward(h).ArgMax(1)))
			if i == settled {
				compiles = debug.ReadCacheStats().Compiles
			}
		}
		return choice, h, debug.ReadCacheStats().Compiles - compiles
	}
	choice, last, _ := generate(snapshot)
	for name, carry := range carriers {
		t.Run(name, func(t *testing.T) {
			got, h, compiles := generate(carry)
			assert.Equal(t, choice, got)
			sthenotest.Close(t, h, last, sthenotest.Tol{Abs: 1e-6})
			assert.Zero(t, compiles, "compiled after the first steps")
		})
	}
}

// counted returns how many instructions of that name f runs.
func counted(name string, f func()) int {
	n := 0
	restore := debug.SetProfiler(func(instr string, _ stheno.Shape, _ time.Duration) {
		if strings.Contains(instr, name) {
			n++
		}
	})
	defer restore()
	f()
	return n
}

// TestWorkIsLinear: each step of a loop runs as many instructions as the one before.
func TestWorkIsLinear(t *testing.T) {
	debug.ResetCache()
	const n = 16
	x := stheno.Ones(1, n)
	for name, carry := range carriers {
		c, h := newCell(n), stheno.Zeros(1, n)
		step := func() {
			h = carry(c.step(x, h))
			item(c.Out.Forward(h).ArgMax(1))
		}
		for range 10 {
			step()
		}
		assert.LessOrEqual(t, counted("linear", step), 3, name)
	}
}

// carriedOver is how a state passes from a step with a gradient to the next: what is done
// when it is recorded, before Backward, and after it.
var carriedOver = map[string]struct{ recorded, before, after func(h *V) *V }{
	"kept, detached after Backward":     {recorded: (*V).Keep, after: (*V).Detach},
	"kept, and detached with a product": {recorded: (*V).Keep, after: func(h *V) *V { return h.Detach().Mul(1) }},
	"detached before Backward":          {before: (*V).Detach},
	"read, then detached":               {before: func(h *V) *V { stheno.Must(h.Tensor()); return h.Detach() }},
	"read, detached after Backward":     {before: func(h *V) *V { stheno.Must(h.Tensor()); return h }, after: (*V).Detach},
	"detached, then read":               {before: func(h *V) *V { h = h.Detach(); stheno.Must(h.Tensor()); return h }},
	"printed when it was recorded":      {recorded: func(h *V) *V { _ = h.String(); return h }, after: (*V).Detach},
	"detached after a second reader":    {recorded: func(h *V) *V { _ = h.Neg(); return h }, after: (*V).Detach},
}

func TestTruncatedBackpropagation(t *testing.T) {
	train := func(t *testing.T, recorded, before, after func(*V) *V) []float64 {
		w := leaf64(0.5, -0.25)
		opt := optim.NewSGD([]*V{w}, 0.1, optim.SGDConfig{})
		h := stheno.New([]float64{1, 2})
		var losses []float64
		apply := func(f func(*V) *V) {
			if f != nil {
				h = f(h)
			}
		}
		for range 6 {
			w.ZeroGrad()
			h = h.Mul(w).Add(0.1).Mul(w).Add(1)
			apply(recorded)
			loss := h.Square().Sum()
			apply(before)
			require.NoError(t, loss.Backward())
			require.NoError(t, opt.Step())
			apply(after)
			losses = append(losses, item(loss))
		}
		return losses
	}
	onEachMachine(t, func(t *testing.T) {
		want := train(t, (*V).Keep, nil, snapshot)
		require.NotEqual(t, want[0], want[5])
		for name, c := range carriedOver {
			t.Run(name, func(t *testing.T) { assert.Equal(t, want, train(t, c.recorded, c.before, c.after)) })
		}
	})
}

// TestLoopWithoutReading is the shortest loop of this kind.
func TestLoopWithoutReading(t *testing.T) {
	w, h := leaf64(3), stheno.New([]float64{2})
	for range 3 {
		h = h.Detach().Mul(w).Keep()
		require.NoError(t, h.Sum().Backward())
	}
	sthenotest.Close(t, h, []float64{54}, exact)
	sthenotest.Close(t, w.Grad(), []float64{2 + 6 + 18}, exact)
}

func TestDetachIsReadAfterBackward(t *testing.T) {
	w := leaf64(0.5)
	h := w.Mul(2)
	d := h.Detach()
	require.NoError(t, h.Sum().Backward()) // d is not part of it
	touch(w)
	sthenotest.Close(t, d, []float64{1}, exact)
	sthenotest.Close(t, d.Mul(2), []float64{2}, exact)

	h = w.Mul(2)
	d = h.Detach()
	require.NoError(t, d.Mul(h).Sum().Backward()) // d is part of it
	touch(w)
	sthenotest.Close(t, d.Mul(2), []float64{2}, exact)
	assert.True(t, d.IsLeaf())
}

// TestOldLogProbabilities: a value of an old policy stays what it was, while the
// parameters it was computed from are stepped several times.
func TestOldLogProbabilities(t *testing.T) {
	onEachMachine(t, func(t *testing.T) {
		train := func(carry func(*V) *V) (values []float64) {
			w := leaf64(0.1, 0.2, -0.3)
			opt := optim.NewAdam([]*V{w}, 0.1, optim.AdamConfig{})
			x, action := stheno.New([]float64{1, -2, 3, 0.5, 0.5, 1}, 2, 3), stheno.New([]int64{2, 0}, 2, 1)
			policy := func() *V { return x.Mul(w).LogSoftmax(1).Gather(1, action) }
			for range 2 {
				old := carry(policy())
				for range 3 {
					opt.ZeroGrad()
					ratio := policy().Sub(old).Exp()
					loss := ratio.Minimum(ratio.Clamp(0.8, 1.2)).Mean().Neg()
					require.NoError(t, loss.Backward())
					require.NoError(t, opt.Step())
					values = append(values, item(loss))
				}
			}
			return values
		}
		want := train(snapshot)
		assert.Equal(t, want, train((*V).Detach))
		assert.Equal(t, want, train(func(v *V) *V { return check(v, stheno.Run(v)).Detach() }))
	})
}

// TestMutualLearning: two networks learn from each other's predictions.
func TestMutualLearning(t *testing.T) {
	train := func(t *testing.T, early bool, carry func(*V) *V) (values []float64) {
		stheno.Seed(1)
		a, b := layers.NewLinear(3, 4), layers.NewLinear(3, 4)
		oa, ob := optim.NewSGD(stheno.Parameters(a), 0.1, optim.SGDConfig{}), optim.NewSGD(stheno.Parameters(b), 0.1, optim.SGDConfig{})
		x, y := stheno.NewGenerator(3).Randn(5, 3), stheno.New([]int64{0, 1, 2, 3, 0})
		var mse layers.MSELoss
		var ce layers.CrossEntropyLoss
		for range 4 {
			oa.ZeroGrad()
			ob.ZeroGrad()
			p, q := a.Forward(x), b.Forward(x)
			first := ce.Forward(p, y).Add(mse.Forward(p, carry(q)))
			var second *V
			if early {
				second = ce.Forward(q, y).Add(mse.Forward(q, carry(p)))
			}
			require.NoError(t, first.Backward())
			require.NoError(t, oa.Step())
			if !early {
				second = ce.Forward(q, y).Add(mse.Forward(q, carry(p)))
			}
			require.NoError(t, second.Backward())
			require.NoError(t, ob.Step())
			values = append(values, item(first), item(second))
		}
		return values
	}
	want := train(t, true, snapshot)
	for _, early := range []bool{false, true} {
		assert.Equal(t, want, train(t, early, (*V).Detach), "both losses recorded first: %v", early)
	}
}

func TestRunningSums(t *testing.T) {
	for name, c := range map[string]struct {
		term func(loss *V) *V
		each bool
	}{
		"read each step":               {func(l *V) *V { return l }, true},
		"read at the end":              {func(l *V) *V { return l }, false},
		"detached, read each step":     {(*V).Detach, true},
		"detached, read at the end":    {(*V).Detach, false},
		"of a number, read at the end": {func(l *V) *V { return stheno.Scalar(item(l)) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			debug.ResetCache()
			w, total, want := leaf64(0.5), stheno.Scalar(0.0), 0.0
			opt := optim.NewSGD([]*V{w}, 0.01, optim.SGDConfig{})
			for i := range 300 {
				opt.ZeroGrad()
				loss := w.Mul(float64(i % 7)).Sub(1).Square().Sum()
				require.NoError(t, loss.Backward())
				require.NoError(t, opt.Step())
				want += item(loss)
				if total = total.Add(c.term(loss)); c.each {
					require.Equal(t, want, item(total))
				}
			}
			require.InDelta(t, want, item(total), 1e-9)
			assert.LessOrEqual(t, debug.ReadCacheStats().Compiles, uint64(4))
		})
	}
}

// TestAverageOfParameters: Polyak's average, written as an expression.
func TestAverageOfParameters(t *testing.T) {
	for name, carry := range map[string]func(*V) *V{
		"run":         func(v *V) *V { return check(v, stheno.Run(v)) },
		"run, detach": func(v *V) *V { return check(v, stheno.Run(v)).Detach() },
		"detach, run": func(v *V) *V { v = v.Detach(); return check(v, stheno.Run(v)) },
		"with a gradient, run, detach": func(v *V) *V {
			return check(v, stheno.Run(v)).Detach()
		},
	} {
		w := leaf64(1, 2)
		average, want := w.Detach().Mul(1), 1.0
		require.NoError(t, stheno.Run(average))
		opt := optim.NewSGD([]*V{w}, 1, optim.SGDConfig{})
		for i := range 20 {
			w.ZeroGrad()
			require.NoError(t, w.Mul(0.01).Sum().Backward())
			require.NoError(t, opt.Step())
			average = carry(average.Mul(0.75).Add(w.Detach().Mul(0.25)))
			want = 0.75*want + 0.25*(1-0.01*float64(i+1))
		}
		sthenotest.Close(t, average, []float64{want, want + 1}, sthenotest.Tol{Rel: 1e-12})
		assert.False(t, average.RequiresGrad(), name)
	}
	// One that is read too late is an error, not a number made of what w is by then.
	w := leaf64(1)
	late := w.Detach().Mul(2)
	touch(w)
	_, err := late.Item()
	require.ErrorIs(t, err, stheno.ErrStale)
}

// TestDiffusionSampling: x is replaced by itself less a network's output, with noise.
func TestDiffusionSampling(t *testing.T) {
	stheno.Seed(5)
	net := layers.Sequential{layers.NewLinear(8, 8), layers.ReLU{}, layers.NewLinear(8, 8)}
	sample := func(carry func(*V) *V) *V {
		g, x := stheno.NewGenerator(9), stheno.NewGenerator(2).Randn(2, 8)
		for i := range 40 {
			x = carry(x.Sub(net.Forward(x).Mul(0.01 * float64(i))).Add(g.Randn(2, 8).Mul(0.1)))
		}
		return x
	}
	want := sample(snapshot)
	for name, carry := range carriers {
		if strings.HasPrefix(name, "a view") {
			continue
		}
		debug.ResetCache()
		sthenotest.Close(t, sample(carry), want, sthenotest.Tol{Abs: 1e-5})
	}
}

// TestStateOfTwoParts: a network's state may have several values, as an LSTM's.
func TestStateOfTwoParts(t *testing.T) {
	run := func(t *testing.T, recorded, carry func(*V) *V) (losses []float64) {
		stheno.Seed(3)
		in := layers.NewLinear(4, 16)
		state := layers.NewLinear(4, 16)
		opt := optim.NewSGD(append(stheno.Parameters(in), stheno.Parameters(state)...), 0.1, optim.SGDConfig{})
		h, c := stheno.Zeros(2, 4), stheno.Zeros(2, 4)
		x := stheno.NewGenerator(4).Randn(2, 4)
		for range 5 {
			opt.ZeroGrad()
			h, c = carry(h), carry(c)
			loss := stheno.Scalar(float32(0))
			for range 3 {
				gates := in.Forward(x).Add(state.Forward(h)).Split(1, 4)
				c = gates[0].Sigmoid().Mul(c).Add(gates[1].Sigmoid().Mul(gates[2].Tanh()))
				h = gates[3].Sigmoid().Mul(c.Tanh())
				loss = loss.Add(h.Sub(1).Square().Mean())
			}
			h, c = recorded(h), recorded(c)
			require.NoError(t, loss.Backward())
			require.NoError(t, opt.Step())
			losses = append(losses, item(loss))
		}
		return losses
	}
	want := run(t, (*V).Keep, snapshot)
	same := func(v *V) *V { return v }
	assert.Equal(t, want, run(t, (*V).Keep, (*V).Detach))
	assert.Equal(t, want, run(t, (*V).Detach, same))
}

// TestReadersOfOneForwardPass checks that the network runs once, whichever value is read first.
func TestReadersOfOneForwardPass(t *testing.T) {
	net := layers.Sequential{layers.NewLinear(4, 6), layers.ReLU{}, layers.NewLinear(6, 3)}
	x, y := stheno.NewGenerator(1).Randn(5, 4), stheno.New([]int64{0, 1, 2, 0, 1})
	accuracy := func(p *V) *V { return p.ArgMax(1).Eq(y).To(stheno.Float32).Mean() }
	loss := func(p *V) *V { return layers.CrossEntropyLoss{}.Forward(p, y) }
	square := func(p *V) *V { return p.Square().Mean() } // does not keep p by itself
	for name, c := range map[string]struct {
		settled int // steps after which the network runs once
		step    func(p *V)
	}{
		"a loss, then accuracy":            {0, func(p *V) { item(loss(p)); item(accuracy(p)) }},
		"accuracy, then a loss":            {2, func(p *V) { item(accuracy(p)); item(loss(p)) }},
		"both recorded first":              {0, func(p *V) { l, a := square(p), accuracy(p); item(l); item(a) }},
		"both recorded first, other order": {0, func(p *V) { l, a := square(p), accuracy(p); item(a); item(l) }},
		"one after the other":              {2, func(p *V) { item(square(p)); item(accuracy(p)) }},
		"the prediction itself":            {2, func(p *V) { item(square(p)); stheno.Must(p.Tensor()) }},
		"together":                         {0, func(p *V) { l, a := square(p), accuracy(p); check(l, stheno.Run(l, a)); item(l); item(a) }},
		"three": {2, func(p *V) {
			item(square(p))
			item(accuracy(p))
			item(p.Abs().Sum())
		}},
		"after Backward": {0, func(p *V) {
			a := accuracy(p)
			l := square(p)
			check(l, l.Backward())
			item(a)
		}},
		"a loss's prediction after Backward": {0, func(p *V) {
			l := loss(p)
			check(l, l.Backward())
			item(accuracy(p))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			debug.ResetCache()
			for range c.settled {
				c.step(net.Forward(x))
			}
			once := counted("linear", func() { stheno.Must(net.Forward(x).Tensor()) })
			require.Equal(t, 2, once)
			backward := 0
			if strings.HasSuffix(name, "Backward") {
				l := square(net.Forward(x))
				backward = counted("linear", func() { check(l, l.Backward()) }) - once
			}
			assert.Equal(t, once+backward, counted("linear", func() { c.step(net.Forward(x)) }))
		})
	}
}

// TestKnownValueKeepsItsGradient: reading a value takes nothing from it.
func TestKnownValueKeepsItsGradient(t *testing.T) {
	onEachMachine(t, func(t *testing.T) {
		read := map[string]func(v *V){
			"not read": func(*V) {},
			"item":     func(v *V) { _, _ = v.Item() },
			"values":   func(v *V) { stheno.Must(stheno.Values[float64](v)) },
			"print":    func(v *V) { _ = v.String() },
			"run":      func(v *V) { check(v, stheno.Run(v)) },
			"keep":     func(v *V) { v.Keep() },
			"detach":   func(v *V) { stheno.Must(v.Detach().Tensor()) },
		}
		for name, f := range read {
			x := leaf64(2, 3)
			y := x.Mul(x)
			f(y)
			z := y.Mul(x).Sum()
			f(z)
			require.NoError(t, z.Mul(2).Backward(), name) // 2x³
			sthenotest.Close(t, x.Grad(), []float64{24, 54}, exact)
			if name != "not read" && name != "detach" {
				assert.Equal(t, 35.0, item(z))
			}

			// A gradient of one that was read, and the second derivative.
			y = x.Mul(x)
			f(y)
			g := stheno.Grad(y.Mul(x).Sum(), x)[0]
			f(g)
			sthenotest.Close(t, g, []float64{12, 27}, exact)
			sthenotest.Close(t, stheno.Grad(g.Sum(), x)[0], []float64{12, 18}, exact)
			sthenotest.Close(t, stheno.Grad(y.Square().Sum(), y)[0], []float64{8, 18}, exact)

			// Its value once with a gradient and once without, in either order.
			for _, detachedFirst := range []bool{false, true} {
				x.ZeroGrad()
				y = x.Mul(x)
				f(y)
				a, b := y, y.Mul(3).Detach()
				if detachedFirst {
					a, b = b, a
				}
				require.NoError(t, a.Mul(b).Sum().Backward(), name) // x²·c, c = 3x²
				sthenotest.Close(t, x.Grad(), []float64{48, 162}, exact)
			}

			// Retained, and read between.
			x.ZeroGrad()
			y = x.Mul(x).Sum().Retain()
			require.NoError(t, y.Backward())
			f(y)
			require.NoError(t, y.Backward())
			sthenotest.Close(t, x.Grad(), []float64{8, 12}, exact)
		}
	})
}

// TestKnownValueOfChangedParameters: what was computed stays readable and can be carried
// on; a gradient through it is refused.
func TestKnownValueOfChangedParameters(t *testing.T) {
	w := leaf64(1, 2)
	y := w.Mul(3)
	z := y.Sum()
	require.NoError(t, stheno.Run(y, z))
	touch(w)
	assert.Equal(t, 9.0, item(z))
	assert.Equal(t, 18.0, item(z.Mul(2)))
	sthenotest.Close(t, y.Detach().Mul(2), []float64{6, 12}, exact)
	require.NoError(t, y.Detach().Mul(w).Sum().Backward())
	sthenotest.Close(t, w.Grad(), []float64{3, 6}, exact)
	require.ErrorIs(t, y.Mul(w).Sum().Backward(), stheno.ErrStale)
	require.ErrorIs(t, z.Backward(), stheno.ErrStale)
	_, err := stheno.Grad(z, w)[0].Tensor()
	require.ErrorIs(t, err, stheno.ErrStale)
}

// TestGradThroughFreedRecords: Backward took the way from the value to the variable away.
func TestGradThroughFreedRecords(t *testing.T) {
	x := leaf64(2, 3)
	h := x.Mul(x).Keep()
	early := stheno.Grad(h.Sum(), x)[0]
	require.NoError(t, h.Sum().Backward())
	_, err := stheno.Grad(h.Sum(), x)[0].Tensor()
	require.ErrorIs(t, err, stheno.ErrFreed, "not zeros")
	_, err = early.Tensor()
	require.ErrorIs(t, err, stheno.ErrFreed, "not zeros")
	// With respect to h itself nothing is missing.
	sthenotest.Close(t, stheno.Grad(h.Square().Sum(), h)[0], []float64{8, 18}, exact)
	// Nor for what h is only a factor of.
	sthenotest.Close(t, stheno.Grad(h.Detach().Mul(x).Sum(), x)[0], []float64{4, 9}, exact)
}

func TestEffectsHappenOnce(t *testing.T) {
	for name, read := range map[string]func(y *V){
		"backward":               func(y *V) { check(y, y.Sum().Backward()) },
		"item, backward":         func(y *V) { l := y.Sum(); item(l); check(l, l.Backward()) },
		"read, backward":         func(y *V) { stheno.Must(y.Tensor()); check(y, y.Sum().Backward()) },
		"detach, backward, read": func(y *V) { d := y.Detach(); check(y, y.Sum().Backward()); stheno.Must(d.Tensor()) },
		"detach, read, read": func(y *V) {
			d := y.Detach()
			stheno.Must(d.Mul(2).Tensor())
			stheno.Must(d.Mul(3).Tensor())
			stheno.Must(y.Tensor())
		},
		"two readers":              func(y *V) { item(y.Sum()); item(y.Mean()); item(y.Square().Sum()) },
		"two readers, backward":    func(y *V) { item(y.Mean()); l := y.Square().Sum(); item(l); check(l, l.Backward()) },
		"retained":                 func(y *V) { l := y.Sum().Retain(); check(l, l.Backward()); check(l, l.Backward()) },
		"known and passed through": func(y *V) { stheno.Must(y.Tensor()); check(y, y.Detach().Mul(y).Sum().Backward()) },
	} {
		for range 3 { // what is learned from one step must not change the next
			bn := layers.NewBatchNorm2d(2)
			read(bn.Forward(stheno.Randn(2, 2, 3, 3)))
			assert.Equal(t, 1.0, item(bn.NumBatchesTracked), name)
		}
	}
}

func TestWithGradOfResults(t *testing.T) {
	onEachMachine(t, func(t *testing.T) {
		w := leaf64(3, 4)
		for name, x := range map[string]*V{
			"converted":        stheno.New([]float32{1, 2}).To(stheno.Float64),
			"computed":         stheno.New([]float64{0.5, 1}).Mul(2),
			"detached":         stheno.New([]float64{0.5, 1}).Mul(2).Detach(),
			"of a parameter":   w.Mul(2).Sub(w).Detach().Sub(2),
			"known":            check(w, stheno.Run(w)).Detach().Sub(2),
			"known and shared": snapshot(w).Sub(2),
		} {
			y := x.Mul(10) // recorded before
			require.Same(t, x, x.WithGrad(), name)
			require.NoError(t, x.Err())
			assert.True(t, x.IsLeaf() && x.RequiresGrad())
			require.NoError(t, x.Square().Sum().Backward(), name)
			sthenotest.Close(t, x.Grad(), []float64{2, 4}, exact)
			assert.False(t, y.RequiresGrad())
			sthenotest.Close(t, y, []float64{10, 20}, exact)
			require.NoError(t, optim.NewSGD([]*V{x}, 0.5, optim.SGDConfig{}).Step())
			sthenotest.Close(t, x, []float64{0, 0}, exact)
			_, err := x.Mul(1).Tensor()
			require.NoError(t, err)
		}
		assert.Nil(t, w.Grad())

		m := stheno.New([]float64{1, 3}).Mean().WithGrad() // a number
		require.NoError(t, m.Square().Backward())
		require.NoError(t, optim.NewSGD([]*V{m}, 0.25, optim.SGDConfig{}).Step())
		assert.Equal(t, 1.0, item(m))
		assert.Equal(t, 3.0, item(m.Mul(3)))
	})
	assert.ErrorContains(t, leaf64(1).Mul(2).WithGrad().Err(), "call Detach first")
	assert.ErrorContains(t, leaf64(1).Mul(2).WithoutGrad().Err(), "call Detach")
	assert.ErrorIs(t, stheno.New([]float64{1}).Gt(0).WithGrad().Err(), stheno.ErrDType)
	lost := leaf64(1).Mul(2)
	require.NoError(t, lost.Sum().Backward())
	assert.ErrorIs(t, lost.Detach().WithGrad().Err(), stheno.ErrFreed)
}

// TestErrorsSayWhatWorks: each message names the operation and the line, and what it
// advises works.
func TestErrorsSayWhatWorks(t *testing.T) {
	c := newCell(4)
	stheno.Parameters(c) // gives them names
	x := stheno.Ones(1, 4)
	record := func() *V { return c.step(x, stheno.Zeros(1, 4)) }
	refused := func(err, kind error, parts ...string) {
		t.Helper()
		require.ErrorIs(t, err, kind)
		for _, s := range append(parts, "known_test.go:") {
			assert.ErrorContains(t, err, s)
		}
	}

	h := record()
	require.NoError(t, h.Sum().Backward())
	_, err := h.Tensor()
	refused(err, stheno.ErrFreed, "the value of tanh (1,4) is gone after Backward", "call Keep on it before Backward")
	_, err = h.Detach().Mul(2).Tensor()
	refused(err, stheno.ErrFreed, "tanh (1,4)", "call Keep on it before Backward")

	h = record().Keep() // advised
	require.NoError(t, h.Sum().Backward())
	stheno.Must(h.Tensor())
	refused(c.step(x, h).Sum().Backward(), stheno.ErrFreed, "Trying to backward through the graph a second time", "below tanh (1,4)", "call Detach on it", "call Retain on the root")
	require.NoError(t, c.step(x, h.Detach()).Sum().Backward()) // advised

	h = record()
	require.NoError(t, h.Sum().Retain().Backward()) // advised
	require.NoError(t, c.step(x, h).Sum().Backward())

	y := c.Out.Forward(x)
	touch(c.Out.Weight)
	_, err = y.Tensor()
	refused(err, stheno.ErrStale, "linear (1,4) of out.weight, out.bias changed after it was recorded", "Run it before its inputs change, or record it again")
	refused(y.Sum().Backward(), stheno.ErrStale, "out.weight", "call Backward before they change, or record it again")
	y = c.Out.Forward(x)
	require.NoError(t, stheno.Run(y)) // advised
	touch(c.Out.Weight)
	stheno.Must(y.Detach().Mul(2).Tensor())

	_, err = stheno.Compile(func(in ...*V) []*V { return []*V{in[0].Mul(item(in[0].Sum()))} }).Run(context.Background(), x)
	require.Error(t, err)
}

// TestCompileKnowsNoInputs: nothing of the inputs that a function was compiled with is
// left in the program.
func TestCompileKnowsNoInputs(t *testing.T) {
	w := stheno.NewParameter(stheno.TensorOf([]float32{1, 10}))
	for name, f := range map[string]func(x *V) *V{
		"detach":               func(x *V) *V { return x.Detach().Mul(w) },
		"detach twice":         func(x *V) *V { return x.Detach().Detach().Mul(w) },
		"detach a result":      func(x *V) *V { return x.Mul(w).Detach().Mul(1) },
		"keep":                 func(x *V) *V { return x.Mul(w).Keep().Mul(1) },
		"a gradient":           func(x *V) *V { return stheno.Grad(x.WithGrad().Square().Mul(w.Mul(0.5)).Sum(), x)[0] },
		"the parameter":        func(x *V) *V { return x.Mul(w.Detach()) },
		"known outside":        func(x *V) *V { return x.Mul(w) },
		"with hidden readers":  func(x *V) *V { y := x.Mul(w); _ = y.Neg(); return y.Mul(1) },
		"its own input, twice": func(x *V) *V { return stheno.Where(x.Detach().Gt(-1e9), x, x.Neg()).Mul(w) },
	} {
		p := stheno.Compile(func(in ...*V) []*V { return []*V{f(in[0])} })
		for i := range 3 {
			k := float32(i + 1)
			out := stheno.Must(p.Run(context.Background(), stheno.New([]float32{k, 2 * k})))
			require.Len(t, out, 1, name)
			sthenotest.Close(t, out[0], []float32{k, 20 * k}, exact)
		}
	}
	for name, f := range map[string]func(x *V) error{
		"item":     func(x *V) error { _, err := x.Sum().Item(); return err },
		"input":    func(x *V) error { _, err := stheno.Values[float32](x); return err },
		"tensor":   func(x *V) error { _, err := x.Tensor(); return err },
		"run":      func(x *V) error { return stheno.Run(x.Mul(2)) },
		"backward": func(x *V) error { return x.Mul(w).Sum().Backward() },
		"withgrad": func(x *V) error { return x.Mul(2).WithGrad().Err() },
	} {
		_, _ = stheno.Compile(func(in ...*V) []*V {
			assert.ErrorContains(t, f(in[0]), "function that is being compiled", name)
			return []*V{in[0]}
		}).Run(context.Background(), stheno.New([]float32{1, 2}))
	}
	assert.Nil(t, w.Grad())
}

// TestCarriedStateTakesNoMemory: a state holds nothing of the steps before.
func TestCarriedStateTakesNoMemory(t *testing.T) {
	debug.ResetCache()
	heap := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	w := stheno.NewParameter(stheno.NewTensor(stheno.Float32, 256))
	loops := map[string]func(h, total *V) (*V, *V){
		"detach, run": func(h, total *V) (*V, *V) {
			h = h.Mul(w).Add(1).Detach()
			check(h, stheno.Run(h))
			return h, total
		},
		"run, detach": func(h, total *V) (*V, *V) { return check(h, stheno.Run(h)).Mul(w).Detach(), total },
		"backward, detach": func(h, total *V) (*V, *V) {
			h = h.Mul(w).Add(1).Keep()
			check(h, h.Sum().Backward())
			return h.Detach(), total
		},
		"detach, backward": func(h, total *V) (*V, *V) {
			h = h.Mul(w).Add(1)
			d := h.Detach()
			check(h, h.Sum().Backward())
			stheno.Must(d.Tensor())
			return d, total
		},
		"the sum of losses": func(h, total *V) (*V, *V) {
			loss := h.Mul(w).Sum()
			check(h, loss.Backward())
			total = total.Add(loss)
			item(total)
			return h, total
		},
		"without gradients": func(h, total *V) (*V, *V) {
			h = h.Mul(0.5).Add(1)
			stheno.Must(h.Tensor())
			return h, total
		},
	}
	for name, loop := range loops {
		h, total := stheno.Ones(256), stheno.Zeros()
		var before int64
		for i := range 1500 {
			if h, total = loop(h, total); i == 500 {
				before = heap()
			}
		}
		assert.Less(t, heap()-before, int64(100_000), name) // 1,000 states are 1 MB
		runtime.KeepAlive(h)
		runtime.KeepAlive(total)
	}
}

// TestLeafIsItsOwnRoot: Backward of a parameter leaves it where it is.
func TestLeafIsItsOwnRoot(t *testing.T) {
	w := leaf64(1)
	at := access.Node(w).Data()
	require.NoError(t, w.Backward())
	require.NoError(t, w.Backward())
	assert.Same(t, at, access.Node(w).Data())
	sthenotest.Close(t, w.Grad(), []float64{2}, exact)
}
