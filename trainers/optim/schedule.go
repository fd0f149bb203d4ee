// SPDX-License-Identifier: MIT

package optim

import (
	"math"
	"slices"
)

// A Schedule maps progress, in epochs, to a factor on the base learning rate. Progress
// may be a fraction, for schedules that change with every step. A Schedule has no
// state: to go on after a break is to ask it for the next epoch.
type Schedule func(epoch float64) float64

// Apply sets opt's learning rate to base times what s says of the epoch.
func Apply(opt Optimizer, s Schedule, base, epoch float64) { opt.SetLR(base * s(epoch)) }

// Constant is 1 for ever.
func Constant() Schedule { return func(float64) float64 { return 1 } }

// Lambda is f as a Schedule (torch's LambdaLR).
func Lambda(f func(epoch float64) float64) Schedule { return f }

// Step multiplies by gamma every size epochs (StepLR).
func Step(size int, gamma float64) Schedule {
	return func(epoch float64) float64 { return math.Pow(gamma, math.Floor(epoch/float64(max(size, 1)))) }
}

// MultiStep multiplies by gamma at each milestone (MultiStepLR).
func MultiStep(gamma float64, milestones ...int) Schedule {
	return func(epoch float64) float64 {
		passed := 0
		for _, m := range milestones {
			if epoch >= float64(m) {
				passed++
			}
		}
		return math.Pow(gamma, float64(passed))
	}
}

// Exponential multiplies by gamma every epoch (ExponentialLR).
func Exponential(gamma float64) Schedule {
	return func(epoch float64) float64 { return math.Pow(gamma, math.Floor(epoch)) }
}

// Linear goes from one factor to another within the given number of epochs and stays
// there (LinearLR).
func Linear(from, to float64, epochs int) Schedule {
	return func(epoch float64) float64 {
		return from + (to-from)*math.Min(epoch, float64(epochs))/float64(max(epochs, 1))
	}
}

// Polynomial falls from 1 to 0 within the given number of epochs (PolynomialLR).
func Polynomial(epochs int, power float64) Schedule {
	return func(epoch float64) float64 {
		return math.Pow(1-math.Min(epoch, float64(epochs))/float64(max(epochs, 1)), power)
	}
}

// Cosine falls from 1 to 0 along half a cosine within the given number of epochs
// (CosineAnnealingLR with eta_min 0), and would rise again after it.
func Cosine(epochs int) Schedule { return CosineTo(0, epochs) }

// CosineTo is Cosine with a lowest factor (eta_min over the base rate).
func CosineTo(lowest float64, epochs int) Schedule {
	return func(epoch float64) float64 {
		return lowest + (1-lowest)*(1+math.Cos(math.Pi*epoch/float64(max(epochs, 1))))/2
	}
}

// Warmup rises from 0 in proportion for the given number of epochs and then follows
// another schedule from its beginning.
func Warmup(epochs float64, then Schedule) Schedule {
	return func(epoch float64) float64 {
		if epoch < epochs {
			return epoch / epochs * then(0)
		}
		return then(epoch - epochs)
	}
}

// Sequential follows one schedule after another, changing at the milestones; each
// begins anew (SequentialLR). There is one schedule more than there are milestones;
// the last goes on where schedules are missing.
func Sequential(schedules []Schedule, milestones ...int) Schedule {
	if len(schedules) == 0 {
		return Constant()
	}
	milestones = slices.Clone(milestones)
	return func(epoch float64) float64 {
		i, begin := 0, 0.0
		for k, m := range milestones {
			if epoch >= float64(m) && k+1 < len(schedules) {
				i, begin = k+1, float64(m)
			}
		}
		return schedules[i](epoch - begin)
	}
}

// OneCycleConfig holds the settings of [OneCycle]. Zeros stand for torch's defaults.
type OneCycleConfig struct {
	Steps          int     // total number of steps; the argument of the schedule counts them
	PctStart       float64 // part of the steps in which the rate rises: 0.3
	DivFactor      float64 // highest over first rate: 25
	FinalDivFactor float64 // first over last rate: 1e4
	Linear         bool    // along lines instead of cosines
	ThreePhase     bool    // fall back to the first rate before the last fall
}

// OneCycle rises to 1, the base rate being the highest, and falls far below where it
// began (OneCycleLR; Smith and Topin, 2017).
func OneCycle(c OneCycleConfig) Schedule {
	c.PctStart, c.DivFactor = orDefault(c.PctStart, 0.3), orDefault(c.DivFactor, 25)
	c.FinalDivFactor = orDefault(c.FinalDivFactor, 1e4)
	first := 1 / c.DivFactor
	last := first / c.FinalDivFactor
	top := c.PctStart*float64(c.Steps) - 1
	end := float64(c.Steps - 1)
	ends, rates := []float64{top, end}, []float64{first, 1, last}
	if c.ThreePhase {
		ends, rates = []float64{top, 2 * top, end}, []float64{first, 1, first, last}
	}
	return func(step float64) float64 {
		begin := 0.0
		for i, e := range ends {
			if step <= e || i == len(ends)-1 {
				at := math.Min((step-begin)/math.Max(e-begin, 1e-12), 1)
				if c.Linear {
					return rates[i] + (rates[i+1]-rates[i])*at
				}
				return rates[i+1] + (rates[i]-rates[i+1])*(1+math.Cos(math.Pi*at))/2
			}
			begin = e
		}
		return last
	}
}
