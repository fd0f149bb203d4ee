// SPDX-License-Identifier: MIT

package metrics

import (
	"fmt"

	"github.com/stheno-go/stheno"
)

// Better says which values of a metric are better. The zero value says that it is not
// known: whoever has to choose between two values then asks to be told.
type Better uint8

// The directions.
const (
	Lower  Better = 1 + iota // smaller values are better, as of a loss
	Higher                   // larger values are better, as of an accuracy
)

// Directed is a [Metric] that knows which of its values are better. All metrics of this
// package do.
type Directed interface{ Better() Better }

// Of reports whether a is better than b. A NaN is never better, and everything else is
// better than a NaN. Of the zero value nothing is.
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

// MarshalText returns what String does.
func (d Better) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (d *Better) UnmarshalText(text []byte) error {
	for _, known := range []Better{0, Lower, Higher} {
		if string(text) == known.String() {
			*d = known
			return nil
		}
	}
	return fmt.Errorf("metrics: %q is no direction, want lower or higher: %w", text, stheno.ErrValue)
}
