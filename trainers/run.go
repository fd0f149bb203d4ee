// SPDX-License-Identifier: MIT

package trainers

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math"
	"time"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/datasets"
	"github.com/stheno-go/stheno/internal/caught"
	"github.com/stheno-go/stheno/trainers/metrics"
)

// run is one Fit.
type run struct {
	State
	t           *Trainer
	train, val  *datasets.Loader
	average     *Average // nil: none
	lossSum     float64  // sum over the batches of this epoch, each times its count
	lossCount   float64  // sum of the counts
	means       means    // of the other figures of this epoch
	gathered    int      // number of batches accumulated for the next step
	drawn       int      // batches of the Loader done in this epoch; with SkipCorrupt it may exceed Batch
	skipped     int      // samples skipped in this epoch before a Resume
	deadline    time.Time
	phase       phase
	seed        uint64 // of the default generator before the forward pass
	counter     uint64
	interrupted bool    // the loop ended within an epoch
	cancelled   bool    // ctx was cancelled at the last call of callbacks
	failed      bool    // the loop ended with an error
	weight      float64 // total weight of the accumulated batches
	owned       bool    // owners found no error
}

// phase is the part of a step that is in progress. It determines whether the state of the last step
// is still intact.
type phase int

const (
	between  phase = iota // no step in progress
	forward               // random numbers may have been drawn
	stepping              // statistics and parameters may have changed
)

// begin checks the settings, does the dry run, and restores the state of Resume.
func (r *run) begin(ctx context.Context) error {
	t := r.t
	if ctx == nil {
		return fmt.Errorf("trainers: ctx is nil: %w", stheno.ErrValue)
	}
	if err := t.check(r.train, r.val); err != nil {
		return err
	}
	r.History.Better = t.directions()
	if err := stheno.To(t.Model, t.Device); err != nil {
		return err
	}
	if r.Batches = r.train.Len(); t.OverfitBatches > 0 {
		r.Batches = min(r.Batches, t.OverfitBatches)
	}
	for _, name := range r.metricNames() {
		r.Metrics[name] = math.NaN()
	}
	r.means = newMeans()
	var err error
	if t.EMA > 0 {
		if r.average, err = NewAverage(t.Model, AverageConfig{Decay: new(t.EMA)}); err != nil {
			return err
		}
	}
	if !t.SkipDryRun {
		if err := r.rehearse(ctx); err != nil {
			return fmt.Errorf("trainers: trying one batch before the first epoch: %w", err)
		}
	}
	if t.resume != nil {
		if err := r.restore(t.resume); err != nil {
			return err
		}
		t.resume = nil
	}
	if t.TimeLimit > 0 {
		r.deadline = time.Now().Add(t.TimeLimit)
	}
	return nil
}

// end calls FitEnd and returns the error of ctx if the run was cancelled.
func (r *run) end(ctx context.Context) error {
	err := caught.Do(func() error { r.zeroGrad(); return nil })
	err = errors.Join(err, r.call(ctx, "FitEnd", fitEnd))
	if !r.done() && ctx.Err() != nil {
		err = errors.Join(err, context.Cause(ctx))
	}
	return err
}

// stopped reports whether the run ends early.
func (r *run) stopped() bool { return r.interrupted || r.History.Stopped != "" }

func (r *run) checkTime() {
	if !r.deadline.IsZero() && time.Now().After(r.deadline) {
		r.interrupted = true
	}
}

func (r *run) startEpoch() {
	r.lossSum, r.lossCount, r.Samples, r.Seconds, r.gathered, r.drawn = 0, 0, 0, 0, 0, 0
	r.means = newMeans()
	r.Skipped, r.skipped = 0, 0
	for _, m := range r.t.Metrics {
		m.Reset()
	}
}

// batches yields the rest of the epoch. The Loader does not see a cancellation, so that a step that
// has begun is finished.
func (r *run) batches(ctx context.Context) iter.Seq2[datasets.Batch, error] {
	epoch := r.Epoch
	if r.t.OverfitBatches > 0 {
		epoch = 0
	}
	return func(yield func(datasets.Batch, error) bool) {
		if r.Batch >= r.Batches {
			return
		}
		if err := r.train.SetState(datasets.LoaderState{Epoch: epoch, Batch: r.drawn}); err != nil {
			yield(datasets.Batch{}, err)
			return
		}
		for b, err := range r.train.All(context.WithoutCancel(ctx)) {
			if !yield(b, err) || r.Batch >= r.Batches {
				break
			}
		}
		r.countSkipped() // the last batches may have been skipped entirely
	}
}

