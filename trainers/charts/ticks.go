// SPDX-License-Identifier: MIT

package charts

import (
	"gonum.org/v1/plot"

	"github.com/stheno-go/stheno/internal/axis"
)

// ticks marks an axis at multiples of 1, 2 or 5 times a power of ten.
type ticks struct{ whole bool }

// WholeTicks returns a Ticker for integers such as epochs.
func WholeTicks() plot.Ticker { return ticks{whole: true} }

// Ticks implements [plot.Ticker].
func (t ticks) Ticks(lo, hi float64) []plot.Tick {
	var list []plot.Tick
	for _, tick := range axis.Ticks(lo, hi, t.whole) {
		list = append(list, plot.Tick{Value: tick.Value, Label: tick.Label})
	}
	return list
}
