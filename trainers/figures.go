// SPDX-License-Identifier: MIT

package trainers

import "github.com/stheno-go/stheno/internal/jsonfloat"

// Figures are metrics by name. In JSON, NaN and infinities are strings; all other numbers are
// read back with the same bits.
type Figures map[string]float64

// MarshalJSON implements [json.Marshaler]. The figures are sorted by name.
func (f Figures) MarshalJSON() ([]byte, error) { return jsonfloat.Marshal(map[string]float64(f)) }

// UnmarshalJSON implements [json.Unmarshaler].
func (f *Figures) UnmarshalJSON(b []byte) error {
	return jsonfloat.Unmarshal(b, (*map[string]float64)(f))
}
