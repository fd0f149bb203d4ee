// SPDX-License-Identifier: MIT

// Package trainers trains models. A [Trainer] is the loop over epochs and batches; logging,
// checkpoints, early stopping and progress are callbacks:
//
//	t := trainers.Trainer{
//		Model: net, Loss: layers.CrossEntropyLoss{},
//		Optimizer: optim.NewAdam(stheno.Parameters(net), 1e-3, optim.AdamConfig{}),
//		Metrics:   []metrics.Metric{metrics.TopK(1)},
//		Epochs:    10,
//		Callbacks: []trainers.Callback{trainers.Progress(os.Stderr)},
//	}
//	history, err := t.Fit(ctx, train, val)
//
// An interrupted run can be resumed and then ends with the same bits as one that was not interrupted.
// Everything that Fit does can also be done in a loop written by hand.
package trainers

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/datasets"
	"github.com/stheno-go/stheno/internal/caught"
	"github.com/stheno-go/stheno/trainers/metrics"
	"github.com/stheno-go/stheno/trainers/optim"
)

// ErrStop is returned by a [Callback] to end Fit after the current step or epoch. Fit then returns a
// nil error.
var ErrStop = errors.New("trainers: stop")

// Trainer trains and evaluates a Model. Model, Loss and, for Fit, Optimizer and Epochs must be set;
// the zero values of the rest are useful.
type Trainer struct {
	Model     stheno.Module
	Loss      stheno.Loss
	Optimizer optim.Optimizer
	Epochs    int // total number of epochs, including those before a Resume; 0 with MaxSteps: as many as needed
	MaxSteps  int // total number of steps, including those before a Resume, after which Fit ends; 0: no limit

	// Step replaces Loss and Model.Forward, for models with several inputs and losses of several
	// parts:
	//
	//	Step: func(b datasets.Batch) trainers.Output {
	//		logits := bert.Encode(b.X, b.Named["mask"])
	//		return trainers.Output{Loss: logits.CrossEntropy(b.Y), Pred: logits, Target: b.Y}
	//	}
	//
	// It also computes the loss of validation, with the Model in evaluation mode.
	Step func(b datasets.Batch) Output

	// Turns replace Loss, Step and Optimizer, for several optimizers: each batch is used by all of
	// them in order. Schedule and gradient clipping apply to each.
	Turns []Turn

	Schedule  optim.Schedule   // factor of the initial learning rates; nil: constant
	EveryStep bool             // apply the schedules before every step of the Optimizer, not once per epoch
	Momentum  optim.Schedule   // values of the momentum, such as optim.OneCycleMomentum; nil: constant
	Metrics   []metrics.Metric // metrics of training and validation, besides the loss

	Accumulate int     // number of batches per step, as if they were one; 0: 1
	ClipNorm   float64 // largest total norm of the gradients; 0: no limit
	ClipValue  float64 // largest absolute value of a gradient; 0: no limit
	EMA        float64 // decay of a moving average of the weights, which validation uses; 0: none

	// Mode sets the mode of the Model for training; nil: stheno.Train. To freeze the statistics of
	// some normalizations, it can call stheno.Eval for them after stheno.Train.
	Mode func(m stheno.Module)

	OverfitBatches int           // train only on this many batches, to check that the model can overfit; 0: all
	TimeLimit      time.Duration // end after the first step beyond it; 0: none
	SkipDryRun     bool          // do not try one batch before the first epoch

	Device    stheno.Device
	Callbacks []Callback

	resume *checkpoint // start of the next Fit
}

// Fit trains until Epochs are done, a callback returns [ErrStop], TimeLimit is reached or ctx is
// cancelled. In each case it finishes the current step, and callbacks may save. val may be nil. The
// history is valid even with an error, which after a cancellation is that of ctx. A panic in the
// Model, the data, a metric, a callback or another part is returned as a [stheno.PanicError], and
// callbacks can save the state after the last step.
func (t *Trainer) Fit(ctx context.Context, train, val *datasets.Loader) (h *History, err error) {
	if t == nil {
		return new(History), fmt.Errorf("trainers: the Trainer is nil: %w", stheno.ErrValue)
	}
	if c := t.resume; c != nil && !stheno.DefaultGenerator().Advance(c.progress.Seed, c.progress.Counter) {
		stheno.Isolated(func(g *stheno.Generator) { // others may draw numbers meanwhile
			g.SetState(c.progress.Seed, c.progress.Counter)
			h, err = t.fit(ctx, train, val)
		})
		return h, err
	}
	return t.fit(ctx, train, val)
}

