// SPDX-License-Identifier: MIT

package trainers

import (
	"context"
	"fmt"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/datasets"
	"github.com/stheno-go/stheno/internal/caught"
)

// Evaluate returns the mean loss, under "loss", and the metrics of the Model on an epoch of a
// Loader. It leaves the Model in evaluation mode. Only Model is needed; without a Loss there is no
// "loss".
func (t *Trainer) Evaluate(ctx context.Context, l *datasets.Loader) (figures Figures, err error) {
	err = caught.Do(func() error {
		figures, err = t.evaluate(ctx, l)
		return err
	})
	if isPanic(err) {
		return nil, fmt.Errorf("trainers: evaluate: %w", err)
	}
	return figures, err
}

func (t *Trainer) evaluate(ctx context.Context, l *datasets.Loader) (Figures, error) {
	for _, m := range t.Metrics {
		m.Reset()
	}
	means, count := newMeans(), 0
	err := t.batches(ctx, l, func(b datasets.Batch) error {
		count += samples(b)
		return t.measure(b, means)
	})
	if err != nil {
		return nil, err
	}
	if count == 0 {
		return nil, fmt.Errorf("trainers: evaluate: the loader has no batches: %w", stheno.ErrValue)
	}
	figures := Figures{}
	means.put(figures)
	for _, m := range t.Metrics {
		figures[m.Name()] = m.Value()
	}
	return figures, nil
}

// measure adds what the turns make of a batch to the means, and updates the metrics.
func (t *Trainer) measure(b datasets.Batch, means means) error {
	total, count := 0.0, 0.0
	for _, turn := range t.turns() {
		out := turn.Step(b)
		if t.evaluates() {
			if err := out.check(); err != nil {
				return fmt.Errorf("trainers: %w", err)
			}
			if err := stheno.Run(out.all()...); err != nil {
				return err
			}
			loss, err := means.figures(turn, b, out)
			if err != nil {
				return err
			}
			total, count = total+loss, out.count(b)
		}
		if err := t.observe(out); err != nil {
			return err
		}
	}
	if t.evaluates() {
		means.add("loss", total, count)
	}
	return nil
}

// Predict calls f with each batch of an epoch of a Loader and the Model's output for it. It leaves
// the Model in evaluation mode.
func (t *Trainer) Predict(ctx context.Context, l *datasets.Loader, f func(b datasets.Batch, pred *stheno.Tensor) error) error {
	err := caught.Do(func() error {
		return t.batches(ctx, l, func(b datasets.Batch) error {
			pred, err := stheno.Call(t.Model, b.X).Tensor()
			if err != nil {
				return err
			}
			return f(b, pred)
		})
	})
	if isPanic(err) {
		return fmt.Errorf("trainers: predict: %w", err)
	}
	return err
}

// isPanic reports whether err is a panic without a position in the epoch.
func isPanic(err error) bool {
	_, is := err.(*stheno.PanicError)
	return is
}

// batches calls f with each batch, the Model being in evaluation mode.
func (t *Trainer) batches(ctx context.Context, l *datasets.Loader, f func(b datasets.Batch) error) error {
	if t.Model == nil || l == nil || ctx == nil {
		return fmt.Errorf("trainers: evaluate: Model, loader and ctx must not be nil: %w", stheno.ErrValue)
	}
	if err := stheno.Eval(t.Model); err != nil {
		return err
	}
	for b, err := range l.All(ctx) {
		if err != nil {
			return err
		}
		if err := t.move(&b); err != nil {
			return err
		}
		if err := f(b); err != nil {
			return err
		}
	}
	return ctx.Err()
}
