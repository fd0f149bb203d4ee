// SPDX-License-Identifier: MIT

package optim

import "math"

// OneCycleConfig holds the settings of [OneCycle] and [OneCycleMomentum]. Zeros stand for
// torch's defaults.
type OneCycleConfig struct {
	Epochs         int     // in all; of torch's total_steps when progress is counted in steps
	PctStart       float64 // part of them in which the rate rises: 0.3
	DivFactor      float64 // highest over first rate: 25
	FinalDivFactor float64 // first over last rate: 1e4
	BaseMomentum   float64 // the lowest: 0.85
	MaxMomentum    float64 // the highest: 0.95
	Linear         bool    // along lines instead of cosines
	ThreePhase     bool    // fall back to the first rate before the last fall
}

// OneCycle rises to 1, falls, and ends far below where it began (OneCycleLR; Smith and
// Topin, 2017). The initial learning rate of the optimizer is the highest one, torch's
// max_lr. As in torch the peak is at PctStart*Epochs - 1 and the end at Epochs - 1. The
// momentum that goes down and up with it, torch's cycle_momentum, is [OneCycleMomentum].
func OneCycle(c OneCycleConfig) Schedule {
	c.DivFactor, c.FinalDivFactor = orDefault(c.DivFactor, 25), orDefault(c.FinalDivFactor, 1e4)
	if !(c.DivFactor > 0) || !(c.FinalDivFactor > 0) {
		return senseless
	}
	start := 1 / c.DivFactor
	last := start / c.FinalDivFactor
	if c.ThreePhase {
		return c.cycle(start, 1, start, last)
	}
	return c.cycle(start, 1, last)
}

// OneCycleMomentum falls from MaxMomentum to BaseMomentum while the rate of [OneCycle]
// rises, and rises again while it falls. Its values are the momentum itself, for
// [ApplyMomentum], not factors.
func OneCycleMomentum(c OneCycleConfig) Schedule {
	low, high := orDefault(c.BaseMomentum, 0.85), orDefault(c.MaxMomentum, 0.95)
	if c.ThreePhase {
		return c.cycle(high, low, high, high)
	}
	return c.cycle(high, low, high)
}

// cycle goes from each value to the next, in as many phases.
func (c OneCycleConfig) cycle(values ...float64) Schedule {
	c.PctStart = orDefault(c.PctStart, 0.3)
	if c.Epochs <= 0 || !(c.PctStart >= 0 && c.PctStart <= 1) {
		return senseless
	}
	top, end := c.PctStart*float64(c.Epochs)-1, float64(c.Epochs-1)
	ends := []float64{top, end}
	if len(values) > 3 {
		ends = []float64{top, 2 * top, end}
	}
	return func(epoch float64) float64 {
		begin := 0.0
		for i, e := range ends {
			if epoch <= e && e > begin {
				at := (epoch - begin) / (e - begin)
				if c.Linear {
					return values[i] + (values[i+1]-values[i])*at
				}
				return values[i+1] + (values[i]-values[i+1])*(1+math.Cos(math.Pi*at))/2
			}
			begin = max(begin, e)
		}
		return values[len(ends)]
	}
}
