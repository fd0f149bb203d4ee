// SPDX-License-Identifier: MIT

package report

import (
	"math"
	"slices"

	"github.com/stheno-go/stheno/internal/axis"
)

// frame maps values to positions in a chart.
type frame struct {
	metric      string
	scale       float64 // factor applied to values
	epochs      []int   // epochs with a value
	first, last float64 // epochs at the ends of the axis
	lo, hi      float64 // scaled values at the ends of the axis
	hidden      int     // number of values that cannot be drawn
}

func newFrame(metric string, curves []series) frame {
	f := frame{metric: metric, scale: 1, first: 0.5, last: 1.5}
	if isPart(metric) {
		f.scale = 100
	}
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, s := range curves {
		for e, v := range s.at {
			f.epochs = append(f.epochs, e)
			if v *= f.scale; axis.Drawable(v) {
				lo, hi = min(lo, v), max(hi, v)
			} else {
				f.hidden++
			}
		}
	}
	f.lo, f.hi = room(lo, hi, isPart(metric))
	slices.Sort(f.epochs)
	if f.epochs = slices.Compact(f.epochs); len(f.epochs) > 0 {
		f.first, f.last = float64(f.epochs[0]), float64(f.epochs[len(f.epochs)-1])
	}
	if f.first == f.last {
		f.first, f.last = f.first-0.5, f.last+0.5
	}
	return f
}

func (f frame) x(epoch float64) float64 {
	return round(roomLeft + (epoch-f.first)/(f.last-f.first)*plotWidth)
}

func (f frame) y(scaled float64) float64 {
	return round(chartBottom - (scaled-f.lo)/(f.hi-f.lo)*plotHeight)
}

func round(v float64) float64 { return math.Round(v*10) / 10 }

// room returns the range of an axis for values between lo and hi, with a margin. It starts at 0
// if that is near, and percentages end at 100.
func room(lo, hi float64, percentages bool) (float64, float64) {
	if lo == hi && lo > 0 && !percentages {
		lo = 0
	}
	lo, hi = axis.Settled(lo, hi)
	margin := 0.05 * (hi - lo)
	low, high := lo-margin, hi+margin
	if lo >= 0 && (low < 0 || lo < 0.5*hi && !percentages) {
		low = 0
	}
	if percentages && hi <= 100 {
		high = min(high, 100)
	}
	if low == high { // all are 100 %, or so close that the margin is rounded away
		low, high = axis.Settled(low, high)
	}
	return low, high
}
