// SPDX-License-Identifier: MIT

package kernels

import "github.com/stheno-go/stheno/internal/kernels/par"

// AddScaled is w[i] += a * x[i].
func AddScaled[T Float](w []T, a T, x []T) {
	if len(w) > updateChunk {
		eachChunk(len(w), func(from, to int) { addScaledRange(w[from:to], a, x[from:to]) })
		return
	}
	addScaledRange(w, a, x)
}

func addScaledRange[T Float](w []T, a T, x []T) {
	x = x[:len(w)]
	for i := range w {
		w[i] += T(a * x[i])
	}
}

// Dot returns Σ x[i]*y[i], accumulated in float64.
func Dot[T Float](x, y []T) float64 {
	if len(x) <= updateChunk {
		return dotRange(x, y)
	}
	parts := par.Scratch[float64]((len(x) + updateChunk - 1) / updateChunk)
	defer par.GiveBack(parts)
	eachChunk(len(x), func(a, z int) { (*parts)[a/updateChunk] = dotRange(x[a:z], y[a:z]) })
	return SumAll(*parts)
}

func dotRange[T Float](x, y []T) (sum float64) {
	y = y[:len(x)]
	for i, v := range x {
		sum += float64(float64(v) * float64(y[i]))
	}
	return sum
}
