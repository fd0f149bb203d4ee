// SPDX-License-Identifier: MIT

package trainers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/atomicfile"
	"github.com/stheno-go/stheno/internal/filelock"
	"github.com/stheno-go/stheno/internal/jsonfloat"
	"github.com/stheno-go/stheno/trainers/metrics"
)

// Names of the files in a checkpoint folder.
const (
	lastName     = "last.safetensors"
	previousName = "previous.safetensors"
	damagedName  = "last.damaged"          // a last one that could not be read
	lockName     = "lock"                  // there while a Fit has the folder
	bestPattern  = "best-%04d.safetensors" // with the epoch in it
)

// CheckpointConfig says when a [Checkpoint] saves what.
type CheckpointConfig struct {
	Dir     string         // folder for the files; it is made
	Monitor string         // metric that says which epochs are best: "val_top1"; "": none is kept
	Better  metrics.Better // which of its values are better; zero: what the metric says
	Best    int            // how many of the best to keep; 0: 1
	Every   time.Duration  // save within epochs too, when so much time has passed; 0: at their ends only
	Steps   int            // save after so many steps; 0: at the ends of epochs only
}

// Checkpoint saves the training after each epoch, when it is interrupted, and as c says,
// for [Trainer.Resume]; also when Fit ends with an error, if it left the last step whole.
// The one before the last is kept beside it. Of the best epochs the weights are kept, with
// EMA the averaged ones, in files that stheno.Load reads. A metric that does not know
// which of its values are better wants Better: without it, Fit returns an error before the
// first epoch. While a Fit runs, the folder is its own: that of another, also in another
// process, ends with an error.
func Checkpoint(c CheckpointConfig) Callback {
	k := &checkpoints{CheckpointConfig: c, saved: time.Now()}
	return Callback{
		Name: "checkpoint", Last: true,
		FitStart: k.start, StepEnd: k.step, EpochEnd: k.epoch, FitEnd: k.end,
		Save: func() (json.RawMessage, error) { return jsonfloat.Marshal(k.Kept) },
		Load: func(b json.RawMessage) error { return jsonfloat.Unmarshal(b, &k.Kept) },
	}
}

type checkpoints struct {
	CheckpointConfig
	Kept   []kept // the best first
	unlock func() // nil: start has not taken the folder
	saved  time.Time
	at     [2]int // epoch and batch of the last save
}

// kept is a file of weights in the folder.
type kept struct {
	Epoch int     `json:"epoch"`
	Value float64 `json:"value"`
}

func (k *checkpoints) start(_ context.Context, s *State) error {
	k.at = [2]int{s.Epoch, s.Batch}
	if k.Monitor != "" {
		var err error
		if k.Better, err = s.choose(k.Monitor, k.Better); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(k.Dir, 0o777); err != nil {
		return err
	}
	k.release() // of a Fit that was not ended
	release, err := filelock.Hold(filepath.Join(k.Dir, lockName))
	if err != nil {
		return fmt.Errorf("%s: %w", k.Dir, err)
	}
	k.unlock = release
	atomicfile.Clean(k.Dir)
	return nil
}

func (k *checkpoints) step(_ context.Context, s *State) error {
	if (k.Steps > 0 && s.Step%k.Steps == 0) || (k.Every > 0 && time.Since(k.saved) >= k.Every) {
		return k.save(s)
	}
	return nil
}

func (k *checkpoints) epoch(_ context.Context, s *State) error {
	if v, ok := s.Metrics[k.Monitor]; ok && v == v {
		if err := k.rank(s, v); err != nil {
			return err
		}
	}
	return k.save(s)
}

func (k *checkpoints) end(_ context.Context, s *State) error {
	if k.unlock == nil {
		return nil
	}
	defer k.release()
	if k.at == [2]int{s.Epoch, s.Batch} || !s.r.whole() {
		return nil
	}
	return k.save(s)
}

// release lets other trainings have the folder.
func (k *checkpoints) release() {
	if k.unlock != nil {
		k.unlock()
		k.unlock = nil
	}
}

// rank keeps the weights if they are among the best.
func (k *checkpoints) rank(s *State, value float64) error {
	i := slices.IndexFunc(k.Kept, func(o kept) bool { return k.Better.Of(value, o.Value) })
	if i < 0 {
		i = len(k.Kept)
	}
	if i >= max(k.Best, 1) {
		return nil
	}
	weights, err := s.Weights()
	if err != nil {
		return err
	}
	if err := stheno.SaveState(k.best(s.Epoch), weights); err != nil {
		return err
	}
	k.Kept = slices.Insert(k.Kept, i, kept{s.Epoch, value})
	if len(k.Kept) > max(k.Best, 1) {
		worst := k.Kept[len(k.Kept)-1]
		k.Kept = k.Kept[:len(k.Kept)-1]
		if err := os.Remove(k.best(worst.Epoch)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func (k *checkpoints) best(epoch int) string {
	return filepath.Join(k.Dir, fmt.Sprintf(bestPattern, epoch))
}

// save writes the new last one after the old one has become the previous one: killed
// between the two, Resume finds the previous one.
func (k *checkpoints) save(s *State) error {
	all, err := s.r.everything()
	if err != nil {
		k.at = [2]int{s.Epoch, s.Batch} // it will not be better at the end
		return err
	}
	last := filepath.Join(k.Dir, lastName)
	if err := os.Rename(last, filepath.Join(k.Dir, previousName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := stheno.SaveState(last, all); err != nil {
		return err
	}
	k.saved, k.at = time.Now(), [2]int{s.Epoch, s.Batch}
	return nil
}
