// SPDX-License-Identifier: MIT

package trainers

import (
	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/access"
)

// average is an exponential moving average of a model's parameters, as of
// torch.optim.swa_utils.AveragedModel with get_ema_multi_avg_fn: the first update copies, later
// ones compute decay·average + (1-decay)·parameter. Buffers are not averaged. A nil average does
// nothing.
type average struct {
	decay  float64
	params []stheno.NamedTensor
	begun  bool
}

func newAverage(decay float64, m stheno.Module) (*average, error) {
	if decay == 0 {
		return nil, nil
	}
	a := &average{decay: decay}
	err := averaged(m, func(e stheno.NamedTensor) error {
		a.params = append(a.params, stheno.NamedTensor{Name: e.Name, Tensor: e.Tensor.Clone()})
		return nil
	})
	return a, err
}

// averaged calls f with the parameters of m, sharing their memory.
func averaged(m stheno.Module, f func(e stheno.NamedTensor) error) error {
	buffers := map[string]bool{}
	for name := range stheno.NamedBuffers(m) {
		buffers[name] = true
	}
	state, err := stheno.StateDict(m)
	if err != nil {
		return err
	}
	for _, e := range state {
		if !buffers[e.Name] && e.Tensor.DType().IsFloat() {
			if err := f(e); err != nil {
				return err
			}
		}
	}
	return nil
}

// update adds the model's parameters to the average.
func (a *average) update(m stheno.Module) error {
	if a == nil {
		return nil
	}
	decay := a.decay
	if !a.begun {
		decay, a.begun = 0, true
	}
	i := 0
	return averaged(m, func(e stheno.NamedTensor) error {
		sum := a.params[i].Tensor
		i++
		if e.Tensor.DType() == stheno.Float32 {
			blend[float32](sum, e.Tensor, decay)
		} else {
			blend[float64](sum, e.Tensor, decay)
		}
		return nil
	})
}

func blend[T float32 | float64](sum, t *stheno.Tensor, decay float64) {
	s, x := access.Elements[T](sum), access.Elements[T](t)
	d, rest := T(decay), T(1-decay)
	for i, v := range x {
		s[i] = T(d*s[i]) + T(rest*v)
	}
}

// state returns m's state with the averaged parameters.
func (a *average) state(m stheno.Module) ([]stheno.NamedTensor, error) {
	state, err := stheno.StateDict(m)
	if err != nil {
		return nil, err
	}
	byName := map[string]*stheno.Tensor{}
	for _, p := range a.params {
		byName[p.Name] = p.Tensor
	}
	for i, e := range state {
		if t := byName[e.Name]; t != nil {
			state[i].Tensor = t
		}
	}
	return state, nil
}

// lend loads the averaged parameters into m until restore is called.
func (a *average) lend(m stheno.Module) (restore func() error, err error) {
	if a == nil {
		return func() error { return nil }, nil
	}
	own, err := stheno.StateDict(m)
	if err != nil {
		return nil, err
	}
	own = clone(own)
	state, err := a.state(m)
	if err != nil {
		return nil, err
	}
	return func() error { return stheno.LoadStateDict(m, own) }, stheno.LoadStateDict(m, state)
}
