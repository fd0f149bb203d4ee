// SPDX-License-Identifier: MIT

package trainers

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/datasets"
)

// LRRangeConfig holds the settings of [Trainer.FindLR].
type LRRangeConfig struct {
	From      float64  // first learning rate; 0: 1e-7
	To        float64  // last learning rate; 0: 10
	Steps     int      // steps of the optimizer; 0: 100
	Smoothing *float64 // decay of the mean of the losses, in [0, 1); nil: 0.98
	Diverge   float64  // the test ends where the smoothed loss is this many times the lowest; 0: 4
}

// LRRange is the result of a learning-rate range test.
type LRRange struct {
	LR         []float64 // of each step, growing exponentially
	Loss       []float64 // of the batch of each step, before the step
	Smoothed   []float64 // exponential means of the losses, with corrected bias
	Suggestion float64   // the rate at which the smoothed loss falls fastest; 0: it does not fall
	Diverged   bool      // the loss grew too much, or was not a number, before the last step
}

// FindLR is a learning-rate range test (Smith, 2017): it trains for some steps with a rate
// that grows from each step to the next, and returns the losses. Rate, loss and gradients are
// those of Fit, without Schedule, Momentum, Metrics, EMA and Callbacks. Afterwards the Model,
// the Loss, the Optimizer, the random generator and the position in train are what they were
// before; the Model is left in training mode. The rates are those of the first group; the
// others keep their proportion.
func (t *Trainer) FindLR(ctx context.Context, train *datasets.Loader, c LRRangeConfig) (*LRRange, error) {
	if t == nil {
		return nil, fmt.Errorf("trainers: the Trainer is nil: %w", stheno.ErrValue)
	}
	if err := c.complete(); err != nil {
		return nil, err
	}
	if len(t.Turns) > 0 {
		return nil, fmt.Errorf("trainers: FindLR: there are Turns, expected one Optimizer: %w", stheno.ErrValue)
	}
	probe := *t
	probe.Epochs, probe.MaxSteps, probe.EveryStep, probe.resume = 0, c.Steps, true, nil
	probe.Momentum, probe.Metrics, probe.EMA, probe.TimeLimit = nil, nil, 0, 0
	if err := probe.check(train, nil); err != nil {
		return nil, err
	}
	initial := t.Optimizer.Groups()[0].InitialLR
	if initial == 0 {
		return nil, fmt.Errorf("trainers: FindLR: the initial learning rate of the Optimizer is 0: %w", stheno.ErrValue)
	}
	undo, err := t.remember(train)
	if err != nil {
		return nil, err
	}
	r := &rangeTest{config: c}
	probe.Schedule = func(step, _ int) float64 { return c.rate(step) / initial }
	probe.Callbacks = []Callback{{Name: "range test", StepEnd: func(_ context.Context, s *State) error { return r.add(s.Loss) }}}
	stheno.Isolated(func(*stheno.Generator) { _, err = probe.fit(ctx, train, nil) })
	if errors.As(err, &notFinite{}) {
		r.Diverged, err = true, nil
	}
	if err = errors.Join(err, undo()); err != nil {
		return nil, err
	}
	r.Suggestion = r.steepest()
	return &r.LRRange, nil
}

// notFinite is the error of a training whose loss or gradient is not finite.
type notFinite struct{ error }

func (e notFinite) Unwrap() error { return errors.Unwrap(e.error) }

// complete replaces zeros by their defaults and validates the settings.
func (c *LRRangeConfig) complete() error {
	for _, d := range []struct {
		to  *float64
		def float64
	}{{&c.From, 1e-7}, {&c.To, 10}, {&c.Diverge, 4}} {
		if *d.to == 0 {
			*d.to = d.def
		}
	}
	if c.Steps == 0 {
		c.Steps = 100
	}
	if c.Smoothing == nil {
		c.Smoothing = new(0.98)
	}
	switch {
	case !(c.From > 0 && c.To > c.From && c.To <= math.MaxFloat64):
		return fmt.Errorf("trainers: FindLR: the rates go from %v to %v, expected positive and growing ones: %w", c.From, c.To, stheno.ErrValue)
	case c.Steps < 2:
		return fmt.Errorf("trainers: FindLR: %d steps, expected at least 2: %w", c.Steps, stheno.ErrValue)
	case !(*c.Smoothing >= 0 && *c.Smoothing < 1):
		return fmt.Errorf("trainers: FindLR: Smoothing is %v, expected a number in [0, 1): %w", *c.Smoothing, stheno.ErrValue)
	case !(c.Diverge > 1):
		return fmt.Errorf("trainers: FindLR: Diverge is %v, expected more than 1: %w", c.Diverge, stheno.ErrValue)
	}
	return nil
}

// rate returns the learning rate of a step, from 0.
func (c *LRRangeConfig) rate(step int) float64 {
	return c.From * math.Pow(c.To/c.From, float64(step)/float64(c.Steps-1))
}

// rangeTest is a range test that is running.
type rangeTest struct {
	LRRange
	config       LRRangeConfig
	mean, lowest float64
}

// add notes the loss of a step.
func (r *rangeTest) add(loss float64) error {
	n, d := len(r.Loss), *r.config.Smoothing
	r.mean = d*r.mean + (1-d)*loss
	smoothed := r.mean / (1 - math.Pow(d, float64(n+1)))
	r.LR, r.Loss, r.Smoothed = append(r.LR, r.config.rate(n)), append(r.Loss, loss), append(r.Smoothed, smoothed)
	if n == 0 || smoothed < r.lowest {
		r.lowest = smoothed
	}
	if smoothed > r.config.Diverge*math.Abs(r.lowest) {
		r.Diverged = n+1 < r.config.Steps
		return ErrStop
	}
	return nil
}

// steepest returns the rate at which the smoothed loss falls fastest over the logarithm of
// the rate. The first tenth is left out: the means there are of few losses.
func (r *LRRange) steepest() float64 {
	best, at := 0.0, 0.0
	for i := max(1, len(r.LR)/10); i+1 < len(r.LR); i++ {
		slope := (r.Smoothed[i+1] - r.Smoothed[i-1]) / math.Log(r.LR[i+1]/r.LR[i-1])
		if slope < best {
			best, at = slope, r.LR[i]
		}
	}
	return at
}

// remember returns a function that sets what FindLR changes back.
func (t *Trainer) remember(l *datasets.Loader) (undo func() error, err error) {
	model, err := snapshot(t.Model)
	if err != nil {
		return nil, err
	}
	loss := func() error { return nil }
	if t.Loss != nil {
		state, err := stheno.StateDict(t.Loss)
		if err != nil {
			return nil, err
		}
		copied := clone(state)
		loss = func() error { return stheno.LoadStateDict(t.Loss, copied) }
	}
	optimizer, position := t.Optimizer.State(), l.State()
	return func() error {
		t.Optimizer.ZeroGrad()
		return errors.Join(model(), loss(), t.Optimizer.LoadState(optimizer), l.SetState(position))
	}, nil
}
