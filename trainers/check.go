// SPDX-License-Identifier: MIT

package trainers

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/datasets"
	"github.com/stheno-go/stheno/internal/access"
	"github.com/stheno-go/stheno/internal/caught"
	"github.com/stheno-go/stheno/trainers/optim"
)

// check returns all errors in the settings.
func (t *Trainer) check(train, val *datasets.Loader) error {
	var errs []error
	wrong := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("trainers: "+format+": %w", append(args, stheno.ErrValue)...))
	}
	t.checkTurns(wrong)
	if t.Model == nil || len(t.Turns) == 0 && (t.Loss == nil && t.Step == nil || t.Optimizer == nil) {
		wrong("a Model, a Loss or a Step, and an Optimizer are needed")
	}
	if len(errs) > 0 {
		return errors.Join(errs...)
	}
	errs = append(errs, stheno.Check(t.Model))
	if t.Loss != nil {
		errs = append(errs, stheno.Check(t.Loss))
	}
	for _, turn := range t.turns() {
		errs = append(errs, turn.Optimizer.Err())
	}
	if m, ok := t.Optimizer.(optim.Momentum); t.Momentum != nil && (!ok || m.Momentum() == 0) {
		wrong("a schedule of the Momentum needs an Optimizer with momentum, which this %T has not", t.Optimizer)
	}
	if t.Epochs < 0 || t.MaxSteps < 0 || t.Accumulate < 0 || t.OverfitBatches < 0 || t.TimeLimit < 0 {
		wrong("Epochs %d, MaxSteps %d, Accumulate %d, OverfitBatches %d and TimeLimit %v must not be negative", t.Epochs, t.MaxSteps, t.Accumulate, t.OverfitBatches, t.TimeLimit)
	}
	if !(t.ClipNorm >= 0) || !(t.ClipValue >= 0) {
		wrong("ClipNorm %v and ClipValue %v must not be negative", t.ClipNorm, t.ClipValue)
	}
	if !(t.EMA >= 0 && t.EMA < 1) {
		wrong("EMA is %v, must be a decay in [0, 1)", t.EMA)
	}
	names := []string{"loss", "lr", skippedName}
	for _, m := range t.Metrics {
		if m == nil {
			wrong("a metric is nil")
		} else if slices.Contains(names, m.Name()) {
			wrong("two metrics have the name %q", m.Name())
		} else {
			names = append(names, m.Name())
		}
	}
	callbacks := map[string]bool{}
	for _, c := range t.Callbacks {
		if c.Save != nil && callbacks[c.Name] {
			wrong("two callbacks with a state have the name %q", c.Name)
		}
		callbacks[c.Name] = true
	}
	for i, l := range []*datasets.Loader{train, val} {
		switch name := [...]string{"training", "validation"}[i]; {
		case l == nil && name == "training":
			wrong("Fit needs a training loader")
		case l == nil:
		case l.Check() != nil:
			errs = append(errs, fmt.Errorf("trainers: %s loader: %w", name, l.Check()))
		case l.Len() == 0:
			wrong("the %s loader has no batches", name)
		}
	}
	if err := t.checkParameters(); err != nil {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// checkParameters returns an error if the Optimizer has a parameter that is not the Model's.
func (t *Trainer) checkParameters() error {
	own := map[*stheno.Variable]bool{}
	for _, p := range stheno.Parameters(t.Model) {
		own[p] = true
	}
	if t.Loss != nil {
		for _, p := range stheno.Parameters(t.Loss) {
			own[p] = true
		}
	}
	of := map[*stheno.Variable]string{}
	for _, turn := range t.turns() {
		for i, p := range turn.Optimizer.Parameters() {
			if !own[p] {
				return fmt.Errorf("trainers: parameter %d of the Optimizer, %q %v, is not of the Model: %w", i, p.Name(), p.Shape(), stheno.ErrValue)
			}
			if other, taken := of[p]; taken && other != turn.Name {
				return fmt.Errorf("trainers: parameter %q %v has two Optimizers, those of the turns %q and %q: %w", p.Name(), p.Shape(), other, turn.Name, stheno.ErrValue)
			}
			of[p] = turn.Name
		}
	}
	return nil
}

// rehearse runs one training and one validation batch through all parts, and then restores their
// state.
func (r *run) rehearse(ctx context.Context) (err error) {
	stheno.Isolated(func(g *stheno.Generator) {
		seed, counter := g.State()
		err = caught.Do(func() error { return r.tryBatch(ctx) })
		g.SetState(seed, counter)
	})
	return err
}

func (r *run) tryBatch(ctx context.Context) (err error) {
	undo, err := snapshot(r.t.Model)
	if err != nil {
		return err
	}
	defer func() {
		r.zeroGrad()
		for _, m := range r.t.Metrics {
			m.Reset()
		}
		err = errors.Join(err, undo())
	}()
	if err := r.t.mode(); err != nil {
		return err
	}
	if err := r.one(ctx, r.train, func(b datasets.Batch) error {
		for _, turn := range r.t.turns() {
			if err := r.tryTurn(turn, b); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return fmt.Errorf("training: %w", err)
	}
	if r.val == nil {
		return nil
	}
	if err := stheno.Eval(r.t.Model); err != nil {
		return err
	}
	held := newMeans()
	if err := r.one(ctx, r.val, func(b datasets.Batch) error { return r.t.measure(b, held) }); err != nil {
		return fmt.Errorf("validation: %w", err)
	}
	for name := range held.Sums {
		r.Metrics["val_"+name] = math.NaN()
	}
	return nil
}

// tryTurn computes a turn and its gradients, and notes the names of its figures.
func (r *run) tryTurn(turn Turn, b datasets.Batch) error {
	turn.Optimizer.ZeroGrad()
	out := turn.Step(b)
	if err := out.check(); err != nil {
		return err
	}
	out.keep()
	if err := r.owners(out.Loss); err != nil {
		return err
	}
	if err := out.Loss.Backward(); err != nil {
		return err
	}
	if err := r.gradients(turn.Optimizer); err != nil {
		return err
	}
	first := newMeans()
	if _, err := first.figures(turn, b, out); err != nil {
		return err
	}
	for name := range first.Sums {
		if _, taken := r.Metrics[name]; taken {
			return fmt.Errorf("two figures have the name %q: %w", name, stheno.ErrValue)
		}
		r.Metrics[name] = math.NaN()
	}
	return r.t.observe(out)
}

// one calls f for the first batch of a loader.
func (r *run) one(ctx context.Context, l *datasets.Loader, f func(b datasets.Batch) error) error {
	state := l.State()
	for b, err := range l.All(ctx) {
		if err != nil {
			return err
		}
		if err := r.to(&b); err != nil {
			return err
		}
		if err := f(b); err != nil {
			return err
		}
		break
	}
	return l.SetState(state)
}

// owners returns an error if the loss depends on a leaf with gradient that is a parameter of
// neither Model nor Loss, such as a captured variable: it would not be trained.
func (r *run) owners(loss *stheno.Variable) error {
	if r.t.Loss == nil {
		return access.Strays(loss, r.t.Model)
	}
	return access.Strays(loss, r.t.Model, r.t.Loss)
}

// gradients returns an error if an optimizer has a parameter that its loss does not
// depend on.
func (r *run) gradients(opt optim.Optimizer) error {
	var without []string
	for i, p := range opt.Parameters() {
		if p.RequiresGrad() && p.Grad() == nil {
			name := p.Name()
			if name == "" {
				name = fmt.Sprint(i)
			}
			without = append(without, name)
		}
	}
	if len(without) > 0 {
		return fmt.Errorf("the loss does not depend on these parameters: %s; freeze them or give the Optimizer fewer: %w", strings.Join(without, ", "), stheno.ErrValue)
	}
	return nil
}

// snapshot returns a function that restores the current state of m.
func snapshot(m stheno.Module) (undo func() error, err error) {
	state, err := stheno.StateDict(m)
	if err != nil {
		return nil, err
	}
	copied := clone(state)
	return func() error { return stheno.LoadStateDict(m, copied) }, nil
}

func clone(state []stheno.NamedTensor) []stheno.NamedTensor {
	copied := make([]stheno.NamedTensor, len(state))
	for i, e := range state {
		copied[i] = stheno.NamedTensor{Name: e.Name, Tensor: e.Tensor.Clone()}
	}
	return copied
}
