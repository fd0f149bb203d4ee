// SPDX-License-Identifier: MIT

package stheno

import (
	"math"
	"sync"

	"github.com/stheno-go/stheno/internal/dtype"
	"github.com/stheno-go/stheno/internal/kernels"
	"github.com/stheno-go/stheno/internal/kernels/par"
	"github.com/stheno-go/stheno/internal/storage"
)

// Generator makes random numbers. Each draw has its own stream, numbered by a
// counter, and each element of a draw depends on the seed, the stream and its
// position only: the numbers are the same for any number of threads, and a state of
// two integers is enough to go on exactly. Goroutines may share one.
type Generator struct {
	mu            sync.Mutex
	seed, counter uint64
	set           *recording // that set it to a state, if one did: there it draws constants
}

// NewGenerator returns a generator that begins at the first stream of seed.
func NewGenerator(seed uint64) *Generator { return &Generator{seed: seed, set: recorder()} }

// Seed restarts the generator that initialisation, dropout, [Rand] and [Randn] use.
// Without a call it has seed 0: a program is the same at every run unless it asks
// for something else.
func Seed(seed uint64) { DefaultGenerator().SetState(seed, 0) }

// State returns what [Generator.SetState] needs to go on from here.
func (g *Generator) State() (seed, counter uint64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.seed, g.counter
}

// SetState makes g go on from a state. Whoever else draws from g gets numbers that were
// drawn before, if the state is an earlier one: see [Generator.Advance] and [Isolated].
func (g *Generator) SetState(seed, counter uint64) {
	r := recorder()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.seed, g.counter, g.set = seed, counter, r
}

// Advance is SetState for a state that is not before g's own: of its seed, and as far or
// farther. It reports whether it is; else nothing happens.
func (g *Generator) Advance(seed, counter uint64) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if seed != g.seed || counter < g.counter {
		return false
	}
	g.counter = counter
	return true
}

// next returns a stream that nobody has drawn from.
func (g *Generator) next() (seed, stream uint64) {
	seed, stream, _ = g.take()
	return seed, stream
}

// take is next. It also returns the recording in which the draw is to be made again in
// each run, nil for none.
func (g *Generator) take() (seed, stream uint64, r *recording) {
	r = recorder()
	g.mu.Lock()
	defer g.mu.Unlock()
	if r != nil && g.set == r {
		r = nil
	}
	if r != nil {
		r.note(g)
	}
	g.counter++
	return g.seed, g.counter, r
}

// Rand returns float32 numbers spread evenly over [0, 1).
func Rand(shape ...int) *Variable { return DefaultGenerator().Rand(shape...) }

// RandOf is [Rand] in the float type t.
func RandOf(t DType, shape ...int) *Variable {
	return FromTensor(DefaultGenerator().Uniform(t, 0, 1, shape...))
}

// RandLike is [Rand] in v's float type and shape.
func RandLike(v *Variable) *Variable {
	if v.node().Err() != nil {
		return v
	}
	return RandOf(v.DType(), v.Shape()...)
}

// Randn returns float32 numbers of the standard normal distribution.
func Randn(shape ...int) *Variable { return DefaultGenerator().Randn(shape...) }

// RandnOf is [Randn] in the float type t.
func RandnOf(t DType, shape ...int) *Variable {
	return FromTensor(DefaultGenerator().Normal(t, 0, 1, shape...))
}

// RandnLike is [Randn] in v's float type and shape.
func RandnLike(v *Variable) *Variable {
	if v.node().Err() != nil {
		return v
	}
	return RandnOf(v.DType(), v.Shape()...)
}

// Rand is [Rand] with g's numbers.
func (g *Generator) Rand(shape ...int) *Variable {
	return FromTensor(g.Uniform(Float32, 0, 1, shape...))
}

// Randn is [Randn] with g's numbers.
func (g *Generator) Randn(shape ...int) *Variable {
	return FromTensor(g.Normal(Float32, 0, 1, shape...))
}

// Uniform returns a tensor of numbers spread evenly over [lo, hi).
func (g *Generator) Uniform(t DType, lo, hi float64, shape ...int) *Tensor {
	return g.draw(t, kernels.Uniform[float32], kernels.Uniform[float64], lo, hi-lo, shape)
}

// Normal returns a tensor of normally distributed numbers.
func (g *Generator) Normal(t DType, mean, std float64, shape ...int) *Tensor {
	return g.draw(t, kernels.Normal[float32], kernels.Normal[float64], mean, std, shape)
}

// fixed reports whether the function that this goroutine records has set g: what g gives is
// then the same in each run, as it is in each call.
func (g *Generator) fixed() bool {
	r := recorder()
	if r == nil {
		return false
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.set == r
}

func (g *Generator) draw(t DType, f32 func([]float32, uint64, uint64), f64 func([]float64, uint64, uint64), add, mul float64, shape []int) *Tensor {
	out := NewTensor(t, shape...)
	if out.err != nil {
		return out
	}
	seed, stream, r := g.take()
	if !out.data.DType().IsFloat() {
		return &Tensor{err: &OpError{Op: "random", Text: "wants float32 or float64, got " + t.String(), Caller: caller(), Err: ErrDType}}
	}
	fill := func(b *storage.Buffer, seed, stream uint64) {
		if b.DType() == dtype.Float32 {
			x := storage.View[float32](b)
			f32(x, seed, stream)
			scale(x, float32(mul), float32(add))
			return
		}
		x := storage.View[float64](b)
		f64(x, seed, stream)
		scale(x, mul, add)
	}
	fill(out.data, seed, stream)
	if r != nil {
		out.draw = newDrawing(r, g, out.data, seed, stream, fill)
	}
	return out
}

// scale is x = x*mul + add, on all threads.
func scale[T float32 | float64](x []T, mul, add T) {
	const piece = 1 << 16
	par.Parallel((len(x)+piece-1)/piece, int64(len(x)), func(i int) {
		part := x[i*piece : min((i+1)*piece, len(x))]
		for k := range part {
			part[k] = part[k]*mul + add
		}
	})
}

// Perm returns a random permutation of the numbers 0 … n-1; nil of a negative n, or of one
// that there is no memory for.
func (g *Generator) Perm(n int) []int {
	if n < 0 || n > math.MaxInt/8 || storage.Room(8*n) != nil {
		return nil
	}
	seed, stream := g.next()
	return kernels.Perm(n, seed, stream)
}