func (t *Trainer) fit(ctx context.Context, train, val *datasets.Loader) (*History, error) {
	r := &run{t: t, train: train, val: val}
	r.State.r, r.History, r.Metrics = r, &History{}, Figures{}
	if err := caught.Do(func() error { return r.begin(ctx) }); err != nil {
		if isPanic(err) {
			err = fmt.Errorf("trainers: before the first epoch: %w", err)
		}
		return r.History, err
	}
	err := r.call(ctx, "FitStart", fitStart)
	for err == nil && !r.done() && !r.stopped() && ctx.Err() == nil {
		if err = caught.Do(func() error { return r.epoch(ctx) }); isPanic(err) {
			err = fmt.Errorf("trainers: epoch %d, batch %d: %w", r.Epoch+1, r.Batch+1, err)
		}
	}
	r.failed = err != nil
	return r.History, errors.Join(err, r.end(ctx))
}

// epoch trains one epoch, or the rest of one, and validates.
func (r *run) epoch(ctx context.Context) error {
	if r.Batch == 0 {
		r.startEpoch()
		if err := r.call(ctx, "EpochStart", epochStart); err != nil {
			return err
		}
	}
	if err := r.schedule(max(r.Batch-1, 0)); err != nil {
		return err
	}
	if err := r.t.mode(); err != nil {
		return err
	}
	begun := time.Now()
	for batch, err := range r.batches(ctx) {
		if err != nil {
			return err
		}
		if err := r.batch(batch); err != nil {
			return err
		}
		if r.gathered > 0 { // more batches belong to this step
			continue
		}
		if err := r.call(ctx, "StepEnd", stepEnd); err != nil {
			return err
		}
		r.checkTime()
		if ctx.Err() != nil || r.stopped() || r.limit() {
			break
		}
	}
	r.Seconds += time.Since(begun).Seconds()
	if r.gathered > 0 { // the Loader skipped batches that this step was to have
		if err := r.step(r.t.Optimizer); err != nil { // there are no Turns
			return err
		}
		if err := r.stepped(); err != nil {
			return err
		}
	}
	if ctx.Err() != nil || r.stopped() { // Resume continues from here, possibly with the validation
		r.interrupted = true
		return nil
	}
	return r.endEpoch(ctx)
}

// batch takes a batch through every turn.
func (r *run) batch(b datasets.Batch) error {
	if err := r.to(&b); err != nil {
		return err
	}
	group := min(r.t.accumulate(), r.gathered+r.Batches-r.Batch) // the last step of an epoch may have fewer
	if r.gathered == 0 {
		r.weight = 0
		if err := r.schedule(r.Batch); err != nil {
			return err
		}
	}
	r.seed, r.counter = stheno.DefaultGenerator().State()
	r.phase = forward
	number := r.Batch + 1
	total, count := 0.0, 0.0
	turns := r.t.turns()
	for i, turn := range turns {
		if r.gathered == 0 {
			turn.Optimizer.ZeroGrad()
		}
		out, err := r.backward(turn, b, group)
		if err != nil {
			return err
		}
		loss, err := r.means.figures(turn, b, out)
		if err != nil {
			return fmt.Errorf("trainers: epoch %d, batch %d: %w", r.Epoch+1, number, err)
		}
		total, count = total+loss, out.count(b)
		if i == len(turns)-1 {
			r.count(b, total, count)
		}
		if math.IsNaN(total) || math.IsInf(total, 0) {
			return notFinite{fmt.Errorf("trainers: the loss is %v in epoch %d, batch %d of %d, at learning rate %g: try a smaller rate, ClipNorm, or look for NaN in the data", total, r.Epoch+1, number, r.Batches, turn.Optimizer.LR())}
		}
		if err := r.t.observe(out); err != nil {
			return err
		}
		if r.gathered+1 == group {
			if err := r.step(turn.Optimizer); err != nil {
				return err
			}
		}
	}
	if r.gathered++; r.gathered < group {
		return nil
	}
	return r.stepped()
}

