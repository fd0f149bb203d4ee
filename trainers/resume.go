// SPDX-License-Identifier: MIT

package trainers

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"

	"github.com/stheno-go/stheno"
)

// ErrDamaged is the error for a checkpoint that fails verification.
var ErrDamaged = errors.New("trainers: checkpoint is damaged")

// Resume makes the next Fit continue from a checkpoint. With the same settings, data and seed, Fit
// then ends with the same bits as without interruption. path is a checkpoint or the folder of a
// [Checkpoint] callback. If the last checkpoint in the folder is damaged, Resume uses the previous
// one and returns a warning. If there is no checkpoint, the error is [fs.ErrNotExist].
func (t *Trainer) Resume(path string) (warning string, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", fmt.Errorf("trainers: resume: %w", err)
	}
	if !info.IsDir() {
		t.resume, err = readCheckpoint(path)
		return "", err
	}
	var problems []error
	for _, name := range []string{lastName, previousName} {
		c, err := readCheckpoint(filepath.Join(path, name))
		if err == nil {
			t.resume = c
			if len(problems) == 0 {
				return "", nil
			}
			// The next save must not rename the damaged file to the previous one.
			aside := filepath.Join(path, damagedName)
			if err := os.Rename(filepath.Join(path, lastName), aside); err != nil {
				return "", err
			}
			return fmt.Sprintf("%v; renamed to %s, resuming from %s", errors.Join(problems...), aside, c.path), nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			problems = append(problems, err)
		}
	}
	if len(problems) == 0 {
		return "", fmt.Errorf("trainers: resume: no checkpoint in %s: %w", path, fs.ErrNotExist)
	}
	return "", errors.Join(problems...)
}

// restore sets the state of the run to that of c.
func (r *run) restore(c *checkpoint) error {
	p := &c.progress
	if p.Batches != r.Batches {
		return fmt.Errorf("trainers: %s: an epoch had %d batches and now has %d: data, batch size and OverfitBatches must be the same: %w", c.path, p.Batches, r.Batches, stheno.ErrValue)
	}
	if (c.average != nil) != (r.average != nil) {
		return fmt.Errorf("trainers: %s: EMA must be the same as in the checkpoint: %w", c.path, stheno.ErrValue)
	}
	if err := stheno.LoadStateDict(r.t.Model, c.model); err != nil {
		return fmt.Errorf("%s: %w", c.path, err)
	}
	for _, turn := range r.t.turns() {
		if err := turn.Optimizer.LoadState(prefixed(c.optimizer, turn.prefix())); err != nil {
			return fmt.Errorf("%s: %w", c.path, err)
		}
	}
	begun := 0
	if p.AverageOf {
		begun = 1 // an exponential average only needs to know that it has begun
	}
	if err := r.average.load(c.average, begun); err != nil {
		return fmt.Errorf("%s: %w", c.path, err)
	}
	if err := r.setSums(p.Sums); err != nil {
		return fmt.Errorf("%s: %w", c.path, err)
	}
	for _, cb := range r.t.Callbacks {
		if text, ok := p.Callbacks[cb.Name]; ok && cb.Load != nil {
			if err := cb.Load(text); err != nil {
				return fmt.Errorf("trainers: %s: callback %s: %w", c.path, cb.Name, err)
			}
		}
	}
	r.Epoch, r.Step, r.Batch, r.Samples = p.Epoch, p.Step, p.Batch, p.Samples
	r.lossSum, r.lossCount, r.Loss, r.Seconds, r.drawn = p.LossSum, p.LossCount, p.Loss, p.Seconds, p.Drawn
	maps.Copy(r.means.Sums, p.Means.Sums)
	maps.Copy(r.means.Counts, p.Means.Counts)
	r.Skipped, r.skipped = p.Skipped, p.Skipped
	for name := range r.Metrics {
		if v, ok := p.Metrics[name]; ok {
			r.Metrics[name] = v
		}
	}
	if p.History != nil {
		r.History.Epochs, r.History.Stopped = p.History.Epochs, p.History.Stopped
	}
	return nil
}
