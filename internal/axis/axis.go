// SPDX-License-Identifier: MIT

// Package axis chooses the range of an axis and the numbers written on it.
package axis

import (
	"math"
	"strconv"
)

// Tick is a marked value.
type Tick struct {
	Value float64
	Label string
}

// Ticks marks an axis at multiples of 1, 2 or 5 times a power of ten, with whole at whole
// numbers. Any range will do: one that cannot be drawn is marked as the one that [Settled]
// makes of it.
func Ticks(lo, hi float64, whole bool) []Tick {
	const most = 6
	lo, hi = Settled(lo, hi)
	span := (hi - lo) / most
	power := math.Pow(10, math.Floor(math.Log10(span)))
	step := 10 * power
	for _, m := range []float64{5, 2, 1} {
		if s := m * power; s >= span {
			step = s
		}
	}
	if whole {
		step = math.Max(step, 1)
	}
	decimals := int(math.Max(0, -math.Floor(math.Log10(step))))
	var list []Tick
	first := math.Ceil(lo / step)
	for i := range most + 1 {
		v := (first+float64(i))*step + 0 // no -0
		if v > hi {
			break
		}
		label := strconv.FormatFloat(v, 'f', decimals, 64)
		if decimals > 4 || math.Abs(v) >= 1e6 {
			label = strconv.FormatFloat(v, 'g', max(3, digits(lo, hi, step)), 64)
		}
		list = append(list, Tick{Value: v, Label: label})
	}
	return list
}

// digits returns how many tell apart two numbers of a range that differ by step.
func digits(lo, hi, step float64) int {
	size := math.Max(math.Abs(lo), math.Abs(hi))
	return 1 + int(math.Log10(size)-math.Floor(math.Log10(step)))
}

const (
	largest  = 1e300 // what is beyond is not drawn: differences would overflow
	smallest = 1e-300
	nearest  = 1e-9 // narrowest range, as a part of its ends: ticks and pixels can still tell them apart
)

// Settled returns the nearest range that can be drawn: finite ends, in order, that lie
// far enough apart for their size.
func Settled(lo, hi float64) (float64, float64) {
	if lo != lo || hi != hi || math.IsInf(lo, 1) && math.IsInf(hi, -1) { // or the range of nothing
		return -1, 1
	}
	lo, hi = math.Min(lo, hi), math.Max(lo, hi)
	lo, hi = math.Max(math.Min(lo, largest), -largest), math.Max(math.Min(hi, largest), -largest)
	size := math.Max(math.Abs(lo), math.Abs(hi))
	switch least := math.Max(nearest*size, smallest); {
	case lo == hi && size < 1/nearest && size > smallest, lo == 0 && hi == 0:
		return lo - 1, hi + 1 // as gonum has it
	case hi-lo < least:
		return lo - least, hi + least
	}
	return lo, hi
}

// Drawable reports whether a value has a place on an axis.
func Drawable(v float64) bool { return math.Abs(v) <= largest }
