// SPDX-License-Identifier: MIT

package optim

import "math"

// OneCycleConfig holds the settings of [OneCycle]. Zeros stand for torch's defaults.
type OneCycleConfig struct {
	Epochs         int     // in all; of torch's total_steps when progress is counted in steps
	PctStart       float64 // part of them in which the rate rises: 0.3
	DivFactor      float64 // highest over first rate: 25
	FinalDivFactor float64 // first over last rate: 1e4
	Linear         bool    // along lines instead of cosines
	ThreePhase     bool    // fall back to the first rate before the last fall
}

// OneCycle rises to 1, falls, and ends far below where it began (OneCycleLR; Smith and
// Topin, 2017). The initial learning rate of the optimizer is the highest one, torch's
// max_lr. Momentum is left alone. As in torch the peak is at PctStart*Epochs - 1 and
// the end at Epochs - 1.
func OneCycle(c OneCycleConfig) Schedule {
	c.PctStart, c.DivFactor = orDefault(c.PctStart, 0.3), orDefault(c.DivFactor, 25)
	c.FinalDivFactor = orDefault(c.FinalDivFactor, 1e4)
	if c.Epochs <= 0 || !(c.PctStart >= 0 && c.PctStart <= 1) || !(c.DivFactor > 0) || !(c.FinalDivFactor > 0) {
		return senseless
	}
	start := 1 / c.DivFactor
	last := start / c.FinalDivFactor
	top, end := c.PctStart*float64(c.Epochs)-1, float64(c.Epochs-1)
	ends, rates := []float64{top, end}, []float64{start, 1, last}
	if c.ThreePhase {
		ends, rates = []float64{top, 2 * top, end}, []float64{start, 1, start, last}
	}
	return func(epoch float64) float64 {
		begin := 0.0
		for i, e := range ends {
			if epoch <= e && e > begin {
				at := (epoch - begin) / (e - begin)
				if c.Linear {
					return rates[i] + (rates[i+1]-rates[i])*at
				}
				return rates[i+1] + (rates[i]-rates[i+1])*(1+math.Cos(math.Pi*at))/2
			}
			begin = max(begin, e)
		}
		return last
	}
}
