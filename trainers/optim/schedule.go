// SPDX-License-Identifier: MIT

package optim

import (
	"math"
	"slices"

	"github.com/stheno-go/stheno/internal/absent"
)

// Schedule maps progress to a factor of the initial learning rate. Progress is counted in steps,
// from 0, with perEpoch steps per epoch: 1 for rates that change once per epoch, or the number of
// optimizer steps in an epoch for rates that change with every step. A Schedule has no state, so
// that resuming only needs the step.
//
// The schedules below have the rates of torch's closed forms; their lengths are in epochs for any
// perEpoch. A schedule with invalid arguments returns NaN, for which Step of an optimizer returns
// an error.
type Schedule func(step, perEpoch int) float64

// Apply sets the learning rate of each of opt's groups to the initial one times the factor of s for
// the step, with perEpoch steps per epoch. A nil Schedule changes nothing.
func Apply(opt Optimizer, s Schedule, step, perEpoch int) {
	if s == nil || absent.Is(opt) {
		return
	}
	factor := s(step, perEpoch)
	for _, g := range opt.Groups() {
		g.LR = g.InitialLR * factor
	}
}

// invalidSchedule is the schedule for invalid arguments.
func invalidSchedule(int, int) float64 { return math.NaN() }

// Lambda returns the Schedule of f, a function of epochs and their fractions (LambdaLR).
func Lambda(f func(epoch float64) float64) Schedule {
	if f == nil {
		return invalidSchedule
	}
	return func(step, perEpoch int) float64 {
		if perEpoch <= 0 {
			return math.NaN()
		}
		return f(float64(step) / float64(perEpoch))
	}
}

// Constant returns a schedule that is factor for the given number of epochs, then 1 (ConstantLR).
func Constant(factor float64, epochs int) Schedule {
	return Lambda(func(epoch float64) float64 {
		if epoch < float64(epochs) {
			return factor
		}
		return 1
	})
}

// Step returns a schedule that multiplies by gamma every size epochs (StepLR).
func Step(size int, gamma float64) Schedule {
	if size <= 0 {
		return invalidSchedule
	}
	return Lambda(func(epoch float64) float64 { return math.Pow(gamma, math.Floor(epoch/float64(size))) })
}

// MultiStep returns a schedule that multiplies by gamma at each milestone (MultiStepLR).
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

// Multiplicative multiplies by f(e) when epoch e begins, from epoch 1 (MultiplicativeLR).
func Multiplicative(f func(epoch int) float64) Schedule {
	if f == nil {
		return invalidSchedule
	}
	return Lambda(func(epoch float64) float64 {
		factor := 1.0
		for e := 1; float64(e) <= epoch; e++ {
			factor *= f(e)
		}
		return factor
	})
}

// Exponential returns a schedule that decays by gamma per epoch (ExponentialLR).
func Exponential(gamma float64) Schedule {
	return Lambda(func(epoch float64) float64 { return math.Pow(gamma, epoch) })
}

// Linear returns a schedule that changes linearly between two factors within the given number of
// epochs, then stays constant (LinearLR).
func Linear(from, to float64, epochs int) Schedule {
	return within(epochs, func(part float64) float64 { return from + (to-from)*part })
}

// Anneal goes from one factor to another along half a cosine within the given number of
// epochs and stays there (SWALR, whose linear strategy is [Linear]).
func Anneal(from, to float64, epochs int) Schedule {
	return within(epochs, func(part float64) float64 { return from + (to-from)*(1-math.Cos(math.Pi*part))/2 })
}

// Polynomial returns a schedule that falls from 1 to 0 within the given number of epochs, then
// stays 0 (PolynomialLR).
func Polynomial(epochs int, power float64) Schedule {
	return within(epochs, func(part float64) float64 { return math.Pow(1-part, power) })
}

// within returns the schedule of f, a function of the fraction of the epochs that have passed.
func within(epochs int, f func(part float64) float64) Schedule {
	if epochs <= 0 {
		return invalidSchedule
	}
	return Lambda(func(epoch float64) float64 { return f(min(epoch/float64(epochs), 1)) })
}

// Cosine returns a schedule that falls from 1 to 0 along half a cosine within the given number of
// epochs, and rises again after it (CosineAnnealingLR). For eta_min, see [Above].
func Cosine(epochs int) Schedule {
	if epochs <= 0 {
		return invalidSchedule
	}
	return Lambda(func(epoch float64) float64 { return (1 + math.Cos(math.Pi*epoch/float64(epochs))) / 2 })
}

// CosineRestarts returns a schedule that falls along half a cosine within first epochs, jumps back
// to 1 and repeats, each period mult times as long as the last (CosineAnnealingWarmRestarts).
func CosineRestarts(first, mult int) Schedule {
	if first <= 0 || mult <= 0 {
		return invalidSchedule
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

// Above returns s with its range from 0 to 1 mapped to lowest to 1: Above(0.01, Cosine(90)) ends at
// a hundredth of the initial rate (torch's eta_min, as a factor).
func Above(lowest float64, s Schedule) Schedule {
	if s == nil {
		return invalidSchedule
	}
	return func(step, perEpoch int) float64 { return lowest + (1-lowest)*s(step, perEpoch) }
}

// warmupStart is the first factor of [Warmup], as in torchvision's recipes. With 0 the first step,
// or the first epoch, would have no effect.
const warmupStart = 0.01

// Warmup returns then, multiplied during the given number of epochs by a factor that rises linearly
// from 0.01 to 1. It does not delay then: Warmup(5, Cosine(90)) ends after 90 epochs. Use
// [Sequential] for a schedule that begins after the warmup.
func Warmup(epochs float64, then Schedule) Schedule {
	if then == nil {
		return invalidSchedule
	}
	rise := Lambda(func(epoch float64) float64 {
		if epoch < epochs {
			return warmupStart + (1-warmupStart)*epoch/epochs
		}
		return 1
	})
	return func(step, perEpoch int) float64 { return then(step, perEpoch) * rise(step, perEpoch) }
}

// Chained multiplies the factors of several schedules (ChainedScheduler).
func Chained(schedules ...Schedule) Schedule {
	if slices.ContainsFunc(schedules, func(s Schedule) bool { return s == nil }) {
		return invalidSchedule
	}
	schedules = slices.Clone(schedules)
	return func(step, perEpoch int) float64 {
		factor := 1.0
		for _, s := range schedules {
			factor *= s(step, perEpoch)
		}
		return factor
	}
}

// Sequential returns a schedule that switches from one schedule to the next at each milestone, of
// which there is one less than schedules. Each starts at its own epoch 0 (SequentialLR).
func Sequential(schedules []Schedule, milestones ...int) Schedule {
	missing := slices.ContainsFunc(schedules, func(s Schedule) bool { return s == nil })
	if missing || len(schedules) != len(milestones)+1 || !slices.IsSorted(milestones) {
		return invalidSchedule
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
