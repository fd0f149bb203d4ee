// SPDX-License-Identifier: MIT

package kernels

import "math"

// Batch normalisation of x (n, c, s), s being the product of the spatial sizes:
// each channel over n and s.

// moments returns the mean and the biased variance of what each(f) passes to f.
func moments[T Float](count int, each func(f func(run []T))) (mean, variance float64) {
	sum := 0.0
	each(func(run []T) { sum += SumAll(run) })
	mean = sum / float64(count)
	dev := 0.0
	each(func(run []T) {
		part := 0.0
		for _, v := range run {
			d := float64(v) - mean
			part += d * d
		}
		dev += part
	})
	return mean, dev / float64(count)
}

// BatchNormStats writes (3, c): mean, 1/√(variance+eps) and biased variance.
func BatchNormStats[T Float](n, c, s int, stats, x []T, eps float64) {
	rows(c, 2*n*s, func(ch int) {
		mean, v := moments(n*s, func(f func([]T)) {
			for i := range n {
				f(x[(i*c+ch)*s:][:s])
			}
		})
		stats[ch], stats[c+ch], stats[2*c+ch] = T(mean), T(1/math.Sqrt(v+eps)), T(v)
	})
}

// BatchNormApply is y = (x-mean)·invstd·w + b; w and b may be nil.
func BatchNormApply[T Float](n, c, s int, y, x, stats, w, b []T) {
	rows(n*c, s, func(i int) {
		ch := i % c
		scale, shift := stats[c+ch], T(0)
		if w != nil {
			scale *= w[ch]
		}
		if b != nil {
			shift = b[ch]
		}
		mean := stats[ch]
		in, out := x[i*s:(i+1)*s], y[i*s:(i+1)*s]
		for j, v := range in {
			out[j] = (v-mean)*scale + shift
		}
	})
}

// BatchNormGradStats writes (2, c): Σdy and Σdy·x̂, the gradients of b and w.
func BatchNormGradStats[T Float](n, c, s int, sums, x, stats, dy []T) {
	rows(c, 2*n*s, func(ch int) {
		mean, inv := stats[ch], float64(stats[c+ch])
		db, dw := 0.0, 0.0
		for i := range n {
			at := (i*c + ch) * s
			in, g := x[at:at+s], dy[at:at+s]
			var pb, pw float64
			for j, v := range in {
				d := float64(g[j])
				pb += d
				pw += d * float64(v-mean)
			}
			db += pb
			dw += pw
		}
		sums[ch], sums[c+ch] = T(db), T(dw*inv)
	})
}

// BatchNormGradInput is the gradient in x, through the statistics too:
//
//	dx = w·invstd·(dy - Σdy/m - x̂·Σ(dy·x̂)/m), m = n·s
func BatchNormGradInput[T Float](n, c, s int, dx, x, stats, w, dy, sums []T) {
	m := T(n * s)
	rows(n*c, s, func(i int) {
		ch := i % c
		mean, inv := stats[ch], stats[c+ch]
		scale := inv
		if w != nil {
			scale *= w[ch]
		}
		db, dw := sums[ch]/m, sums[c+ch]/m*inv
		in, g, out := x[i*s:(i+1)*s], dy[i*s:(i+1)*s], dx[i*s:(i+1)*s]
		for j, v := range in {
			out[j] = scale * (g[j] - db - (v-mean)*dw)
		}
	})
}

// RowNorm is x̂ = (x-mean)/√(variance+eps) of each row of n elements: layer and group
// normalisation without their weights.
func RowNorm[T Float](count, n int, y, x []T, eps float64) {
	rows(count, 3*n, func(r int) {
		in, out := x[r*n:(r+1)*n], y[r*n:(r+1)*n]
		mean, v := moments(n, func(f func([]T)) { f(in) })
		inv := 1 / math.Sqrt(v+eps)
		for j, v := range in {
			out[j] = T((float64(v) - mean) * inv)
		}
	})
}

// RowNormGrad is the gradient of RowNorm in x.
func RowNormGrad[T Float](count, n int, dx, x, dy []T, eps float64) {
	rows(count, 5*n, func(r int) {
		in, g, out := x[r*n:(r+1)*n], dy[r*n:(r+1)*n], dx[r*n:(r+1)*n]
		mean, v := moments(n, func(f func([]T)) { f(in) })
		inv := 1 / math.Sqrt(v+eps)
		sum, dot := 0.0, 0.0
		for j, d := range g {
			sum += float64(d)
			dot += float64(d) * (float64(in[j]) - mean) * inv
		}
		sum /= float64(n)
		dot /= float64(n)
		for j, d := range g {
			out[j] = T(inv * (float64(d) - sum - (float64(in[j])-mean)*inv*dot))
		}
	})
}
