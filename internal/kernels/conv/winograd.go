// SPDX-License-Identifier: MIT

package conv

import (
	"math"
	"sync"

	"github.com/stheno-go/stheno/internal/kernels"
)

// Winograd's algorithm F(4×4,3×3) for a tile of 4×4 outputs y of the kernel g, which
// sees 6×6 inputs d, is
//
//	y = Aᵀ [ (G g Gᵀ) ⊙ (Bᵀ d B) ] A
//
// with matrices that follow from six points, here 0, ±a, ±b and ∞ for a = √½, b = √2
// (Lavin and Gray, Fast Algorithms for Convolutional Neural Networks, 2015; the points
// by measurement: with them rounding errors are those of the direct sum). Products of
// the 36 elements are independent, and for many tiles and channels they are 36 products
// of matrices. The gradient of g is Gᵀ [ Σ (A dy Aᵀ) ⊙ (Bᵀ d B) ] G.
//
//	Bᵀ = 1   0  -5/2   0    1  0     Aᵀ = 1  1   1   1   1  0     G =    1     0      0
//	     0  -ab² -b²   a    1  0          0  a  -a   b  -b  0          -2/3  -2a/3  -1/3
//	     0   ab² -b²  -a    1  0          0  a²  a²  b²  b² 0          -2/3   2a/3  -1/3
//	     0  -a²b -a²   b    1  0          0  a³ -a³  b³ -b³ 1           1/6   b/6    1/3
//	     0   a²b -a²  -b    1  0                                        1/6  -b/6    1/3
//	     0   1    0  -5/2   0  1                                         0     0      1
const (
	winogradTaps = 36
	// winogradPad keeps the 36 matrices from beginning at the same places of the caches.
	winogradPad = 80
	// winogradTile is how many outputs a tile has in each direction, and what it sees.
	winogradTile, winogradSight = 4, 6
)

const (
	winA, winB   = math.Sqrt2 / 2, math.Sqrt2
	winA2, winB2 = 0.5, 2
	winA3, winB3 = winA * winA2, winB * winB2
)

// winogradJob transforms n blocks of channels, a vector of 16 each; the next one is
// srcStep and dstStep elements away.
//
//	input    dst 36 = Bᵀ src B          src: rows of 6 pixels, srcRow apart
//	output   dst 4×4 = Aᵀ src A + …     dst: rows × cols pixels, rows dstRow apart
//	spread   dst 36 = A src Aᵀ          src: rows of 4 pixels
//	weights  dst 36 = G src Gᵀ          src: 9 taps, srcPos apart
//	gather   dst 9 = Gᵀ src G           dst: 9 taps, dstPos apart
//
// The 36 elements are srcPos or dstPos apart. output adds bias and what is in res at
// the place of each pixel in dst, if there are any, and relu follows.
type winogradJob struct {
	winogradArgs
	_ [winogradTaps * Block / 2]float32 // where AVX2 keeps lines of half a block
}

type winogradArgs struct {
	src, dst, bias, res []float32
	srcRow, srcPos      int
	dstRow, dstPos      int
	n, srcStep, dstStep int
	rows, cols          int
	relu                bool

	// At an edge: which rows and columns of the tile are inside, as masks of a vector
	// and as bits, and where it begins, seen from src.
	rowsSeen [winogradSight]uint16
	colsSeen uint16
	at       int
}

var winogradJobs = sync.Pool{New: func() any { return &winogradJob{} }}

func newWinogradJob() *winogradJob { return winogradJobs.Get().(*winogradJob) }

func (j *winogradJob) close() {
	j.winogradArgs = winogradArgs{}
	winogradJobs.Put(j)
}

// clearFilling sets the channels of the tiles in dst to 0 that a block has beyond that many
// channels in all.
func (j *winogradJob) clearFilling(channels, block int) {
	if used := channels - block*Block; used < Block {
		for i := range j.rows {
			clearFilling(j.dst[i*j.dstRow:], j.cols+(j.n-1)*winogradTile, Block, used)
		}
	}
}

// maskReLU sets to 0 what the tiles in dst have where mask, seen from dst, is not
// positive.
func (j *winogradJob) maskReLU(mask []float32) {
	n := (j.cols + (j.n-1)*winogradTile) * Block
	for i := range j.rows {
		row := j.dst[i*j.dstRow:][:n]
		kernels.ReluGrad(row, mask[i*j.dstRow:][:n], row)
	}
}

// vec is one block of channels.
type vec [Block]float32

// combine is a·x + b·y + c·z.
func combine(a float32, x *vec, b float32, y *vec, c float32, z *vec) (sum vec) {
	for v := range sum {
		sum[v] = a*x[v] + b*y[v] + c*z[v]
	}
	return sum
}

// plusMinus is x + y and x - y.
func plusMinus(x, y *vec) (sum, difference vec) {
	for v := range sum {
		sum[v], difference[v] = x[v]+y[v], x[v]-y[v]
	}
	return sum, difference
}

var noVec vec

// inputLine is Bᵀ d.
func inputLine(d [6]vec) (r [6]vec) {
	e1, o1 := combine(1, &d[4], -winB2, &d[2], 0, &noVec), combine(winA, &d[3], -winA*winB2, &d[1], 0, &noVec)
	e2, o2 := combine(1, &d[4], -winA2, &d[2], 0, &noVec), combine(winB, &d[3], -winB*winA2, &d[1], 0, &noVec)
	r[0] = combine(1, &d[0], -(winA2 + winB2), &d[2], 1, &d[4])
	r[1], r[2] = plusMinus(&e1, &o1)
	r[3], r[4] = plusMinus(&e2, &o2)
	r[5] = combine(1, &d[1], -(winA2 + winB2), &d[3], 1, &d[5])
	return r
}

