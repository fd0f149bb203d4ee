// SPDX-License-Identifier: MIT

package main

import (
	"math"
	"slices"
)

// array is a value of the reference, which computes every operation by its definition and
// shares nothing with the library.
type array struct {
	shape []int
	x     []float64 // nil: not known
}

// fill makes an array of f at each place.
func fill(shape []int, f func(at []int) float64) array {
	a := array{slices.Clone(shape), make([]float64, size(shape))}
	at := make([]int, len(shape))
	for i := range a.x {
		a.x[i] = f(at)
		for k := len(at) - 1; k >= 0; k-- {
			if at[k]++; at[k] < shape[k] {
				break
			}
			at[k] = 0
		}
	}
	return a
}

// at returns the element at a place; where a has size 1, or no dimension, it broadcasts.
func (a array) at(at []int) float64 {
	at = at[len(at)-len(a.shape):]
	k := 0
	for i, d := range a.shape {
		k *= d
		if d != 1 {
			k += at[i]
		}
	}
	return a.x[k]
}

// each applies f to every element.
func (a array) each(f func(x float64) float64) array {
	b := array{a.shape, make([]float64, len(a.x))}
	for i, x := range a.x {
		b.x[i] = f(x)
	}
	return b
}

// zip applies f to the elements of a and b, which broadcast.
func (a array) zip(b array, f func(x, y float64) float64) array {
	shape := make([]int, max(len(a.shape), len(b.shape)))
	for i := range shape {
		shape[i] = 1
		for _, s := range [][]int{a.shape, b.shape} {
			if k := i - (len(shape) - len(s)); k >= 0 && s[k] != 1 {
				shape[i] = s[k]
			}
		}
	}
	return fill(shape, func(at []int) float64 { return f(a.at(at), b.at(at)) })
}

// axis counts a negative axis from the end.
func (a array) axis(k int) int {
	if k < 0 {
		k += len(a.shape)
	}
	return k
}

// reduce computes one number of all elements along axes, of all if there are none.
func (a array) reduce(axes []int, f func(x []float64) float64) array {
	gone := make([]bool, len(a.shape))
	for i := range gone {
		gone[i] = len(axes) == 0
	}
	for _, k := range axes {
		gone[a.axis(k)] = true
	}
	var kept []int
	for i, d := range a.shape {
		if !gone[i] {
			kept = append(kept, d)
		}
	}
	lists := make([][]float64, size(kept))
	fill(a.shape, func(at []int) float64 {
		k := 0
		for i, d := range a.shape {
			if !gone[i] {
				k = k*d + at[i]
			}
		}
		lists[k] = append(lists[k], a.at(at))
		return 0
	})
	b := array{kept, make([]float64, len(lists))}
	for i, l := range lists {
		b.x[i] = f(l)
	}
	return b
}

// along replaces the elements of each line along an axis by f of them.
func (a array) along(axis int, f func(x []float64) []float64) array {
	k := a.axis(axis)
	n, inner := a.shape[k], size(a.shape[k+1:])
	b := array{a.shape, make([]float64, len(a.x))}
	line := make([]float64, n)
	for i := range len(a.x) / max(n, 1) {
		from := i/inner*n*inner + i%inner
		for j := range line {
			line[j] = a.x[from+j*inner]
		}
		for j, v := range f(line) {
			b.x[from+j*inner] = v
		}
	}
	return b
}

// permute reorders the dimensions.
func (a array) permute(order []int) array {
	shape := make([]int, len(order))
	for i, k := range order {
		shape[i] = a.shape[a.axis(k)]
	}
	from := make([]int, len(order))
	return fill(shape, func(at []int) float64 {
		for i, k := range order {
			from[a.axis(k)] = at[i]
		}
		return a.at2(from)
	})
}

// at2 is at without broadcasting.
func (a array) at2(at []int) float64 {
	k := 0
	for i, d := range a.shape {
		k = k*d + at[i]
	}
	return a.x[k]
}

