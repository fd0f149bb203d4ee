// SPDX-License-Identifier: MIT

package trainers

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/jsonfloat"
)

// EarlyStoppingConfig says when enough is enough.
type EarlyStoppingConfig struct {
	Monitor  string  // metric to watch: "val_loss"
	Higher   bool    // larger is better: for accuracies
	Patience int     // epochs without improvement that are borne
	MinDelta float64 // smallest change that counts as improvement
}

// EarlyStopping ends a Fit when a metric has not improved for more than Patience epochs.
func EarlyStopping(c EarlyStoppingConfig) Callback {
	var s struct {
		Begun bool
		Best  float64
		Bad   int
	}
	return Callback{
		Name:     "early stopping",
		FitStart: func(_ context.Context, state *State) error { return state.known(c.Monitor) },
		EpochEnd: func(_ context.Context, state *State) error {
			v := state.Metrics[c.Monitor]
			gain := s.Best - v
			if c.Higher {
				gain = -gain
			}
			if v == v && (!s.Begun || gain > c.MinDelta) {
				s.Begun, s.Best, s.Bad = true, v, 0
				return nil
			}
			if s.Bad++; s.Bad > c.Patience {
				return ErrStop
			}
			return nil
		},
		Save: func() (json.RawMessage, error) { return jsonfloat.Marshal(s) },
		Load: func(b json.RawMessage) error { return jsonfloat.Unmarshal(b, &s) },
	}
}

// known returns an error unless there is a metric of this name.
func (s *State) known(name string) error {
	if _, ok := s.Metrics[name]; !ok {
		return fmt.Errorf("there is no metric %q; have %s: %w", name, strings.Join(s.names(), ", "), stheno.ErrValue)
	}
	return nil
}
