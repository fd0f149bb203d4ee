// SPDX-License-Identifier: MIT

package trainers

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/jsonfloat"
	"github.com/stheno-go/stheno/trainers/metrics"
)

// EarlyStoppingConfig says when enough is enough.
type EarlyStoppingConfig struct {
	Monitor  string         // metric to watch: "val_loss"
	Better   metrics.Better // which of its values are better; zero: what the metric says
	Patience *int           // epochs without improvement that are allowed; nil: 10
	MinDelta float64        // improvement that is too small to count
}

// EarlyStopping ends a Fit when a metric has not improved for more than Patience epochs. A
// metric that does not know which of its values are better wants Better: without it, Fit
// returns an error before the first epoch.
func EarlyStopping(c EarlyStoppingConfig) Callback {
	var s struct {
		Begun bool
		Best  float64
		Bad   int
	}
	patience := 10
	if c.Patience != nil {
		patience = *c.Patience
	}
	return Callback{
		Name: "early stopping",
		FitStart: func(_ context.Context, state *State) (err error) {
			if patience < 0 || !(c.MinDelta >= 0) {
				return fmt.Errorf("Patience %d and MinDelta %v must not be negative: %w", patience, c.MinDelta, stheno.ErrValue)
			}
			c.Better, err = state.choose(c.Monitor, c.Better)
			return err
		},
		EpochEnd: func(_ context.Context, state *State) error {
			v := state.Metrics[c.Monitor]
			gain := s.Best - v
			if c.Better == metrics.Higher {
				gain = -gain
			}
			if v == v && (!s.Begun || gain > c.MinDelta) {
				s.Begun, s.Best, s.Bad = true, v, 0
				return nil
			}
			if s.Bad++; s.Bad > patience {
				return ErrStop
			}
			return nil
		},
		Save: func() (json.RawMessage, error) { return jsonfloat.Marshal(s) },
		Load: func(b json.RawMessage) error { return jsonfloat.Unmarshal(b, &s) },
	}
}
