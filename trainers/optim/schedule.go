// SPDX-License-Identifier: MIT

package optim

import (
	"math"
	"slices"

	"github.com/stheno-go/stheno/internal/absent"
)

// A Schedule maps progress to a factor on the initial learning rate. Progress is counted
// in steps, from 0, of which perEpoch make an epoch: 1 for rates that change with every
// epoch, the steps of an optimizer in an epoch for rates that change with each of them. A
// Schedule has no state: to go on after a break is to ask it for the next step.
//
// The schedules below give the rates of torch's closed forms, their lengths being epochs
// whatever perEpoch is. One that was made from arguments that make no sense is NaN
// everywhere, which Step of an optimizer reports.
type Schedule func(step, perEpoch int) float64

// Apply sets the learning rate of each of opt's groups to its initial one times what s
// says of the step, of which perEpoch make an epoch. A nil Schedule changes nothing.
func Apply(opt Optimizer, s Schedule, step, perEpoch int) {
	if s == nil || absent.Is(opt) {
		return
	}
	factor := s(step, perEpoch)
	for _, g := range opt.Groups() {
		g.LR = g.InitialLR * factor
	}
}

// senseless is what bad arguments make.
func senseless(int, int) float64 { return math.NaN() }

// Lambda is f, of epochs and their fractions, as a Schedule (LambdaLR).
func Lambda(f func(epoch float64) float64) Schedule {
	if f == nil {
		return senseless
	}
	return func(step, perEpoch int) float64 {
		if perEpoch <= 0 {
			return math.NaN()
		}
		return f(float64(step) / float64(perEpoch))
	}
}

// Constant is factor for the given number of epochs, then 1 (ConstantLR).
func Constant(factor float64, epochs int) Schedule {
	return Lambda(func(epoch float64) float64 {
		if epoch < float64(epochs) {
			return factor
		}
		return 1
	})
}

// Step multiplies by gamma every size epochs (StepLR).
func Step(size int, gamma float64) Schedule {
	if size <= 0 {
		return senseless
	}
	return Lambda(func(epoch float64) float64 { return math.Pow(gamma, math.Floor(epoch/float64(size))) })
}

// MultiStep multiplies by gamma at each milestone (MultiStepLR).
func MultiStep(gamma float64, milestones ...int) Schedule {
	milestones = slices.Clone(milestones)
	return Lambda(func(epoch float64) float64 {
		passed := 0
		for _, m := range milestones {
			if epoch >= float64(m) {
				passed++
			}
		}
		return math.Pow(gamma, float64(passed))
	})
}

// Exponential multiplies by gamma every epoch, evenly (ExponentialLR).
func Exponential(gamma float64) Schedule {
	return Lambda(func(epoch float64) float64 { return math.Pow(gamma, epoch) })
}

// Linear goes from one factor to another within the given number of epochs and stays
// there (LinearLR).
func Linear(from, to float64, epochs int) Schedule {
	return within(epochs, func(part float64) float64 { return from + (to-from)*part })
}

// Polynomial falls from 1 to 0 within the given number of epochs and stays there
// (PolynomialLR).
func Polynomial(epochs int, power float64) Schedule {
	return within(epochs, func(part float64) float64 { return math.Pow(1-part, power) })
}

// within calls f with the part of the epochs that is over, at most 1.
func within(epochs int, f func(part float64) float64) Schedule {
	if epochs <= 0 {
		return senseless
	}
	return Lambda(func(epoch float64) float64 { return f(min(epoch/float64(epochs), 1)) })
}

// Cosine falls from 1 to 0 along half a cosine within the given number of epochs, and
// rises again after it (CosineAnnealingLR). For an eta_min see [Above].
func Cosine(epochs int) Schedule {
	if epochs <= 0 {
		return senseless
	}
	return Lambda(func(epoch float64) float64 { return (1 + math.Cos(math.Pi*epoch/float64(epochs))) / 2 })
}

// CosineRestarts falls along half a cosine within first epochs, jumps back to 1 and
// begins again, each time mult times as long (CosineAnnealingWarmRestarts).
func CosineRestarts(first, mult int) Schedule {
	if first <= 0 || mult <= 0 {
		return senseless
	}
	return Lambda(func(epoch float64) float64 {
		length := float64(first)
		if mult == 1 {
			epoch = math.Mod(epoch, length)
		}
		for epoch >= length {
			epoch -= length
			length *= float64(mult)
		}
		return (1 + math.Cos(math.Pi*epoch/length)) / 2
	})
}

// Above is s with its range from 0 to 1 moved up to lowest to 1: Above(0.01, Cosine(90))
// ends at a hundredth of the initial rate (torch's eta_min, as a factor).
func Above(lowest float64, s Schedule) Schedule {
	if s == nil {
		return senseless
	}
	return func(step, perEpoch int) float64 { return lowest + (1-lowest)*s(step, perEpoch) }
}

// warmupStart is the first factor of [Warmup], as in torchvision's recipes: at 0 the
// first step, or the first epoch, would do nothing.
const warmupStart = 0.01

// Warmup is then, multiplied for the given number of epochs by a factor that rises from
// 0.01 to 1 in a line. It does not move then in time: Warmup(5, Cosine(90)) ends after
// 90 epochs. Use [Sequential] for one that begins after the warm-up.
func Warmup(epochs float64, then Schedule) Schedule {
	if then == nil {
		return senseless
	}
	rise := Lambda(func(epoch float64) float64 {
		if epoch < epochs {
			return warmupStart + (1-warmupStart)*epoch/epochs
		}
		return 1
	})
	return func(step, perEpoch int) float64 { return then(step, perEpoch) * rise(step, perEpoch) }
}

// Sequential follows one schedule after another, changing at the milestones, one less
// than there are schedules. Each begins at its own epoch 0 (SequentialLR).
func Sequential(schedules []Schedule, milestones ...int) Schedule {
	missing := slices.ContainsFunc(schedules, func(s Schedule) bool { return s == nil })
	if missing || len(schedules) != len(milestones)+1 || !slices.IsSorted(milestones) {
		return senseless
	}
	schedules, milestones = slices.Clone(schedules), slices.Clone(milestones)
	return func(step, perEpoch int) float64 {
		i, begin := 0, 0
		for i < len(milestones) && step >= milestones[i]*perEpoch {
			begin = milestones[i] * perEpoch
			i++
		}
		return schedules[i](step-begin, perEpoch)
	}
}