// backward computes what a turn makes of a batch, and its gradients.
func (r *run) backward(turn Turn, b datasets.Batch, group int) (Output, error) {
	out := turn.Step(b)
	if err := out.check(); err != nil {
		return out, fmt.Errorf("trainers: epoch %d, batch %d: %w", r.Epoch+1, r.Batch+1, err)
	}
	out.keep()
	if !r.owned {
		if err := r.owners(out.Loss); err != nil {
			return out, err
		}
	}
	part := out.Loss
	if group > 1 {
		if w, mean := r.t.weigh(b, out); mean {
			part = out.Loss.Keep().Mul(w)
			r.weight += w
		}
	}
	r.phase = stepping
	if err := part.Backward(); err != nil {
		return out, fmt.Errorf("trainers: epoch %d, batch %d: %w", r.Epoch+1, r.Batch+1, err)
	}
	return out, nil
}

// Divided is implemented by a Loss that reports the divisor of its mean over a batch, such as the
// total weight of its classes; 0 stands for a sum. With Accumulate, batches are weighted by it;
// those of another Loss are weighted by their number of samples.
type Divided interface {
	Divisor(pred, target *stheno.Variable) float64
}

// step clips the gradients of an optimizer's parameters and lets it step.
func (r *run) step(opt optim.Optimizer) error {
	params := opt.Parameters()
	if r.weight > 0 { // the sum over batches becomes their mean
		if err := optim.ScaleGrads(params, 1/r.weight); err != nil {
			return err
		}
		r.weight = 0
	}
	if r.t.ClipValue > 0 {
		if err := optim.ClipGradValue(params, r.t.ClipValue); err != nil {
			return err
		}
	}
	if r.t.ClipNorm > 0 {
		norm, err := optim.ClipGradNorm(params, r.t.ClipNorm, 2)
		if err != nil {
			return err
		}
		if math.IsNaN(norm) || math.IsInf(norm, 0) {
			return notFinite{fmt.Errorf("trainers: the norm of the gradients is %v in epoch %d, batch %d of %d, at learning rate %g: try a smaller rate, or look for NaN in the data", norm, r.Epoch+1, r.Batch, r.Batches, opt.LR())}
		}
	}
	return opt.Step()
}

// stepped counts a step that every turn has finished.
func (r *run) stepped() error {
	r.owned = true
	r.gathered = 0
	r.Step++
	if err := r.average.Update(); err != nil {
		return err
	}
	r.phase = between
	return nil
}

func (t *Trainer) mode() error {
	if t.Mode != nil {
		t.Mode(t.Model)
		return nil
	}
	return stheno.Train(t.Model)
}

func (t *Trainer) accumulate() int { return max(t.Accumulate, 1) }

// perEpoch returns the number of steps in an epoch.
func (r *run) perEpoch() int { return (r.Batches + r.t.accumulate() - 1) / r.t.accumulate() }

// epochs returns how many epochs the training has.
func (r *run) epochs() int {
	if r.t.Epochs == 0 && r.t.MaxSteps > 0 && r.Batches > 0 {
		return (r.t.MaxSteps + r.perEpoch() - 1) / r.perEpoch()
	}
	return r.t.Epochs
}

// done reports whether nothing is left to train.
func (r *run) done() bool { return r.Epoch >= r.epochs() || r.limit() }

// limit reports whether MaxSteps are done.
func (r *run) limit() bool { return r.t.MaxSteps > 0 && r.Step >= r.t.MaxSteps }

// schedule sets the learning rates, and the momentum, for the step that begins with a
// batch of the epoch.
func (r *run) schedule(batch int) error {
	step, perEpoch := r.Epoch, 1
	if r.t.EveryStep {
		perEpoch = r.perEpoch()
		step = r.Epoch*perEpoch + batch/r.t.accumulate()
	}
	for _, turn := range r.t.turns() {
		optim.Apply(turn.Optimizer, r.t.Schedule, step, perEpoch)
		if err := optim.ApplyMomentum(turn.Optimizer, r.t.Momentum, step, perEpoch); err != nil {
			return err
		}
	}
	return nil
}
