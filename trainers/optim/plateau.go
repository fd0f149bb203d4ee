// SPDX-License-Identifier: MIT

package optim

import (
	"fmt"
	"math"

	"github.com/stheno-go/stheno"
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
// (ReduceLROnPlateau). It has a state: which metric was best, and for how long.
type Plateau struct {
	opt      Optimizer
	settings PlateauConfig
	best     float64
	bad      int // epochs without improvement
	cooling  int // epochs of cooldown that are left
	err      error
}

// NewPlateau returns a Plateau that sets the learning rates of opt's groups. What is
// wrong with the arguments is told by Step.
func NewPlateau(opt Optimizer, c PlateauConfig) *Plateau {
	c.Factor, c.Threshold, c.Eps = orDefault(c.Factor, 0.1), orDefault(c.Threshold, 1e-4), orDefault(c.Eps, 1e-8)
	switch {
	case c.Patience == 0:
		c.Patience = 10
	case c.Patience < 0:
		c.Patience = 0
	}
	p := &Plateau{opt: opt, settings: c, best: math.Inf(1)}
	if c.Max {
		p.best = math.Inf(-1)
	}
	switch {
	case opt == nil:
		p.err = invalid("Plateau: the optimizer is nil")
	case !(c.Factor < 1):
		p.err = invalid("Plateau: Factor should be < 1.0, got %v", c.Factor)
	default:
		p.err = first(want("Factor", c.Factor), want("Threshold", c.Threshold), want("MinLR", c.MinLR), want("Eps", c.Eps))
	}
	return p
}

// Step takes the metric of an epoch. A NaN is no improvement.
func (p *Plateau) Step(metric float64) error {
	if p.err != nil {
		return p.err
	}
	c := &p.settings
	if p.better(metric) {
		p.best, p.bad = metric, 0
	} else {
		p.bad++
	}
	if p.cooling > 0 {
		p.cooling--
		p.bad = 0
	}
	if p.bad <= c.Patience {
		return nil
	}
	p.cooling, p.bad = c.Cooldown, 0
	for _, g := range p.opt.Groups() {
		if lr := max(g.LR*c.Factor, c.MinLR); g.LR-lr > c.Eps {
			g.LR = lr
		}
	}
	return nil
}

// State returns what the next Step depends on besides the optimizer.
func (p *Plateau) State() []stheno.NamedTensor {
	return []stheno.NamedTensor{
		{Name: "best", Tensor: stheno.ScalarOf(p.best)},
		{Name: "num_bad_epochs", Tensor: stheno.ScalarOf(int64(p.bad))},
		{Name: "cooldown_counter", Tensor: stheno.ScalarOf(int64(p.cooling))},
	}
}

// LoadState sets what State returned. Everything that does not fit is reported at once
// in a [*stheno.LoadError], and then nothing has been changed.
func (p *Plateau) LoadState(state []stheno.NamedTensor) error {
	problems := &stheno.LoadError{Module: "Plateau"}
	given := map[string]float64{}
	for _, e := range state {
		switch {
		case e.Name != "best" && e.Name != "num_bad_epochs" && e.Name != "cooldown_counter":
			problems.Unexpected = append(problems.Unexpected, e.Name)
		case e.Tensor == nil || e.Tensor.Err() != nil || e.Tensor.Size() != 1:
			problems.Mismatch = append(problems.Mismatch, fmt.Sprintf("size mismatch for %s: it is not one number.", e.Name))
		default:
			given[e.Name] = e.Tensor.Floats()[0]
			continue
		}
		given[e.Name] = 0
	}
	for _, e := range p.State() {
		if _, ok := given[e.Name]; !ok {
			problems.Missing = append(problems.Missing, e.Name)
		}
	}
	if len(problems.Missing)+len(problems.Unexpected)+len(problems.Mismatch) > 0 {
		return problems
	}
	p.best, p.bad, p.cooling = given["best"], int(given["num_bad_epochs"]), int(given["cooldown_counter"])
	return nil
}

func (p *Plateau) better(metric float64) bool {
	c := &p.settings
	switch {
	case c.Absolute && c.Max:
		return metric > p.best+c.Threshold
	case c.Absolute:
		return metric < p.best-c.Threshold
	case c.Max:
		return metric > p.best*(1+c.Threshold)
	}
	return metric < p.best*(1-c.Threshold)
}
