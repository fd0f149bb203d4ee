// SPDX-License-Identifier: MIT

package trainers

import (
	"context"
	"errors"
	"fmt"
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
	if t.Model == nil || t.Loss == nil || t.Optimizer == nil {
		wrong("Model, Loss and Optimizer must be set")
		return errors.Join(errs...)
	}
	errs = append(errs, stheno.Check(t.Model), stheno.Check(t.Loss), t.Optimizer.Err())
	if m, ok := t.Optimizer.(optim.Momentum); t.Momentum != nil && (!ok || m.Momentum() == 0) {
		wrong("a schedule of the Momentum needs an Optimizer with momentum, which this %T has not", t.Optimizer)
	}
	if t.Epochs < 0 || t.Accumulate < 0 || t.OverfitBatches < 0 || t.TimeLimit < 0 {
		wrong("Epochs %d, Accumulate %d, OverfitBatches %d and TimeLimit %v must not be negative", t.Epochs, t.Accumulate, t.OverfitBatches, t.TimeLimit)
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
	for _, p := range stheno.Parameters(t.Loss) {
		own[p] = true
	}
	for i, p := range t.Optimizer.Parameters() {
		if !own[p] {
			return fmt.Errorf("trainers: parameter %d of the Optimizer, %q %v, is not of the Model: %w", i, p.Name(), p.Shape(), stheno.ErrValue)
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
		r.t.Optimizer.ZeroGrad()
		for _, m := range r.t.Metrics {
			m.Reset()
		}
		err = errors.Join(err, undo())
	}()
	if err := r.t.mode(); err != nil {
		return err
	}
	if err := r.one(ctx, r.train, func(pred, target *stheno.Variable) error {
		loss := r.t.Loss.Forward(pred, target)
		if err := r.owners(loss); err != nil {
			return err
		}
		if err := loss.Backward(); err != nil {
			return err
		}
		return r.gradients()
	}); err != nil {
		return fmt.Errorf("training: %w", err)
	}
	if r.val == nil {
		return nil
	}
	if err := stheno.Eval(r.t.Model); err != nil {
		return err
	}
	if err := r.one(ctx, r.val, func(pred, target *stheno.Variable) error {
		_, err := r.t.Loss.Forward(pred, target).Item()
		return err
	}); err != nil {
		return fmt.Errorf("validation: %w", err)
	}
	return nil
}

// one calls f for the first batch of a loader and then updates the metrics.
func (r *run) one(ctx context.Context, l *datasets.Loader, f func(pred, target *stheno.Variable) error) error {
	state := l.State()
	for b, err := range l.All(ctx) {
		if err != nil {
			return err
		}
		if err := r.to(&b); err != nil {
			return err
		}
		pred := stheno.Call(r.t.Model, b.X).Keep()
		if err := f(pred, b.Y); err != nil {
			return err
		}
		for _, m := range r.t.Metrics {
			if err := m.Update(pred, b.Y); err != nil {
				return err
			}
		}
		break
	}
	return l.SetState(state)
}

// owners returns an error if the loss depends on a leaf with gradient that is a parameter of
// neither Model nor Loss, such as a captured variable: it would not be trained.
func (r *run) owners(loss *stheno.Variable) error {
	return access.Strays(loss, r.t.Model, r.t.Loss)
}

// gradients returns an error if the Optimizer has a parameter that the loss does not
// depend on.
func (r *run) gradients() error {
	var without []string
	for i, p := range r.t.Optimizer.Parameters() {
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
