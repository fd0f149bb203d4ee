// SPDX-License-Identifier: MIT

package trainers

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/trainers/optim"
)

// ReduceLROnPlateau lets p see a metric after each epoch. It excludes Trainer.Schedule,
// which sets the rates too. Where p was not told which metrics are better, the metric
// says it; one that does not know is an error before the first epoch.
func ReduceLROnPlateau(p *optim.Plateau, monitor string) Callback {
	return Callback{
		Name: "reduce LR on plateau",
		FitStart: func(_ context.Context, s *State) error {
			if s.r.t.Schedule != nil {
				return fmt.Errorf("it excludes a Schedule: %w", stheno.ErrValue)
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
