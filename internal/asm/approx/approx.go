// SPDX-License-Identifier: MIT

// Package approx holds the polynomials by which elementary functions of float32 are
// approximated: one table for the loops in Go, of AMD64 and of ARM64.
//
// Each is close to the minimax approximation, whose largest relative error is the least:
// go run ./approx/fit prints both errors. How the numbers were found is not recorded, and
// [Fit.Minimax] finds others: its errors are less by 2 % for Exp32, whose coefficients are
// rounded to float32, and by less than 1 % for the others. To take them would change
// results in the last bit.
package approx

// Polynomials, the coefficient of the lowest power first.
var (
	// eʳ = 1 + r + r²·Exp32(r) for |r| ≤ log 2 / 2, rounded to float32.
	Exp32 = []float64{0.49999994, 0.16666521, 0.041668266, 0.008368675, 0.0013820658}

	// eʳ - 1 = r·Expm1(r) for |r| ≤ log 2 / 2.
	Expm1 = []float64{1.00000000003166293, 0.500000004667015861, 0.166666662427040964, 0.0416663543582034325, 0.00833340441239452997, 0.0013941013123907137, 0.000198404247286071536}

	// log(1+m) = m·LogTop(m)/LogBottom(m) for m in [√½-1, √2-1].
	LogTop    = []float64{1.00000000002360631, 1.21430316743337078, 0.332577100581502364, 0.00701623011842228683}
	LogBottom = []float64{1, 1.71430318643481028, 0.856395378816577637, 0.113778251484352672}

	// tanh x = x·TanhTop(x²)/TanhBottom(x²) for |x| ≤ TanhBound, beyond which it is ±1 in
	// float32; erf in the same way.
	TanhTop    = []float64{0.99999999816356499, 0.13666610861772735, 0.0038516717386080542, 0.000027672550229364613, 2.9785820512151656e-8, -1.1618071587251595e-11}
	TanhBottom = []float64{1, 0.46999942447598986, 0.027184840981320676, 0.00039093028116298367, 1.264042769861026e-6}

	ErfTop    = []float64{1.1283791691853498, 0.185146904789788087, 0.0542558722715307604, 0.00384042375416565081, 0.000377220973849598177, 4.62149742344028443e-6, -1.28653531444263636e-8}
	ErfBottom = []float64{1, 0.497415579727403459, 0.113887720826821172, 0.0154352852727016735, 0.00130250815431464984, 0.0000625145219313434756}
)

// Bounds of arguments.
const (
	TanhBound = 9.3
	ErfBound  = 3.93
)
