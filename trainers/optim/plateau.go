// SPDX-License-Identifier: MIT

package optim

import (
	"fmt"
	"math"
)

// PlateauConfig holds the settings of [Plateau]. Zeros stand for torch's defaults.
type PlateauConfig struct {
	Max       bool    // a larger metric is better
	Factor    float64 // 0.1
	Patience  int     // epochs without improvement that are borne: 10; -1 for none
	Threshold float64 // least improvement that counts: 1e-4
	Absolute  bool    // the threshold is a difference, not a proportion
	Cooldown  int     // epochs after a reduction that are not counted
	MinLR     float64
	Eps       float64 // a smaller change of the rate is not made: 1e-8
}

// Plateau lowers the learning rate when a metric has stopped to improve
// (ReduceLROnPlateau). Its exported fields are its state.
type Plateau struct {
	Best     float64
	Bad      int // epochs without improvement
	Cooling  int // epochs of cooldown that are left
	settings PlateauConfig
	opt      Optimizer
}

// NewPlateau returns a Plateau that sets opt's learning rate.
func NewPlateau(opt Optimizer, c PlateauConfig) *Plateau {
	c.Factor, c.Threshold, c.Eps = orDefault(c.Factor, 0.1), orDefault(c.Threshold, 1e-4), orDefault(c.Eps, 1e-8)
	switch {
	case c.Patience == 0:
		c.Patience = 10
	case c.Patience < 0:
		c.Patience = 0
	}
	p := &Plateau{Best: math.Inf(1), settings: c, opt: opt}
	if c.Max {
		p.Best = math.Inf(-1)
	}
	return p
}

// Step takes the metric of an epoch.
func (p *Plateau) Step(metric float64) error {
	c := &p.settings
	if !(c.Factor > 0 && c.Factor < 1) {
		return fmt.Errorf("optim: Factor should be < 1.0 and positive, got %v", c.Factor)
	}
	if p.better(metric) {
		p.Best, p.Bad = metric, 0
	} else {
		p.Bad++
	}
	if p.Cooling > 0 {
		p.Cooling--
		p.Bad = 0
	}
	if p.Bad <= c.Patience {
		return nil
	}
	p.Cooling, p.Bad = c.Cooldown, 0
	for _, g := range p.opt.Groups() {
		if lr := math.Max(g.LR*c.Factor, c.MinLR); g.LR-lr > c.Eps {
			g.LR = lr
		}
	}
	return nil
}

func (p *Plateau) better(metric float64) bool {
	c := &p.settings
	switch {
	case c.Absolute && c.Max:
		return metric > p.Best+c.Threshold
	case c.Absolute:
		return metric < p.Best-c.Threshold
	case c.Max:
		return metric > p.Best*(1+c.Threshold)
	}
	return metric < p.Best*(1-c.Threshold)
}
