// SPDX-License-Identifier: MIT

package conv

import "slices"

// A convolution of stride 2 is the sum of four of stride 1: of the pixels of even and odd
// rows and columns, the phases of the image, with every other row and column of the
// kernel. Each is computed by Winograd's algorithm (see [winogradInputGo]) for tiles of
// 4×4 outputs, and their products are added up before they are transformed.
//
// winogradPoints are its matrices for the points ±p, for each p of a list, and ∞, which
// make side = 2·len(list)+1 and kernels of side-3 taps:
//
//	A[i][k] = pᵢᵏ                G[i][k] = pᵢᵏ / Π (pᵢ-pⱼ) over j ≠ i
//	B[i] = the coefficients of Π (x-pⱼ) over j ≠ i
//
// for point i; of ∞ A and G have one 1, at the highest k. So a kernel whose last tap is 0
// has no products at ∞. Phases of an odd kernel are such, but for one.
type winogradPoints struct {
	side, taps int
	pixel      int         // how far apart the pixels of src are
	a, at, b   [][]float32 // at is Aᵀ
	g          [][]float64
}

func newWinogradPoints(list ...float64) *winogradPoints {
	m := &winogradPoints{side: 2*len(list) + 1, pixel: 1}
	m.taps = m.side + 1 - winogradTile
	var points []float64
	for _, p := range list {
		points = append(points, p, -p)
	}
	for i, p := range points {
		others := slices.Delete(slices.Clone(points), i, i+1)
		poly, value := polynomial(others)
		g, a := make([]float64, m.taps), make([]float32, winogradTile)
		for k, power := 0, 1.0; k < max(m.taps, winogradTile); k, power = k+1, power*p {
			if k < m.taps {
				g[k] = power / value(p)
			}
			if k < winogradTile {
				a[k] = float32(power)
			}
		}
		m.a, m.b, m.g = append(m.a, a), append(m.b, append(narrowed(poly), 0)), append(m.g, g)
	}
	last, poly := make([]float64, m.taps), []float64(nil)
	last[m.taps-1] = 1
	poly, _ = polynomial(points)
	m.a, m.b, m.g = append(m.a, []float32{0, 0, 0, 1}), append(m.b, narrowed(poly)), append(m.g, last)
	for k := range winogradTile {
		row := make([]float32, m.side)
		for i := range row {
			row[i] = m.a[i][k]
		}
		m.at = append(m.at, row)
	}
	return m
}

// polynomial returns the coefficients of Π (x-r) over all roots, that of x⁰ first, and
// the function.
func polynomial(roots []float64) (c []float64, value func(x float64) float64) {
	c = []float64{1}
	for _, r := range roots {
		next := make([]float64, len(c)+1)
		for k, v := range c {
			next[k+1] += v
			next[k] -= r * v
		}
		c = next
	}
	return c, func(x float64) float64 {
		product := 1.0
		for _, r := range roots {
			product *= x - r
		}
		return product
	}
}

func narrowed(c []float64) []float32 {
	s := make([]float32, len(c))
	for i, v := range c {
		s[i] = float32(v)
	}
	return s
}

// sandwich calls dst with the elements of M src Mᵀ, a vector each:
//
//	for y, x := range rows(M), rows(M) {
//		dst(y, x, Σ_{i,k} M[y][i] * M[x][k] * src[i*row+k*col:][:Block])
//	}
func sandwich(m [][]float32, src []float32, row, col int, dst func(y, x int, sum *vec)) {
	n := len(m[0])
	mid := make([]vec, len(m)*n)
	for y := range m {
		for k := range n {
			for i, f := range m[y] {
				if f != 0 { // what is not used may be anything
					addProducts((*[Block]float32)(&mid[y*n+k]), f, src[i*row+k*col:])
				}
			}
		}
	}
	for y := range m {
		for x := range m {
			var sum vec
			for k, f := range m[x] {
				if f != 0 {
					addProducts((*[Block]float32)(&sum), f, mid[y*n+k][:])
				}
			}
			dst(y, x, &sum)
		}
	}
}

// input, output and spread are as [winogradJob] says, for these points.
func (m *winogradPoints) input(j *winogradJob)  { m.elements(j, m.b) }
func (m *winogradPoints) spread(j *winogradJob) { m.elements(j, m.a) }

func (m *winogradPoints) elements(j *winogradJob, matrix [][]float32) {
	for i := range j.n {
		dst := j.dst[i*j.dstStep:]
		sandwich(matrix, j.src[i*j.srcStep:], j.srcRow, m.pixel*Block, func(y, x int, sum *vec) {
			copy(dst[(y*m.side+x)*j.dstPos:][:Block], sum[:])
		})
	}
}

func (m *winogradPoints) output(j *winogradJob) {
	for i := range j.n {
		sandwich(m.at, j.src[i*j.srcStep:], m.side*j.srcPos, j.srcPos, func(y, x int, sum *vec) {
			if y >= j.rows || x >= j.cols {
				return
			}
			at := i*j.dstStep + y*j.dstRow + x*Block
			for v := range sum {
				if j.bias != nil {
					sum[v] += j.bias[v]
				}
				if j.res != nil {
					sum[v] += j.res[at+v]
				}
				if j.relu && sum[v] < 0 {
					sum[v] = 0
				}
			}
			copy(j.dst[at:][:Block], sum[:])
		})
	}
}

// weights transforms a kernel of 32 outputs, whose tap (s, t) begins at src[tap(s, t)]:
//
//	for y, x, v := range side, side, 32 {
//		dst(y, x)[v] = Σ_{s,t} G[y][s] * G[x][t] * src[tap(s, t)+v]
//	}
//
// in float64. A tap that is not there, negative, is 0.
func (m *winogradPoints) weights(src []float32, tap func(s, t int) int, dst func(y, x int) []float32) {
	var mid [stemSide * winogradTile][pairLanes]float64
	for s := range m.taps {
		for t := range m.taps {
			at := tap(s, t)
			if at < 0 {
				continue
			}
			from := (*[pairLanes]float32)(src[at:])
			for y := range m.side {
				to, f := &mid[y*m.taps+t], m.g[y][s]
				for v, g := range from {
					to[v] += f * float64(g)
				}
			}
		}
	}
	for y := range m.side {
		for x := range m.side {
			var sum [pairLanes]float64
			for t, f := range m.g[x] {
				for v, g := range &mid[y*m.taps+t] {
					sum[v] += f * g
				}
			}
			to := (*[pairLanes]float32)(dst(y, x))
			for v, g := range sum {
				to[v] = float32(g)
			}
		}
	}
}

// gather is the reverse for the gradient: of side×side matrices u, whose 32 lanes begin
// at u[at(y, x)] or are 0 if that is negative, it calls dst with Gᵀ u G, in float64.
func (m *winogradPoints) gather(u []float32, at func(y, x int) int, dst func(s, t int, sum *[pairLanes]float64)) {
	var mid [stemSide * winogradTile][pairLanes]float64
	for y := range m.side {
		for x := range m.side {
			begin := at(y, x)
			if begin < 0 {
				continue
			}
			from := (*[pairLanes]float32)(u[begin:])
			for s, f := range m.g[y] {
				to := &mid[s*m.side+x]
				for v, g := range from {
					to[v] += f * float64(g)
				}
			}
		}
	}
	for s := range m.taps {
		for t := range m.taps {
			var sum [pairLanes]float64
			for x := range m.side {
				f := m.g[x][t]
				for v, g := range &mid[s*m.side+x] {
					sum[v] += f * g
				}
			}
			dst(s, t, &sum)
		}
	}
}
