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

// EarlyStoppingConfig holds the settings of [EarlyStopping].
type EarlyStoppingConfig struct {
	Monitor  string         // metric, such as "val_loss"
	Better   metrics.Better // whether lower or higher values are better; zero: as the metric defines
	Patience *int           // number of epochs without improvement before stopping; nil: 10
	MinDelta float64        // smallest improvement that counts
}

// EarlyStopping returns a callback that ends Fit when a metric has not improved for more than
// Patience epochs. For a metric without a direction c.Better must be set; otherwise Fit returns an
// error before the first epoch.
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
