// SPDX-License-Identifier: MIT

package trainers

import "github.com/stheno-go/stheno/internal/jsonfloat"

// Figures are metrics by name. In JSON, which has no NaN and no infinities, those are
// strings; all other numbers come back with the same bits.
type Figures map[string]float64

// MarshalJSON writes the figures in the order of their names.
func (f Figures) MarshalJSON() ([]byte, error) { return jsonfloat.Marshal(map[string]float64(f)) }

// UnmarshalJSON reads what MarshalJSON wrote.
func (f *Figures) UnmarshalJSON(b []byte) error {
	return jsonfloat.Unmarshal(b, (*map[string]float64)(f))
}
