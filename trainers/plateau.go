// SPDX-License-Identifier: MIT

package trainers

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/trainers/optim"
)

// ReduceLROnPlateau returns a callback that calls p.Step with a metric after each epoch. It cannot
// be combined with Trainer.Schedule, which sets the rates too. If p has no direction, it gets the
// metric's; if that has none either, Fit returns an error before the first epoch.
func ReduceLROnPlateau(p *optim.Plateau, monitor string) Callback {
	return Callback{
		Name: "reduce LR on plateau",
		FitStart: func(_ context.Context, s *State) error {
			if s.r.t.Schedule != nil {
				return fmt.Errorf("it cannot be combined with a Schedule: %w", stheno.ErrValue)
			}
			better, err := s.choose(monitor, p.Better())
			if err != nil {
				return err
			}
			return p.SetBetter(better)
		},
		EpochEnd: func(_ context.Context, s *State) error { return p.Step(s.Metrics[monitor]) },
		Save: func() (json.RawMessage, error) {
			state := Figures{}
			for _, e := range p.State() {
				state[e.Name] = e.Tensor.Floats()[0]
			}
			return json.Marshal(state)
		},
		Load: func(b json.RawMessage) error {
			var state Figures
			if err := json.Unmarshal(b, &state); err != nil {
				return err
			}
			var list []stheno.NamedTensor
			for name, v := range state {
				list = append(list, stheno.NamedTensor{Name: name, Tensor: stheno.ScalarOf(v)})
			}
			return p.LoadState(list)
		},
	}
}
