// SPDX-License-Identifier: MIT

package trainers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/stheno-go/stheno/internal/caught"
)

// Callback is a set of functions that Fit calls, in the order of Trainer.Callbacks. All are
// optional, and any may return [ErrStop]. Their ctx stays valid when that of Fit is cancelled, so
// that they can save; see [State.Interrupted].
type Callback struct {
	Name string // identifies its state in checkpoints and its errors

	FitStart   func(ctx context.Context, s *State) error // after the dry run and after a resume
	EpochStart func(ctx context.Context, s *State) error
	StepEnd    func(ctx context.Context, s *State) error // after the optimizer's step
	EpochEnd   func(ctx context.Context, s *State) error // after validation
	FitEnd     func(ctx context.Context, s *State) error // always, once FitStart was called

	// Save returns the callback's state as JSON for a checkpoint. Load is called with it by Resume.
	Save func() (json.RawMessage, error)
	Load func(json.RawMessage) error

	// Last makes the functions run after those of all callbacks without it, so that a checkpoint
	// includes the effects of the others.
	Last bool
}

func fitStart(c *Callback) func(context.Context, *State) error   { return c.FitStart }
func epochStart(c *Callback) func(context.Context, *State) error { return c.EpochStart }
func stepEnd(c *Callback) func(context.Context, *State) error    { return c.StepEnd }
func epochEnd(c *Callback) func(context.Context, *State) error   { return c.EpochEnd }
func fitEnd(c *Callback) func(context.Context, *State) error     { return c.FitEnd }

// call runs one of the functions of every callback. After an error the others still run, so that
// a failing log does not prevent a checkpoint; only FitStart returns at the first error.
func (r *run) call(ctx context.Context, event string, of func(*Callback) func(context.Context, *State) error) error {
	r.cancelled = ctx.Err() != nil
	ctx = context.WithoutCancel(ctx)
	var errs []error
	for _, last := range []bool{false, true} {
		for i := range r.t.Callbacks {
			c := &r.t.Callbacks[i]
			f := of(c)
			if f == nil || c.Last != last {
				continue
			}
			err := caught.Do(func() error { return f(ctx, &r.State) })
			if errors.Is(err, ErrStop) {
				r.History.Stopped = c.Name
				continue
			}
			if err != nil {
				errs = append(errs, fmt.Errorf("trainers: callback %s: %s: %w", c.Name, event, err))
				if event == "FitStart" {
					return errs[0]
				}
			}
		}
	}
	return errors.Join(errs...)
}
