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

// State is the state of a Fit for callbacks. It belongs to the Trainer: callbacks must not change
// it, and must copy what they keep.
type State struct {
	Epoch   int // epochs done
	Step    int // steps of the optimizer since the beginning
	Batch   int // batches done in this epoch
	Batches int // batches of an epoch
	Samples int // samples seen in this epoch
	Skipped int // samples skipped in this epoch because of SkipCorrupt

	Loss    float64 // of the last batch
	Metrics Figures // of the last finished epoch: "loss", "lr", the metrics' names, "skipped" with SkipCorrupt, and those of validation with the prefix "val_"
	Seconds float64 // training time of this epoch, without validation
	History *History

	r *run
}

// run returns the run of s, or an empty one for the zero State.
func (s *State) run() *run {
	if s.r == nil {
		return &run{t: new(Trainer)}
	}
	return s.r
}

// Model returns the model.
func (s *State) Model() stheno.Module { return s.run().t.Model }

// Epochs returns the total number of epochs.
func (s *State) Epochs() int { return s.run().epochs() }

// LR returns the learning rate of the first optimizer's first group.
func (s *State) LR() float64 {
	if o := s.run().t.turns()[0].Optimizer; o != nil {
		return o.LR()
	}
	return 0
}

// Trainer returns the Trainer.
func (s *State) Trainer() *Trainer { return s.run().t }

// MeanLoss returns the mean loss of the epoch so far.
func (s *State) MeanLoss() float64 { return s.run().lossSum / s.run().lossCount }

// Interrupted reports whether Fit ends early: by cancellation, or by TimeLimit or ErrStop within an
// epoch.
func (s *State) Interrupted() bool { return s.run().interrupted || s.run().cancelled }

// Failed reports whether Fit ends with an error, such as a NaN in the loss. Callbacks should then
// not overwrite good weights.
func (s *State) Failed() bool { return s.run().failed }

// Weights returns the state that should be saved: the model's or, with EMA, the averaged one.
func (s *State) Weights() ([]stheno.NamedTensor, error) {
	if s.run().average != nil {
		return s.run().average.Weights()
	}
	return stheno.StateDict(s.run().t.Model)
}

// Save writes everything that [Trainer.Resume] needs to a file, atomically and with a
// checksum. The extension must be .safetensors.
func (s *State) Save(path string) error { return s.run().save(path) }

// names returns the keys of Metrics, sorted.
func (s *State) names() []string { return slices.Sorted(maps.Keys(s.Metrics)) }

// Record is the result of an epoch.
type Record struct {
	Epoch   int     `json:"epoch"` // from 1
	Step    int     `json:"step"`
	Samples int     `json:"samples"` // number of training samples
	Metrics Figures `json:"metrics"`
	Seconds float64 `json:"seconds"` // training time; not reproducible
}

// History is the list of the epochs of a Fit, those before a Resume included.
type History struct {
	Epochs  []Record `json:"epochs"`
	Stopped string   `json:"stopped,omitempty"` // name of the callback that ended Fit early

	// Better is the direction of each metric. Fit sets those that the metrics define; others can be
	// added.
	Better map[string]metrics.Better `json:"better,omitempty"`
}

// Last returns a metric of the last epoch and reports whether there is one.
func (h *History) Last(name string) (float64, bool) {
	if h == nil || len(h.Epochs) == 0 {
		return 0, false
	}
	v, ok := h.Epochs[len(h.Epochs)-1].Metrics[name]
	return v, ok
}

// Best returns the epoch with the best value of a metric, the first of several equal ones. It
// returns an error if no epoch has the metric or its direction is not known.
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
		return best, fmt.Errorf("trainers: no epoch has a metric %q: %w", name, stheno.ErrValue)
	case better == 0:
		return Record{}, fmt.Errorf("trainers: is a lower or a higher %q better? Set Better[%[1]q] of the History: %w", name, stheno.ErrValue)
	}
	return best, nil
}

// better returns the direction of a metric, if it is known.
func (h *History) better(name string) metrics.Better {
	if b := h.Better[name]; b != 0 {
		return b
	}
	if name == "loss" || name == "val_loss" {
		return metrics.Lower
	}
	return 0
}

// choose returns the direction of a metric for a callback with the setting told. It returns an
// error if there is no such metric, the direction is not known, or the setting contradicts it.
func (s *State) choose(name string, told metrics.Better) (metrics.Better, error) {
	if _, ok := s.Metrics[name]; !ok {
		return 0, fmt.Errorf("no metric %q; have %s: %w", name, strings.Join(s.names(), ", "), stheno.ErrValue)
	}
	known := s.History.better(name)
	switch {
	case told > metrics.Higher:
		return 0, fmt.Errorf("Better is %v, must be metrics.Lower or metrics.Higher: %w", told, stheno.ErrValue)
	case told == 0 && known == 0:
		return 0, fmt.Errorf("is a lower or a higher %q better? Set Better to metrics.Lower or metrics.Higher: %w", name, stheno.ErrValue)
	case told != 0 && known != 0 && told != known:
		return 0, fmt.Errorf("Better is %v, but a %v %q is better: %w", told, known, name, stheno.ErrValue)
	case told == 0:
		return known, nil
	}
	return told, nil
}
