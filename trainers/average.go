// SPDX-License-Identifier: MIT

package trainers

import (
	"errors"
	"fmt"
	"slices"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/access"
)

// AverageConfig holds the settings of an [Average]. The zero value is torch's default.
type AverageConfig struct {
	Decay   *float64 // of an exponential moving average, in [0, 1); nil: all updates count the same
	Buffers bool     // average the buffers of floats as well (use_buffers)
}

// Average is a running average of a model's weights, equal or exponential
// (torch.optim.swa_utils.AveragedModel). The first update copies the weights; update n+1 is
// average + (weights-average)/(n+1), or decay*average + (1-decay)*weights. Buffers are the
// model's own, unless they are averaged. Running statistics do not fit averaged weights; see
// [UpdateBN].
//
// A [Trainer] with EMA has one of its own.
type Average struct {
	model   stheno.Module
	config  AverageConfig
	entries []stheno.NamedTensor
	updates int
}

// NewAverage returns an average of m's weights without an update.
func NewAverage(m stheno.Module, c AverageConfig) (*Average, error) {
	if c.Decay != nil && !(*c.Decay >= 0 && *c.Decay < 1) {
		return nil, fmt.Errorf("trainers: Average: Decay is %v, expected a number in [0, 1): %w", *c.Decay, stheno.ErrValue)
	}
	a := &Average{model: m, config: c}
	err := a.each(func(e stheno.NamedTensor) error {
		a.entries = append(a.entries, stheno.NamedTensor{Name: e.Name, Tensor: e.Tensor.Clone()})
		return nil
	})
	if err != nil {
		return nil, err
	}
	return a, nil
}

// each calls f with what is averaged of the model's state, sharing its memory.
func (a *Average) each(f func(e stheno.NamedTensor) error) error {
	skip := map[string]bool{}
	if !a.config.Buffers {
		for name := range stheno.NamedBuffers(a.model) {
			skip[name] = true
		}
	}
	state, err := stheno.StateDict(a.model)
	if err != nil {
		return err
	}
	for _, e := range state {
		if !skip[e.Name] && e.Tensor.DType().IsFloat() {
			if err := f(e); err != nil {
				return err
			}
		}
	}
	return nil
}

// Update takes the model's weights into the average. A nil Average does nothing.
func (a *Average) Update() error {
	if a == nil {
		return nil
	}
	i := 0
	err := a.each(func(e stheno.NamedTensor) error {
		if i >= len(a.entries) || !like(a.entries[i], e) {
			return fmt.Errorf("trainers: Average: %q %v was not in the model when the average was made: %w", e.Name, e.Tensor.Shape(), stheno.ErrValue)
		}
		if e.Tensor.DType() == stheno.Float32 {
			blend[float32](a, a.entries[i].Tensor, e.Tensor)
		} else {
			blend[float64](a, a.entries[i].Tensor, e.Tensor)
		}
		i++
		return nil
	})
	if err == nil {
		a.updates++
	}
	return err
}

// like reports whether two entries have one name, type and shape.
func like(a, b stheno.NamedTensor) bool {
	return a.Name == b.Name && a.Tensor.DType() == b.Tensor.DType() && slices.Equal(a.Tensor.Shape(), b.Tensor.Shape())
}

func blend[T float32 | float64](a *Average, sum, t *stheno.Tensor) {
	s, x := access.Elements[T](sum), access.Elements[T](t)
	switch {
	case a.updates == 0:
		copy(s, x)
	case a.config.Decay == nil:
		n := T(a.updates + 1)
		for i, v := range x {
			s[i] += (v - s[i]) / n
		}
	default:
		d, rest := T(*a.config.Decay), T(1-*a.config.Decay)
		for i, v := range x {
			s[i] = T(d*s[i]) + T(rest*v)
		}
	}
}

// Updates returns the number of updates.
func (a *Average) Updates() int {
	if a == nil {
		return 0
	}
	return a.updates
}

// Weights returns the model's state with the average in it, for [stheno.SaveState]. Without
// an update it is the model's own.
func (a *Average) Weights() ([]stheno.NamedTensor, error) {
	if a == nil {
		return nil, fmt.Errorf("trainers: the Average is nil: %w", stheno.ErrValue)
	}
	state, err := stheno.StateDict(a.model)
	if err != nil || a.updates == 0 {
		return state, err
	}
	byName := map[string]*stheno.Tensor{}
	for _, p := range a.entries {
		byName[p.Name] = p.Tensor
	}
	for i, e := range state {
		if t := byName[e.Name]; t != nil {
			state[i].Tensor = t
		}
	}
	return state, nil
}

// Use gives the model the averaged weights while f runs, and its own ones, with its buffers,
// afterwards.
func (a *Average) Use(f func() error) error {
	restore, err := a.lend()
	if err != nil {
		return err
	}
	return errors.Join(f(), restore())
}

// lend gives the model the averaged weights until restore is called.
func (a *Average) lend() (restore func() error, err error) {
	if a == nil {
		return func() error { return nil }, nil
	}
	own, err := stheno.StateDict(a.model)
	if err != nil {
		return nil, err
	}
	own = clone(own)
	state, err := a.Weights()
	if err != nil {
		return nil, err
	}
	return func() error { return stheno.LoadStateDict(a.model, own) }, stheno.LoadStateDict(a.model, state)
}

// updatesKey is the entry of a state with the number of updates.
const updatesKey = "n_averaged"

// State returns a copy of the average and the number of updates.
func (a *Average) State() []stheno.NamedTensor {
	if a == nil {
		return nil
	}
	return append(clone(a.entries), stheno.NamedTensor{Name: updatesKey, Tensor: stheno.ScalarOf(int64(a.updates))})
}

// LoadState sets what State returned. If something does not fit, nothing is changed.
func (a *Average) LoadState(state []stheno.NamedTensor) error {
	for i, e := range state {
		if e.Name == updatesKey && e.Tensor != nil && e.Tensor.Err() == nil && e.Tensor.Size() == 1 && e.Tensor.Floats()[0] >= 0 {
			return a.load(slices.Delete(slices.Clone(state), i, i+1), int(e.Tensor.Floats()[0]))
		}
	}
	return fmt.Errorf("trainers: Average: the state has no number %q: %w", updatesKey, stheno.ErrValue)
}

// load sets the average and the number of updates.
func (a *Average) load(state []stheno.NamedTensor, updates int) error {
	if a == nil {
		return nil
	}
	byName := map[string]stheno.NamedTensor{}
	for _, e := range state {
		if e.Tensor != nil && e.Tensor.Err() == nil {
			byName[e.Name] = e
		}
	}
	loaded := slices.Clone(a.entries)
	for i, p := range a.entries {
		e, ok := byName[p.Name]
		if !ok || !like(p, e) {
			return fmt.Errorf("trainers: no average of %q %v: %w", p.Name, p.Tensor.Shape(), stheno.ErrValue)
		}
		loaded[i].Tensor = e.Tensor.Clone()
	}
	if len(byName) != len(a.entries) {
		return fmt.Errorf("trainers: the state has averages of %d entries, the model has %d: %w", len(byName), len(a.entries), stheno.ErrValue)
	}
	a.entries, a.updates = loaded, updates
	return nil
}