// slice takes elements start, start+step, … below stop of a dimension.
func (a array) slice(axis, start, stop, step int) array {
	k := a.axis(axis)
	shape := slices.Clone(a.shape)
	shape[k] = max(0, (min(stop, a.shape[k])-start+step-1)/step)
	from := make([]int, len(shape))
	return fill(shape, func(at []int) float64 {
		copy(from, at)
		from[k] = start + at[k]*step
		return a.at2(from)
	})
}

// reshape gives a another shape.
func (a array) reshape(shape ...int) array {
	shape = slices.Clone(shape)
	if k := slices.Index(shape, -1); k >= 0 {
		shape[k] = 1
		shape[k] = len(a.x) / max(size(shape), 1)
	}
	return array{shape, a.x}
}

// cat joins arrays along an axis.
func cat(axis int, list ...array) array {
	k := list[0].axis(axis)
	shape := slices.Clone(list[0].shape)
	shape[k] = 0
	for _, a := range list {
		shape[k] += a.shape[k]
	}
	from := make([]int, len(shape))
	return fill(shape, func(at []int) float64 {
		copy(from, at)
		for _, a := range list {
			if from[k] < a.shape[k] {
				return a.at2(from)
			}
			from[k] -= a.shape[k]
		}
		panic("beyond the last")
	})
}

// matmul is the product of matrices, or of many.
func (a array) matmul(b array) array {
	left, right := len(a.shape) == 1, len(b.shape) == 1
	if left {
		a = a.reshape(1, a.shape[0])
	}
	if right {
		b = b.reshape(b.shape[0], 1)
	}
	m, k, n := a.shape[len(a.shape)-2], a.shape[len(a.shape)-1], b.shape[len(b.shape)-1]
	lead := array{shape: a.shape[:len(a.shape)-2]}
	lead.x = make([]float64, size(lead.shape))
	other := array{shape: b.shape[:len(b.shape)-2]}
	other.x = make([]float64, size(other.shape))
	shape := lead.zip(other, func(x, y float64) float64 { return 0 }).shape
	y := fill(append(slices.Clone(shape), m, n), func(at []int) float64 {
		p, q := slices.Clone(at), slices.Clone(at)
		sum := 0.0
		for l := range k {
			p[len(p)-1], q[len(q)-2] = l, l
			sum += a.at(p) * b.at(q)
		}
		return sum
	})
	switch {
	case left && right:
		return y.reshape()
	case left:
		return y.reshape(append(slices.Clone(shape), n)...)
	case right:
		return y.reshape(append(slices.Clone(shape), m)...)
	}
	return y
}

// normal gives each group of elements mean 0 and variance 1; group numbers the groups.
func (a array) normal(groups int, group func(at []int) int, eps float64) (y array, mean, variance []float64) {
	mean, variance = make([]float64, groups), make([]float64, groups)
	n := float64(len(a.x) / groups)
	fill(a.shape, func(at []int) float64 { mean[group(at)] += a.at2(at) / n; return 0 })
	fill(a.shape, func(at []int) float64 {
		d := a.at2(at) - mean[group(at)]
		variance[group(at)] += d * d / n
		return 0
	})
	return fill(a.shape, func(at []int) float64 {
		return (a.at2(at) - mean[group(at)]) / math.Sqrt(variance[group(at)]+eps)
	}), mean, variance
}

func sum(x []float64) (s float64) {
	for _, v := range x {
		s += v
	}
	return s
}

func mean(x []float64) float64 { return sum(x) / float64(len(x)) }

func variance(x []float64) (s float64) {
	m := mean(x)
	for _, v := range x {
		s += (v - m) * (v - m) / float64(len(x))
	}
	return s
}

func norm(p float64) func(x []float64) float64 {
	return func(x []float64) (s float64) {
		for _, v := range x {
			s += math.Pow(math.Abs(v), p)
		}
		return math.Pow(s, 1/p)
	}
}

func logSumExp(x []float64) float64 {
	top := slices.Max(x)
	s := 0.0
	for _, v := range x {
		s += math.Exp(v - top)
	}
	return math.Log(s) + top
}
