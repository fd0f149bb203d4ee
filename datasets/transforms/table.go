// SPDX-License-Identifier: MIT

package transforms

import (
	"slices"

	"github.com/stheno-go/stheno/internal/planes"
)

// table is the float of each 8-bit value.
type table = planes.Table

// tables are the results of ToTensor and the Normalizes after it for all 8-bit values. They are
// computed only when the steps change, since most images have the steps of the previous one.
type tables struct {
	steps []planes.Normal // the channels of the first Normalize, then of the second, ...
	built []planes.Normal
	n     int // number of channels of values
	value [maxChannels]table
	rgb   planes.RGB // of the values, if there are three channels
}

// get returns the tables for a number of channels. The arithmetic is torch's: float32, a division
// for ToTensor, a subtraction and a division for Normalize.
func (t *tables) get(channels int) *[maxChannels]table {
	if t.n == channels && slices.Equal(t.steps, t.built) {
		return &t.value
	}
	for c := range channels {
		for i := range t.value[c] {
			v := float32(i) / 255
			for s := c; s < len(t.steps); s += channels {
				v = t.steps[s].Apply(v)
			}
			t.value[c][i] = v
		}
	}
	t.n = channels
	t.built = append(t.built[:0], t.steps...)
	if channels == planes.Channels {
		once := t.steps
		if len(once) == 0 {
			once = []planes.Normal{{Std: 1}, {Std: 1}, {Std: 1}} // changes nothing
		}
		t.rgb.Set((*[planes.Channels]table)(t.value[:]), once)
	}
	return &t.value
}
