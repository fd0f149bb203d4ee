// SPDX-License-Identifier: MIT

package approx

import (
	"fmt"
	"math"
	"math/big"
	"slices"
)

// Fit is a polynomial, or a quotient of two, that approximates a function.
type Fit struct {
	Name        string
	Top, Bottom []float64 // Bottom begins with 1
	From, To    float64   // of the argument x
	square      bool      // the polynomials are of x², else of x
	// The approximation is a(x) + b(x)·Top/Bottom, f(x) what it should be.
	a, b, f func(x float64) float64
}

func zero(float64) float64 { return 0 }
func one(float64) float64  { return 1 }

// over returns f(x)/x, which is limit at 0.
func over(f func(float64) float64, limit float64) func(float64) float64 {
	return func(x float64) float64 {
		if x == 0 {
			return limit
		}
		return f(x) / x
	}
}

// Fits are the approximations of the table.
var Fits = []Fit{
	{
		Name: "exp, in float32", Top: Exp32, Bottom: []float64{1}, From: -math.Ln2 / 2, To: math.Ln2 / 2,
		a: func(x float64) float64 { return 1 + x }, b: func(x float64) float64 { return x * x }, f: math.Exp,
	},
	{Name: "expm1", Top: Expm1, Bottom: []float64{1}, From: -math.Ln2 / 2, To: math.Ln2 / 2, a: zero, b: one, f: over(math.Expm1, 1)},
	{Name: "log1p", Top: LogTop, Bottom: LogBottom, From: math.Sqrt2/2 - 1, To: math.Sqrt2 - 1, a: zero, b: one, f: over(math.Log1p, 1)},
	{Name: "tanh", Top: TanhTop, Bottom: TanhBottom, To: TanhBound, square: true, a: zero, b: one, f: over(math.Tanh, 1)},
	{Name: "erf", Top: ErfTop, Bottom: ErfBottom, To: ErfBound, square: true, a: zero, b: one, f: over(math.Erf, 2/math.SqrtPi)},
}

func horner(terms []float64, z float64) (sum float64) {
	for _, c := range slices.Backward(terms) {
		sum = sum*z + c
	}
	return sum
}

func (f Fit) z(x float64) float64 {
	if f.square {
		return x * x
	}
	return x
}

// err is the relative error at x.
func (f Fit) err(x float64) float64 {
	z := f.z(x)
	return (f.a(x)+f.b(x)*horner(f.Top, z)/horner(f.Bottom, z))/f.f(x) - 1
}

// extrema returns where the error is largest between changes of its sign.
func (f Fit) extrema() (points []float64) {
	const n = 20000
	for i := range n + 1 {
		x := f.From + (f.To-f.From)*float64(i)/n
		e, last := f.err(x), len(points)-1
		switch {
		case i == 0 || e*f.err(points[last]) < 0:
			points = append(points, x)
		case math.Abs(e) > math.Abs(f.err(points[last])):
			points[last] = x
		}
	}
	return points
}

// Error returns the largest relative error.
func (f Fit) Error() (worst float64) {
	for _, x := range f.extrema() {
		worst = max(worst, math.Abs(f.err(x)))
	}
	return worst
}

// Minimax returns the approximation of the same degrees whose largest error is the least, by
// Remez' exchange: the errors at n points are made equal, with signs in turn, and the points
// become the extrema of the result. It begins with f, whose error must have that many.
func (f Fit) Minimax() (Fit, error) {
	n := len(f.Top) + len(f.Bottom)
	for range 20 {
		points := f.extrema()
		if len(points) != n {
			return f, fmt.Errorf("%s: the error changes its sign %d times, expected %d", f.Name, len(points)-1, n-1)
		}
		// The equations are linear but for the level times the denominator: a secant finds
		// where the level that is put in comes out.
		e0, e1 := 0., f.err(points[0])
		_, _, d0 := f.level(points, e0)
		d0 -= e0
		for range 20 {
			var out float64
			f.Top, f.Bottom, out = f.level(points, e1)
			d1 := out - e1
			if math.Abs(d1) <= 1e-8*math.Abs(e1) || d1 == d0 {
				break
			}
			e0, e1, d0 = e1, e1-d1*(e1-e0)/(d1-d0), d1
		}
		if f.Error() < math.Abs(e1)*(1+1e-5) {
			return f, nil
		}
	}
	return f, fmt.Errorf("%s: no convergence", f.Name)
}

// level solves for coefficients that make the errors at the points ±level, as near as the
// last level gives it, and for the level.
func (f Fit) level(points []float64, last float64) (top, bottom []float64, level float64) {
	rows := make([][]*big.Float, len(points))
	number := func(x float64) *big.Float { return new(big.Float).SetPrec(300).SetFloat64(x) }
	for i, x := range points {
		sign := float64(1 - 2*(i%2))
		z, power := number(f.z(x)), number(1)
		var powers []*big.Float
		for range max(len(f.Top), len(f.Bottom)) {
			powers = append(powers, power)
			power = new(big.Float).Mul(power, z)
		}
		for k := range f.Top {
			rows[i] = append(rows[i], new(big.Float).Mul(number(f.b(x)), powers[k]))
		}
		target := number(f.f(x) - f.a(x))
		shifted := new(big.Float).Add(target, new(big.Float).Mul(number(sign*last), number(f.f(x))))
		for k := 1; k < len(f.Bottom); k++ {
			rows[i] = append(rows[i], new(big.Float).Neg(new(big.Float).Mul(shifted, powers[k])))
		}
		rows[i] = append(rows[i], number(-sign*f.f(x)), target)
	}
	x := solve(rows)
	bottom = append([]float64{1}, x[len(f.Top):len(x)-1]...)
	return x[:len(f.Top)], bottom, x[len(x)-1]
}

// solve eliminates by Gauss; the last column is the right side.
func solve(rows [][]*big.Float) []float64 {
	n := len(rows)
	for i := range rows {
		pivot := i
		for k := i; k < n; k++ {
			if new(big.Float).Abs(rows[k][i]).Cmp(new(big.Float).Abs(rows[pivot][i])) > 0 {
				pivot = k
			}
		}
		rows[i], rows[pivot] = rows[pivot], rows[i]
		for k := range rows {
			if k == i {
				continue
			}
			factor := new(big.Float).Quo(rows[k][i], rows[i][i])
			for j := i; j <= n; j++ {
				rows[k][j] = new(big.Float).Sub(rows[k][j], new(big.Float).Mul(factor, rows[i][j]))
			}
		}
	}
	x := make([]float64, n)
	for i := range x {
		x[i], _ = new(big.Float).Quo(rows[i][n], rows[i][i]).Float64()
	}
	return x
}
