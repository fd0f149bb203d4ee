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

// Generator is a random number generator. Each draw has its own stream, numbered by a counter, and each
// element of a draw depends only on the seed, the stream and its index. The numbers are therefore the
// same for any number of threads, and the state is two integers. A Generator may be used by several
// goroutines at the same time.
type Generator struct {
	mu            sync.Mutex
	seed, counter uint64
	set           *recording // the recording that set its state, in which its numbers are constants
}

// NewGenerator returns a generator with the given seed.
func NewGenerator(seed uint64) *Generator { return &Generator{seed: seed, set: recorder()} }

// Seed seeds the default generator, which initialization, dropout, [Rand] and [Randn] use. Without a
// call its seed is 0, so that a program gives the same numbers in every run.
func Seed(seed uint64) { DefaultGenerator().SetState(seed, 0) }

// State returns the state of g for [Generator.SetState].
func (g *Generator) State() (seed, counter uint64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.seed, g.counter
}

// SetState sets the state of g. With an earlier state, other users of g get numbers that were drawn
// before; see [Generator.Advance] and [Isolated].
func (g *Generator) SetState(seed, counter uint64) {
	r := recorder()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.seed, g.counter, g.set = seed, counter, r
}

// Advance sets the state of g if it has the same seed and is not earlier than the current one, and
// reports whether it did.
func (g *Generator) Advance(seed, counter uint64) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if seed != g.seed || counter < g.counter {
		return false
	}
	g.counter = counter
	return true
}

// next returns a new stream.
func (g *Generator) next() (seed, stream uint64) {
	seed, stream, _ = g.take()
	return seed, stream
}

// take is next. It also returns the recording whose runs must repeat the draw, or nil.
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

// Rand returns uniformly distributed float32 numbers in [0, 1).
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

// Uniform returns a tensor of uniformly distributed numbers in [lo, hi).
func (g *Generator) Uniform(t DType, lo, hi float64, shape ...int) *Tensor {
	return g.draw(t, kernels.Uniform[float32], kernels.Uniform[float64], lo, hi-lo, shape)
}

// Normal returns a tensor of normally distributed numbers.
func (g *Generator) Normal(t DType, mean, std float64, shape ...int) *Tensor {
	return g.draw(t, kernels.Normal[float32], kernels.Normal[float64], mean, std, shape)
}

// fixed reports whether the function that this goroutine records has set the state of g, so that its
// numbers are the same in each run.
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
		return &Tensor{err: &OpError{Op: "random", Text: "expects float32 or float64, got " + t.String(), Caller: caller(), Err: ErrDType}}
	}
	fill := func(b *storage.Buffer, seed, stream uint64) {
		if b.DType() == dtype.Float32 {
			x, _ := storage.Host[float32](b) // new memory is the host's
			f32(x, seed, stream)
			scale(x, float32(mul), float32(add))
			return
		}
		x, _ := storage.Host[float64](b)
		f64(x, seed, stream)
		scale(x, mul, add)
	}
	fill(out.data, seed, stream)
	if r != nil {
		out.draw = newDrawing(r, g, out.data, seed, stream, fill)
	}
	return out
}

// scale computes x = x*mul + add on all threads.
func scale[T float32 | float64](x []T, mul, add T) {
	const piece = 1 << 16
	par.Parallel((len(x)+piece-1)/piece, int64(len(x)), func(i int) {
		part := x[i*piece : min((i+1)*piece, len(x))]
		for k := range part {
			part[k] = part[k]*mul + add
		}
	})
}

// Perm returns a random permutation of the numbers 0 … n-1, or nil if n is negative or there is not
// enough memory.
func (g *Generator) Perm(n int) []int {
	if n < 0 || n > math.MaxInt/8 || storage.Room(8*n) != nil {
		return nil
	}
	seed, stream := g.next()
	return kernels.Perm(n, seed, stream)
}
