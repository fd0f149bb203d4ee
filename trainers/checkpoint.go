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
	damagedName  = "last.damaged"          // a damaged lastName
	lockName     = "lock"                  // exists while a Fit uses the folder
	bestPattern  = "best-%04d.safetensors" // with the epoch
)

// CheckpointConfig holds the settings of [Checkpoint].
type CheckpointConfig struct {
	Dir     string         // folder for the files; created if missing
	Monitor string         // metric that determines the best epochs, such as "val_top1"; "": keep none
	Better  metrics.Better // whether lower or higher values are better; zero: as the metric defines
	Best    int            // number of best epochs to keep; 0: 1
	Every   time.Duration  // also save within epochs, at this interval; 0: only at the end of epochs
	Steps   int            // also save within epochs, after this many steps; 0: only at the end of epochs
}

// Checkpoint returns a callback that saves everything that [Trainer.Resume] needs: after each
// epoch, on interruption, as often as c says, and when Fit fails, unless that was within a step.
// The previous checkpoint is kept too. The weights of the best epochs, with EMA the averaged ones,
// are kept in files that stheno.Load reads. For a metric without a direction c.Better must be set;
// otherwise Fit returns an error before the first epoch. A Fit locks the folder: another one with
// the same folder, also in another process, returns an error.
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
	unlock func() // nil: the folder is not locked
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
	k.release() // of a previous Fit that did not reach its end
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

// release unlocks the folder.
func (k *checkpoints) release() {
	if k.unlock != nil {
		k.unlock()
		k.unlock = nil
	}
}

// rank saves the weights if they are among the best.
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

// save renames the last checkpoint to the previous one and writes a new one. If the process is
// killed between the two, Resume uses the previous one.
func (k *checkpoints) save(s *State) error {
	all, err := s.r.everything()
	if err != nil {
		k.at = [2]int{s.Epoch, s.Batch} // saving again at the end would not change it
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