// countSkipped counts the samples that the Loader has skipped in this epoch.
func (r *run) countSkipped() {
	if r.train.SkipCorrupt {
		r.Skipped = r.skipped + len(r.train.Skipped())
	}
}

// count adds a batch to the figures of the epoch.
func (r *run) count(b datasets.Batch, loss, count float64) {
	r.Loss = loss
	r.lossSum += loss * count
	r.lossCount += count
	r.Samples += samples(b)
	r.Batch++
	r.drawn = r.train.State().Batch
	r.countSkipped()
}

// samples returns the number of samples of a batch.
func samples(b datasets.Batch) int {
	if s := b.X.Shape(); len(s) > 0 {
		return s[0]
	}
	return 1
}

// endEpoch validates and records an epoch whose batches are done.
func (r *run) endEpoch(ctx context.Context) error {
	figures := Figures{"loss": r.MeanLoss(), "lr": r.LR()}
	r.means.put(figures)
	for _, m := range r.t.Metrics {
		figures[m.Name()] = m.Value()
	}
	if r.train.SkipCorrupt {
		figures[skippedName] = float64(r.Skipped)
	}
	if r.val != nil {
		sums := r.sums()
		held, err := r.validate(ctx)
		if err != nil {
			lost := r.setSums(sums) // Resume validates again
			if ctx.Err() != nil {
				r.interrupted = true
				return lost
			}
			return errors.Join(err, lost)
		}
		for name, v := range held {
			figures["val_"+name] = v
		}
		if r.val.SkipCorrupt {
			figures["val_"+skippedName] = float64(len(r.val.Skipped()))
		}
	}
	r.Metrics = figures
	r.Epoch++
	r.Batch = 0
	r.History.Epochs = append(r.History.Epochs, Record{Epoch: r.Epoch, Step: r.Step, Samples: r.Samples, Metrics: maps.Clone(figures), Seconds: r.Seconds})
	return r.call(ctx, "EpochEnd", epochEnd)
}

// sums returns the states of the metrics by name.
func (r *run) sums() map[string][]float64 {
	all := map[string][]float64{}
	for _, m := range r.t.Metrics {
		if s, ok := m.(metrics.Stateful); ok {
			all[m.Name()] = s.State()
		}
	}
	return all
}

func (r *run) setSums(all map[string][]float64) error {
	for _, m := range r.t.Metrics {
		s, ok := m.(metrics.Stateful)
		if sums, have := all[m.Name()]; ok && have {
			if err := s.SetState(sums); err != nil {
				return err
			}
		}
	}
	return nil
}

// validate evaluates on the validation data, with the averaged weights if there are any. Random
// transforms are the same in every epoch.
func (r *run) validate(ctx context.Context) (Figures, error) {
	if err := r.val.SetState(datasets.LoaderState{}); err != nil {
		return nil, err
	}
	restore, err := r.average.lend()
	if err != nil {
		return nil, err
	}
	figures, err := r.t.Evaluate(ctx, r.val)
	return figures, errors.Join(err, restore())
}

// to moves a batch to the Trainer's device.
func (r *run) to(b *datasets.Batch) error { return r.t.move(b) }

func (t *Trainer) move(b *datasets.Batch) error {
	if b.X == nil {
		return fmt.Errorf("trainers: a batch has no X: %w", stheno.ErrValue)
	}
	if t.Device == stheno.CPU {
		return nil
	}
	moved, err := b.To(t.Device)
	*b = moved
	return err
}

// zeroGrad clears the gradients of every optimizer's parameters.
func (r *run) zeroGrad() {
	for _, turn := range r.t.turns() {
		turn.Optimizer.ZeroGrad()
	}
}

// directions returns the directions of the metrics of training and validation.
func (t *Trainer) directions() map[string]metrics.Better {
	known := map[string]metrics.Better{"loss": metrics.Lower, "val_loss": metrics.Lower}
	for _, m := range t.Metrics {
		if d, ok := m.(metrics.Directed); ok && d.Better() != 0 {
			known[m.Name()], known["val_"+m.Name()] = d.Better(), d.Better()
		}
	}
	return known
}

// skippedName is the key of the number of skipped samples.
const skippedName = "skipped"

// metricNames returns the keys of State.Metrics.
func (r *run) metricNames() []string {
	names := []string{"loss", "lr"}
	for _, m := range r.t.Metrics {
		names = append(names, m.Name())
	}
	if r.train.SkipCorrupt {
		names = append(names, skippedName)
	}
	if r.val != nil {
		names = append(names, "val_loss")
		for _, m := range r.t.Metrics {
			names = append(names, "val_"+m.Name())
		}
		if r.val.SkipCorrupt {
			names = append(names, "val_"+skippedName)
		}
	}
	return names
}
