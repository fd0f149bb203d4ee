// SPDX-License-Identifier: MIT

package kernels

import (
	"math"

	"github.com/stheno-go/stheno/internal/kernels/par"
)

// Adafactor holds the settings of a step of Adafactor.
type Adafactor struct {
	LR, WeightDecay float64
	Rate            float64 // the rate of this step before it is scaled by the parameter's size
	Rest            float64 // how much of the estimates is replaced
	Eps1, Eps2, D   float64
	Maximize        bool
}

// AdafactorStep is, with the root mean square rms,
//
//	rate := max(eps2, rms(w)) * rate
//	w[i] *= 1 - lr*decay
//	row, col or v += rest * (mean of g² - row, col or v)
//	u := g / √(row·col/mean(row))          // g / √v of a vector
//	w[i] -= rate / max(1, rms(u)/d) * u[i]
//
// w is matrices of rows by columns with an estimate for each row and each column, or with
// cols 0 a vector, of which v has an estimate for each element.
func AdafactorStep[T Float](o *Adafactor, w, g, row, col, v []T, rows, cols int) {
	if len(w) == 0 {
		return
	}
	rate := max(o.Eps2, rms(w)) * o.Rate
	u := par.Scratch[T](len(w))
	defer par.GiveBack(u)
	if cols == 0 {
		adafactorVector(o, g, v, *u)
	} else {
		for b := range len(w) / (rows * cols) {
			size := rows * cols
			adafactorMatrix(o, g[b*size:][:size], row[b*rows:][:rows], col[b*cols:][:cols], (*u)[b*size:][:size])
		}
	}
	adafactorApply(T(1-o.LR*o.WeightDecay), T(rate/max(1, rms(*u)/o.D)), w, *u)
}

// rms is the root of the mean of the squares of x.
func rms[T Float](x []T) float64 {
	return float64(T(math.Sqrt(SumSquares(x)))) / math.Sqrt(float64(len(x)))
}

func adafactorApply[T Float](shrink, rate T, w, u []T) {
	if len(w) > updateChunk {
		eachChunk(len(w), func(a, z int) { adafactorApplyRange(shrink, rate, w[a:z], u[a:z]) })
		return
	}
	adafactorApplyRange(shrink, rate, w, u)
}

func adafactorApplyRange[T Float](shrink, rate T, w, u []T) {
	for i, d := range u {
		w[i] = T(w[i]*shrink) - T(rate*d)
	}
}

// adafactorVector sets u for a vector.
func adafactorVector[T Float](o *Adafactor, g, v, u []T) {
	if len(g) > updateChunk {
		c := *o
		eachChunk(len(g), func(a, z int) { adafactorVectorRange(&c, g[a:z], v[a:z], u[a:z]) })
		return
	}
	adafactorVectorRange(o, g, v, u)
}

func adafactorVectorRange[T Float](o *Adafactor, g, v, u []T) {
	rest, least, sign := T(o.Rest), T(o.Eps1*o.Eps1), signOf[T](o.Maximize)
	for i, d := range g {
		v[i] = lerp(v[i], T(d*d), rest)
		u[i] = 1 / sqrt(max(v[i], least)) * (sign * d)
	}
}

// adafactorMatrix sets u for a matrix with len(row) rows and len(col) columns.
func adafactorMatrix[T Float](o *Adafactor, g, row, col, u []T) {
	rest, rows, cols := T(o.Rest), len(row), len(col)
	adafactorRows(g, row, rest, cols)
	sums := par.Scratch[float64](cols)
	defer par.GiveBack(sums)
	adafactorColumns(g, *sums, cols)
	for j, s := range *sums {
		col[j] = lerp(col[j], meanOfSquares[T](s, rows), rest)
	}
	total := 0.0
	for _, r := range row {
		total += float64(r)
	}
	mean := max(T(total/float64(rows)), T(o.Eps1))
	if len(g) > updateChunk {
		c, perChunk := *o, max(1, updateChunk/cols)
		par.Parallel((rows+perChunk-1)/perChunk, int64(len(g)), func(k int) {
			a, z := k*perChunk, min((k+1)*perChunk, rows)
			adafactorUpdate(&c, mean, g[a*cols:z*cols], row[a:z], col, u[a*cols:z*cols])
		})
		return
	}
	adafactorUpdate(o, mean, g, row, col, u)
}

// meanOfSquares is s/n, rounded as torch does: the root of s is.
func meanOfSquares[T Float](s float64, n int) T {
	root := T(math.Sqrt(s))
	return T(root*root) / T(n)
}

func adafactorRows[T Float](g, row []T, rest T, cols int) {
	for i := range row {
		row[i] = lerp(row[i], meanOfSquares[T](SumSquares(g[i*cols:][:cols]), cols), rest)
	}
}

// columnChunk columns are one piece of work.
const columnChunk = 256

// adafactorColumns sets sums to the sums of the squares of the columns.
func adafactorColumns[T Float](g []T, sums []float64, cols int) {
	if len(g) > updateChunk && cols > columnChunk {
		par.Parallel((cols+columnChunk-1)/columnChunk, int64(len(g)), func(k int) {
			adafactorColumnsRange(g, sums, cols, k*columnChunk, min((k+1)*columnChunk, cols))
		})
		return
	}
	adafactorColumnsRange(g, sums, cols, 0, cols)
}

func adafactorColumnsRange[T Float](g []T, sums []float64, cols, from, to int) {
	s := sums[from:to]
	clear(s)
	for at := 0; at < len(g); at += cols {
		for j, v := range g[at+from : at+to] {
			s[j] += float64(v) * float64(v)
		}
	}
}

func adafactorUpdate[T Float](o *Adafactor, mean T, g, row, col, u []T) {
	least, sign, cols := T(o.Eps1*o.Eps1), signOf[T](o.Maximize), len(col)
	for i, r := range row {
		line := g[i*cols:][:cols]
		for j, d := range line {
			u[i*cols+j] = 1 / sqrt(max(T(r*col[j])/mean, least)) * (sign * d)
		}
	}
}
