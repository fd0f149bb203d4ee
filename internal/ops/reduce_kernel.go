// SPDX-License-Identifier: MIT

package ops

import (
	"unsafe"

	"github.com/stheno-go/stheno/internal/dtype"
	"github.com/stheno-go/stheno/internal/kernels"
	"github.com/stheno-go/stheno/internal/shape"
	"github.com/stheno-go/stheno/internal/storage"
)

// block is a run of neighbouring axes that are reduced together: the array is seen
// as (outer, n, inner).
type block struct{ outer, n, inner int }

// blocks splits the reduced axes into runs, the innermost first. Each is computed
// with the later ones already gone.
func blocks(dims shape.Dims, axes uint8) []block {
	var list []block
	inner := 1
	for i := dims.Len() - 1; i >= 0; i-- {
		if axes>>i&1 == 0 {
			inner *= dims.At(i)
			continue
		}
		n := 1
		for ; i >= 0 && axes>>i&1 == 1; i-- {
			n *= dims.At(i)
		}
		i++
		outer := 1
		for j := range i {
			outer *= dims.At(j)
		}
		list = append(list, block{outer, n, inner})
	}
	return list
}

// Kernel implements [Op].
func (o Reduce) Kernel(out Meta, in []Layout) Kernel {
	m := in[0].Meta
	switch m.DType {
	case dtype.Float32:
		return floatReduce[float32](o, m)
	case dtype.Float64:
		return floatReduce[float64](o, m)
	}
	if o.Kind == All || o.Kind == Any {
		both := func(a, x bool) bool { return a && x }
		if o.Kind == Any {
			both = func(a, x bool) bool { return a || x }
		}
		return chain(m, o.Axes, func(dst, src []bool, b block) {
			kernels.FoldMiddle(dst, src, b.outer, b.n, b.inner, func(x bool) bool { return x }, both)
		}, o.Kind == All)
	}
	switch m.DType {
	case dtype.Int64:
		return intReduce[int64](o, m)
	default: // a bool is 0 or 1
		return intReduce[uint8](o, m)
	}
}

func floatReduce[T kernels.Float](o Reduce, m Meta) Kernel {
	sum := func(dst, src []T, b block) { kernels.SumMiddle(dst, src, b.outer, b.n, b.inner) }
	switch o.Kind {
	case Sum:
		return chain(m, o.Axes, sum, 0)
	case Mean:
		return chain(m, o.Axes, func(dst, src []T, b block) { kernels.MeanMiddle(dst, src, b.outer, b.n, b.inner) }, T(nan()))
	case Norm:
		return chain(m, o.Axes, func(dst, src []T, b block) { kernels.NormMiddle(dst, src, b.outer, b.n, b.inner) }, 0)
	case Prod:
		return chain(m, o.Axes, func(dst, src []T, b block) {
			kernels.FoldMiddle(dst, src, b.outer, b.n, b.inner, func(x T) T { return x }, func(a, x T) T { return a * x })
		}, 1)
	case Max:
		return chain(m, o.Axes, func(dst, src []T, b block) { kernels.MaxMiddle(dst, src, b.outer, b.n, b.inner) }, 0)
	default:
		return chain(m, o.Axes, func(dst, src []T, b block) { kernels.MinMiddle(dst, src, b.outer, b.n, b.inner) }, 0)
	}
}

func intReduce[T int64 | uint8](o Reduce, m Meta) Kernel {
	fold := func(first int64, f func(a, x int64) int64) Kernel {
		bs := blocks(m.Dims, o.Axes)
		return func(c *Call) error {
			src := vec[T](c.In[0], m.Dims.Size())
			wide := make([]int64, len(src))
			for i, x := range src {
				wide[i] = int64(x)
			}
			runChain(vec[int64](c.Out, resultSize(m.Dims, o.Axes)), wide, bs, func(dst, src []int64, b block) {
				kernels.FoldMiddle(dst, src, b.outer, b.n, b.inner, func(x int64) int64 { return x }, f)
			}, first, make([]int64, largest(bs)))
			return nil
		}
	}
	switch o.Kind {
	case Sum:
		return fold(0, func(a, x int64) int64 { return a + x })
	case Prod:
		return fold(1, func(a, x int64) int64 { return a * x })
	case Max:
		return chain(m, o.Axes, func(dst, src []T, b block) { kernels.MaxMiddle(dst, src, b.outer, b.n, b.inner) }, 0)
	default:
		return chain(m, o.Axes, func(dst, src []T, b block) { kernels.MinMiddle(dst, src, b.outer, b.n, b.inner) }, 0)
	}
}

func resultSize(d shape.Dims, axes uint8) int {
	n := 1
	for i := range d.Len() {
		if axes>>i&1 == 0 {
			n *= d.At(i)
		}
	}
	return n
}

func largest(bs []block) int {
	n := 0
	for _, b := range bs {
		n = max(n, b.outer*b.inner)
	}
	return 2 * n
}

// chain reduces one run of axes after another; empty is the result of no elements.
func chain[T any](m Meta, axes uint8, f func(dst, src []T, b block), empty T) Kernel {
	bs := blocks(m.Dims, axes)
	n, size := resultSize(m.Dims, axes), m.Dims.Size()
	var scratch []T
	if len(bs) > 1 {
		bytes := max(largest(bs), 1) * int(unsafe.Sizeof(empty))
		scratch = vec[T](storage.Alloc(bytes), largest(bs))
	}
	return func(c *Call) error {
		runChain(vec[T](c.Out, n), vec[T](c.In[0], size), bs, f, empty, scratch)
		return nil
	}
}

func runChain[T any](dst, src []T, bs []block, f func(dst, src []T, b block), empty T, scratch []T) {
	if len(src) == 0 {
		for i := range dst {
			dst[i] = empty
		}
		return
	}
	if len(bs) == 0 {
		copy(dst, src)
		return
	}
	half := len(scratch) / 2
	for i, b := range bs {
		to := dst
		if i < len(bs)-1 {
			to = scratch[i%2*half:][:b.outer*b.inner]
		}
		f(to, src, b)
		src = to
	}
}
