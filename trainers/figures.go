// SPDX-License-Identifier: MIT

package trainers

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
)

// figures are metrics by name. In JSON, which has no NaN and no infinities, those are
// strings; all other numbers come back with the same bits.
type figures map[string]float64

// MarshalJSON writes the figures in the order of their names.
func (f figures) MarshalJSON() ([]byte, error) {
	out := make(map[string]any, len(f))
	for name, v := range f {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			out[name] = strconv.FormatFloat(v, 'g', -1, 64)
		} else {
			out[name] = v
		}
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (f *figures) UnmarshalJSON(b []byte) error {
	var in map[string]any
	if err := json.Unmarshal(b, &in); err != nil {
		return err
	}
	*f = make(figures, len(in))
	for name, v := range in {
		switch v := v.(type) {
		case float64:
			(*f)[name] = v
		case string:
			x, err := strconv.ParseFloat(v, 64)
			if err != nil {
				return fmt.Errorf("trainers: figure %q: %w", name, err)
			}
			(*f)[name] = x
		default:
			return fmt.Errorf("trainers: figure %q is %v, want a number", name, v)
		}
	}
	return nil
}
