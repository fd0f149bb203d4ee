// SPDX-License-Identifier: MIT

package optim

import "math"

// OneCycleConfig holds the settings of [OneCycle] and [OneCycleMomentum]. Epochs must be set; the
// zero value of the rest is torch's default.
type OneCycleConfig struct {
	Epochs         int      // total number
	PctStart       *float64 // fraction of the epochs in which the rate rises; nil: 0.3
	DivFactor      *float64 // highest rate divided by first rate; nil: 25
	FinalDivFactor *float64 // first rate divided by last rate; nil: 1e4
	BaseMomentum   *float64 // lowest momentum; nil: 0.85
	MaxMomentum    *float64 // highest momentum; nil: 0.95
	Linear         bool     // linear instead of cosine annealing
	ThreePhase     bool     // return to the first rate before the final decay
}

// OneCycle returns a schedule that rises to 1, falls, and ends far below its start (OneCycleLR;
// Smith and Topin, 2017). The initial learning rate of the optimizer is the highest one, torch's
// max_lr. As in torch, the end is the last step of the Epochs, and the peak is one step before
// PctStart of them have passed. For torch's cycle_momentum, see [OneCycleMomentum].
func OneCycle(c OneCycleConfig) Schedule {
	div, final := orDefault(c.DivFactor, 25), orDefault(c.FinalDivFactor, 1e4)
	if !(div > 0) || !(final > 0) {
		return invalidSchedule
	}
	start := 1 / div
	last := start / final
	if c.ThreePhase {
		return c.cycle(start, 1, start, last)
	}
	return c.cycle(start, 1, last)
}

// OneCycleMomentum returns a schedule that falls from MaxMomentum to BaseMomentum while the rate of
// [OneCycle] rises, and rises again while it falls. Its values are the momentum itself, for
// [ApplyMomentum], and not factors.
func OneCycleMomentum(c OneCycleConfig) Schedule {
	low, high := orDefault(c.BaseMomentum, 0.85), orDefault(c.MaxMomentum, 0.95)
	if c.ThreePhase {
		return c.cycle(high, low, high, high)
	}
	return c.cycle(high, low, high)
}

// cycle interpolates between successive values, one phase for each pair.
func (c OneCycleConfig) cycle(values ...float64) Schedule {
	part := orDefault(c.PctStart, 0.3)
	if c.Epochs <= 0 || !(part >= 0 && part <= 1) {
		return invalidSchedule
	}
	between := func(from, to, at float64) float64 {
		if c.Linear {
			return from + (to-from)*at
		}
		return to + (from-to)*(1+math.Cos(math.Pi*at))/2
	}
	return func(step, perEpoch int) float64 {
		if perEpoch <= 0 {
			return math.NaN()
		}
		steps := float64(c.Epochs) * float64(perEpoch)
		top, end := part*steps-1, steps-1
		ends := []float64{top, end}
		if len(values) > 3 {
			ends = []float64{top, 2 * top, end}
		}
		// A phase may end before the first step; then it is skipped.
		at, begin := float64(step), 0.0
		for i, e := range ends {
			if at <= e && e > begin {
				return between(values[i], values[i+1], (at-begin)/(e-begin))
			}
			begin = e
		}
		return values[len(ends)]
	}
}
