// SPDX-License-Identifier: MIT

package optim

import "math"

// CyclicMode is how the height of the cycles of [Cyclic] changes.
type CyclicMode int

// The modes of [CyclicMode].
const (
	Triangular  CyclicMode = iota // it stays
	Triangular2                   // it is halved after each cycle
	ExpRange                      // it is multiplied by Gamma every epoch, evenly
)

// CyclicConfig holds the settings of [Cyclic] and [CyclicMomentum]. Up must be positive; the
// zero value of the rest is torch's default.
type CyclicConfig struct {
	Up           float64 // epochs in which the rate rises
	Down         float64 // epochs in which it falls; 0: as Up
	Mode         CyclicMode
	Gamma        *float64 // of ExpRange; nil: 1
	BaseMomentum *float64 // the lowest; nil: 0.8
	MaxMomentum  *float64 // the highest; nil: 0.9
}

// Cyclic rises in a line from 0 to 1 and falls again, over and over (CyclicLR; Smith, 2017).
// The initial learning rate of the optimizer is the highest one, torch's max_lr. For torch's
// base_lr use [Above]: Above(0.1, Cyclic(c)) begins at a tenth of it. The momentum that
// falls while the rate rises, torch's cycle_momentum, is [CyclicMomentum].
func Cyclic(c CyclicConfig) Schedule {
	return c.cycle(func(height float64) float64 { return height })
}

// CyclicMomentum falls from MaxMomentum to BaseMomentum while the rate of [Cyclic] rises,
// and rises while it falls. Its values are the momentum itself, for [ApplyMomentum], not
// factors.
func CyclicMomentum(c CyclicConfig) Schedule {
	low, high := orDefault(c.BaseMomentum, 0.8), orDefault(c.MaxMomentum, 0.9)
	return c.cycle(func(height float64) float64 { return high - (high-low)*height })
}

// cycle calls f with the height of the triangle.
func (c CyclicConfig) cycle(f func(height float64) float64) Schedule {
	down, gamma := c.Down, orDefault(c.Gamma, 1)
	if down == 0 {
		down = c.Up
	}
	if !(c.Up > 0 && down > 0) || math.IsInf(c.Up+down, 0) || c.Mode < Triangular || c.Mode > ExpRange {
		return invalidSchedule
	}
	ratio := c.Up / (c.Up + down)
	return Lambda(func(epoch float64) float64 {
		cycle := math.Floor(1 + epoch/(c.Up+down))
		height := 1 + epoch/(c.Up+down) - cycle
		if height <= ratio {
			height /= ratio
		} else {
			height = (height - 1) / (ratio - 1)
		}
		switch c.Mode {
		case Triangular2:
			height /= math.Pow(2, cycle-1)
		case ExpRange:
			height *= math.Pow(gamma, epoch)
		}
		return f(height)
	})
}
