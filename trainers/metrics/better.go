// SPDX-License-Identifier: MIT

package metrics

import (
	"fmt"

	"github.com/stheno-go/stheno"
)

// Better is the direction of a metric. The zero value means that it is not known; then whatever
// compares values needs it as a setting.
type Better uint8

// The directions.
const (
	Lower  Better = 1 + iota // lower values are better, as for a loss
	Higher                   // higher values are better, as for an accuracy
)

// Directed is implemented by a [Metric] that defines its direction. All metrics of this package do.
type Directed interface{ Better() Better }

// Of reports whether a is better than b. NaN is never better, and every other value is better than
// NaN. For the zero Better, no value is better.
func (d Better) Of(a, b float64) bool {
	switch {
	case a != a || d != Lower && d != Higher:
		return false
	case b != b:
		return true
	case d == Lower:
		return a < b
	}
	return a > b
}

// String returns "lower", "higher" or "unknown".
func (d Better) String() string {
	switch d {
	case 0:
		return "unknown"
	case Lower:
		return "lower"
	case Higher:
		return "higher"
	}
	return fmt.Sprintf("Better(%d)", uint8(d))
}

// MarshalText implements [encoding.TextMarshaler] with String.
func (d Better) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (d *Better) UnmarshalText(text []byte) error {
	for _, known := range []Better{0, Lower, Higher} {
		if string(text) == known.String() {
			*d = known
			return nil
		}
	}
	return fmt.Errorf("metrics: %q is not a direction, must be lower or higher: %w", text, stheno.ErrValue)
}
