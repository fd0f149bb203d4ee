// SPDX-License-Identifier: MIT

package charts

import (
	"math"
	"strconv"

	"gonum.org/v1/plot"
)

// ticks marks an axis at multiples of 1, 2 or 5 times a power of ten.
type ticks struct{ whole bool }

// WholeTicks marks an axis at whole numbers: epochs, layers.
func WholeTicks() plot.Ticker { return ticks{whole: true} }

// Ticks implements [plot.Ticker].
func (t ticks) Ticks(lo, hi float64) []plot.Tick {
	const most = 6
	span := (hi - lo) / most
	if !(span > 0) || math.IsInf(span, 0) {
		return plot.DefaultTicks{}.Ticks(lo, hi)
	}
	power := math.Floor(math.Log10(span))
	step := 10 * math.Pow(10, power)
	for _, m := range []float64{5, 2, 1} {
		if s := m * math.Pow(10, power); s >= span {
			step = s
		}
	}
	if t.whole {
		step = math.Max(step, 1)
	}
	decimals := int(math.Max(0, -math.Floor(math.Log10(step))))
	var list []plot.Tick
	for i := math.Ceil(lo / step); i*step <= hi; i++ {
		v := i*step + 0 // no -0
		label := strconv.FormatFloat(v, 'f', decimals, 64)
		if decimals > 4 || math.Abs(v) >= 1e6 {
			label = strconv.FormatFloat(v, 'g', 3, 64)
		}
		list = append(list, plot.Tick{Value: v, Label: label})
	}
	return list
}