// outputLine is Aᵀ m.
func outputLine(m [6]vec) (y [4]vec) {
	s1, d1 := plusMinus(&m[1], &m[2])
	s2, d2 := plusMinus(&m[3], &m[4])
	y[0] = combine(1, &m[0], 1, &s1, 1, &s2)
	y[1] = combine(winA, &d1, winB, &d2, 0, &noVec)
	y[2] = combine(winA2, &s1, winB2, &s2, 0, &noVec)
	y[3] = combine(winA3, &d1, winB3, &d2, 1, &m[5])
	return y
}

// spreadLine is A y.
func spreadLine(y [4]vec) (r [6]vec) {
	e1, o1 := combine(1, &y[0], winA2, &y[2], 0, &noVec), combine(winA, &y[1], winA3, &y[3], 0, &noVec)
	e2, o2 := combine(1, &y[0], winB2, &y[2], 0, &noVec), combine(winB, &y[1], winB3, &y[3], 0, &noVec)
	r[0], r[5] = y[0], y[3]
	r[1], r[2] = plusMinus(&e1, &o1)
	r[3], r[4] = plusMinus(&e2, &o2)
	return r
}

// weightLine is G g.
func weightLine(g [3]vec) (r [6]vec) {
	e1, o1 := combine(-2./3, &g[0], -1./3, &g[2], 0, &noVec), combine(-2*winA/3, &g[1], 0, &noVec, 0, &noVec)
	e2, o2 := combine(1./6, &g[0], 1./3, &g[2], 0, &noVec), combine(winB/6, &g[1], 0, &noVec, 0, &noVec)
	r[0], r[5] = g[0], g[2]
	r[1], r[2] = plusMinus(&e1, &o1)
	r[3], r[4] = plusMinus(&e2, &o2)
	return r
}

// gatherLine is Gᵀ u.
func gatherLine(u [6]vec) (g [3]vec) {
	s1, d1 := plusMinus(&u[1], &u[2])
	s2, d2 := plusMinus(&u[3], &u[4])
	g[0] = combine(1, &u[0], -2./3, &s1, 1./6, &s2)
	g[1] = combine(-2*winA/3, &d1, winB/6, &d2, 0, &noVec)
	g[2] = combine(-1./3, &s1, 1./3, &s2, 1, &u[5])
	return g
}

func load(s []float32) vec { return vec(s[:Block]) }

func winogradInputGo(j *winogradJob) {
	for i := range j.n {
		src, dst := j.src[i*j.srcStep:], j.dst[i*j.dstStep:]
		var m [6][6]vec
		for x := range 6 {
			var d [6]vec
			for y := range d {
				d[y] = load(src[y*j.srcRow+x*Block:])
			}
			for y, r := range inputLine(d) {
				m[y][x] = r
			}
		}
		for y := range m {
			for x, r := range inputLine(m[y]) {
				copy(dst[(y*6+x)*j.dstPos:][:Block], r[:])
			}
		}
	}
}

func winogradOutputGo(j *winogradJob) {
	for i := range j.n {
		src := j.src[i*j.srcStep:]
		var m [4][6]vec
		for x := range 6 {
			var d [6]vec
			for y := range d {
				d[y] = load(src[(y*6+x)*j.srcPos:])
			}
			for y, r := range outputLine(d) {
				m[y][x] = r
			}
		}
		for y := range j.rows {
			line := outputLine(m[y])
			for x, r := range line[:j.cols] {
				at := i*j.dstStep + y*j.dstRow + x*Block
				for v := range r {
					if j.bias != nil {
						r[v] += j.bias[v]
					}
					if j.res != nil {
						r[v] += j.res[at+v]
					}
					if j.relu && r[v] < 0 {
						r[v] = 0
					}
				}
				copy(j.dst[at:][:Block], r[:])
			}
		}
	}
}

func winogradSpreadGo(j *winogradJob) {
	for i := range j.n {
		src, dst := j.src[i*j.srcStep:], j.dst[i*j.dstStep:]
		var m [6][4]vec
		for x := range 4 {
			var d [4]vec
			for y := range d {
				d[y] = load(src[y*j.srcRow+x*Block:])
			}
			for y, r := range spreadLine(d) {
				m[y][x] = r
			}
		}
		for y := range m {
			for x, r := range spreadLine(m[y]) {
				copy(dst[(y*6+x)*j.dstPos:][:Block], r[:])
			}
		}
	}
}

func winogradWeightsGo(j *winogradJob) {
	for i := range j.n {
		src, dst := j.src[i*j.srcStep:], j.dst[i*j.dstStep:]
		var m [6][3]vec
		for x := range 3 {
			var d [3]vec
			for y := range d {
				d[y] = load(src[(y*3+x)*j.srcPos:])
			}
			for y, r := range weightLine(d) {
				m[y][x] = r
			}
		}
		for y := range m {
			for x, r := range weightLine(m[y]) {
				copy(dst[(y*6+x)*j.dstPos:][:Block], r[:])
			}
		}
	}
}

func winogradGatherGo(j *winogradJob) {
	for i := range j.n {
		src, dst := j.src[i*j.srcStep:], j.dst[i*j.dstStep:]
		var m [3][6]vec
		for x := range 6 {
			var d [6]vec
			for y := range d {
				d[y] = load(src[(y*6+x)*j.srcPos:])
			}
			for y, r := range gatherLine(d) {
				m[y][x] = r
			}
		}
		for y := range m {
			for x, r := range gatherLine(m[y]) {
				copy(dst[(y*3+x)*j.dstPos:][:Block], r[:])
			}
		}
	}
}
