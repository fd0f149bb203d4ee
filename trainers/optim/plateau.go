// SPDX-License-Identifier: MIT

package optim

import (
	"fmt"
	"math"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/absent"
	"github.com/stheno-go/stheno/trainers/metrics"
)

// PlateauConfig holds the settings of [Plateau]. The zero value is torch's default.
type PlateauConfig struct {
	Better    metrics.Better // zero: Lower, or in a Trainer the metric's direction
	Factor    *float64       // nil: 0.1
	Patience  *int           // number of epochs without improvement before a reduction; nil: 10
	Threshold *float64       // smallest improvement that counts; nil: 1e-4
	Absolute  bool           // the threshold is absolute, not relative
	Cooldown  int            // number of epochs after a reduction that are not counted
	MinLR     float64
	Eps       *float64 // smallest change of the rate that is made; nil: 1e-8
}

// Plateau reduces the learning rate when a metric has stopped improving (ReduceLROnPlateau). Its
// state is the best value so far and the number of epochs since.
type Plateau struct {
	opt                    Optimizer
	settings               PlateauConfig
	factor, threshold, eps float64
	patience               int
	best                   float64
	bad                    int // epochs without improvement
	cooling                int // remaining epochs of cooldown
	err                    error
}

// NewPlateau returns a Plateau that sets the learning rates of opt's groups. If the arguments are
// invalid, Step returns the error.
func NewPlateau(opt Optimizer, c PlateauConfig) *Plateau {
	p := &Plateau{
		opt: opt, settings: c, patience: orDefault(c.Patience, 10),
		factor: orDefault(c.Factor, 0.1), threshold: orDefault(c.Threshold, 1e-4), eps: orDefault(c.Eps, 1e-8),
	}
	p.best = p.worst()
	switch {
	case absent.Is(opt):
		p.err = invalid("Plateau: the optimizer is nil")
	case !(p.factor < 1):
		p.err = invalid("Plateau: Factor should be < 1.0, got %v", p.factor)
	case p.patience < 0 || c.Cooldown < 0:
		p.err = invalid("Plateau: Patience %d and Cooldown %d must not be negative", p.patience, c.Cooldown)
	case c.Better > metrics.Higher:
		p.err = invalid("Plateau: Better is %v, must be metrics.Lower or metrics.Higher", c.Better)
	default:
		p.err = firstError(nonNegative("Factor", p.factor), nonNegative("Threshold", p.threshold), nonNegative("MinLR", c.MinLR), nonNegative("Eps", p.eps))
	}
	return p
}

// Better returns the direction of the configuration.
func (p *Plateau) Better() metrics.Better { return p.settings.Better }

// SetBetter sets the direction if the configuration does not.
func (p *Plateau) SetBetter(b metrics.Better) error {
	switch old := p.settings.Better; {
	case b != metrics.Lower && b != metrics.Higher:
		return invalid("Plateau: Better is %v, must be metrics.Lower or metrics.Higher", b)
	case old != 0 && old != b:
		return invalid("Plateau: Better is %v, it cannot become %v", old, b)
	}
	fresh := p.best == p.worst()
	if p.settings.Better = b; fresh {
		p.best = p.worst()
	}
	return nil
}

// worst returns the value that every number is better than.
func (p *Plateau) worst() float64 {
	if p.settings.Better == metrics.Higher {
		return math.Inf(-1)
	}
	return math.Inf(1)
}

// Step adds the metric of an epoch and may reduce the rate. NaN is not an improvement.
func (p *Plateau) Step(metric float64) error {
	if p.err != nil {
		return p.err
	}
	if p.opt == nil {
		return errZero
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
	if p.bad <= p.patience {
		return nil
	}
	p.cooling, p.bad = c.Cooldown, 0
	for _, g := range p.opt.Groups() {
		if lr := max(g.LR*p.factor, c.MinLR); g.LR-lr > p.eps {
			g.LR = lr
		}
	}
	return nil
}

// State returns everything that Step depends on besides the optimizer.
func (p *Plateau) State() []stheno.NamedTensor {
	return []stheno.NamedTensor{
		{Name: "best", Tensor: stheno.ScalarOf(p.best)},
		{Name: "num_bad_epochs", Tensor: stheno.ScalarOf(int64(p.bad))},
		{Name: "cooldown_counter", Tensor: stheno.ScalarOf(int64(p.cooling))},
	}
}

// LoadState sets the state. If it does not fit, it changes nothing and returns a
// [*stheno.LoadError] with all mismatches.
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
	higher := p.settings.Better == metrics.Higher
	switch {
	case p.settings.Absolute && higher:
		return metric > p.best+p.threshold
	case p.settings.Absolute:
		return metric < p.best-p.threshold
	case higher:
		return metric > p.best*(1+p.threshold)
	}
	return metric < p.best*(1-p.threshold)
}
