// SPDX-License-Identifier: MIT

package trainers

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/trainers/metrics"
)

// State is what a callback sees of a Fit. It belongs to the Trainer: look, and copy
// what must last.
type State struct {
	Epoch   int // epochs done
	Step    int // steps of the optimizer since the beginning
	Batch   int // batches done in this epoch
	Batches int // batches of an epoch
	Samples int // samples seen in this epoch
	Skipped int // samples that the Loader left out of this epoch because of SkipCorrupt

	Loss    float64 // of the last batch
	Metrics Figures // of the last finished epoch: "loss", "lr", the metrics' names, "skipped" if the Loader may leave samples out, and with "val_" before them those of validation
	Seconds float64 // spent on training in this epoch, without validation
	History *History

	r *run
}

// run returns the Fit that s is of; of a State that is of none, one without anything.
func (s *State) run() *run {
	if s.r == nil {
		return &run{t: new(Trainer)}
	}
	return s.r
}

// Model returns what is trained.
func (s *State) Model() stheno.Module { return s.run().t.Model }

// Epochs returns the total number of epochs.
func (s *State) Epochs() int { return s.run().t.Epochs }

// LR returns the learning rate of the optimizer's first group.
func (s *State) LR() float64 {
	if o := s.run().t.Optimizer; o != nil {
		return o.LR()
	}
	return 0
}

// Trainer returns the Trainer.
func (s *State) Trainer() *Trainer { return s.run().t }

// MeanLoss returns the mean loss of the epoch so far.
func (s *State) MeanLoss() float64 { return s.run().lossSum / float64(s.Samples) }

// Interrupted reports whether Fit ends before its time: by cancellation, TimeLimit or
// ErrStop in the middle of an epoch.
func (s *State) Interrupted() bool { return s.run().interrupted || s.run().cancelled }

// Failed reports whether Fit ends with an error of its own: what a NaN has spoilt must not
// be saved over what is good.
func (s *State) Failed() bool { return s.run().failed }

// Weights returns what the model should be saved with: its state, or with EMA the
// averaged one.
func (s *State) Weights() ([]stheno.NamedTensor, error) {
	if s.run().average != nil {
		return s.run().average.state(s.run().t.Model)
	}
	return stheno.StateDict(s.run().t.Model)
}

// Save writes everything that [Trainer.Resume] needs to a file, atomically and with a
// checksum. The extension must be .safetensors.
func (s *State) Save(path string) error { return s.run().save(path) }

// names returns the keys of Metrics, sorted.
func (s *State) names() []string { return slices.Sorted(maps.Keys(s.Metrics)) }

// Record is how an epoch ended.
type Record struct {
	Epoch   int     `json:"epoch"` // from 1
	Step    int     `json:"step"`
	Samples int     `json:"samples"` // that were learned from
	Metrics Figures `json:"metrics"`
	Seconds float64 `json:"seconds"` // of training; not reproducible
}

// History is the epochs of a Fit, those before a Resume included.
type History struct {
	Epochs  []Record `json:"epochs"`
	Stopped string   `json:"stopped,omitempty"` // the callback that ended it before its time

	// Better says of the metrics which values are better. Fit notes what the metrics
	// know; what is missing can be added.
	Better map[string]metrics.Better `json:"better,omitempty"`
}

// Last returns a metric of the last epoch, and whether there is one.
func (h *History) Last(name string) (float64, bool) {
	if h == nil || len(h.Epochs) == 0 {
		return 0, false
	}
	v, ok := h.Epochs[len(h.Epochs)-1].Metrics[name]
	return v, ok
}

// Best returns the epoch with the best value of a metric; the first of equals. It is an
// error if no epoch has a number of that name, or if it is not known which is better.
func (h *History) Best(name string) (Record, error) {
	var best Record
	found := false
	better := h.better(name)
	for _, e := range h.Epochs {
		v, has := e.Metrics[name]
		if has && v == v && (!found || better.Of(v, best.Metrics[name])) {
			best, found = e, true
		}
	}
	switch {
	case !found:
		return best, fmt.Errorf("trainers: no epoch has a number %q: %w", name, stheno.ErrValue)
	case better == 0:
		return Record{}, fmt.Errorf("trainers: is a lower or a higher %q better? Set Better[%[1]q] of the History: %w", name, stheno.ErrValue)
	}
	return best, nil
}

// better returns which values of a metric are better, as far as it is known.
func (h *History) better(name string) metrics.Better {
	if b := h.Better[name]; b != 0 {
		return b
	}
	if name == "loss" || name == "val_loss" {
		return metrics.Lower
	}
	return 0
}

// choose returns which values of a metric are better for a callback that was told so, or
// told nothing. It is an error if there is no such metric, or if that is not known.
func (s *State) choose(name string, told metrics.Better) (metrics.Better, error) {
	if _, ok := s.Metrics[name]; !ok {
		return 0, fmt.Errorf("there is no metric %q; have %s: %w", name, strings.Join(s.names(), ", "), stheno.ErrValue)
	}
	known := s.History.better(name)
	switch {
	case told > metrics.Higher:
		return 0, fmt.Errorf("Better is %v, want metrics.Lower or metrics.Higher: %w", told, stheno.ErrValue)
	case told == 0 && known == 0:
		return 0, fmt.Errorf("is a lower or a higher %q better? Set Better to metrics.Lower or metrics.Higher: %w", name, stheno.ErrValue)
	case told != 0 && known != 0 && told != known:
		return 0, fmt.Errorf("Better is %v, but a %v %q is better: %w", told, known, name, stheno.ErrValue)
	case told == 0:
		return known, nil
	}
	return told, nil
}
