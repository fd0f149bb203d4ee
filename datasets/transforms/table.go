// SPDX-License-Identifier: MIT

package transforms

import "slices"

// table holds the float of each 8-bit value.
type table [256]float32

// normal is the part of a Normalize that belongs to one channel.
type normal struct{ mean, std float32 }

// tables are what ToTensor and the Normalizes after it do to 8-bit pixels. Most images
// have the same as the one before: tables are computed when steps change only.
type tables struct {
	steps []normal // wanted: channels of the first Normalize, channels of the second ...
	built []normal
	n     int // channels of values
	value [maxChannels]table
}

// get returns the tables of an image with that many channels. The arithmetic is
// torch's: float32, a division for ToTensor, a subtraction and a division for Normalize.
func (t *tables) get(channels int) *[maxChannels]table {
	if t.n == channels && slices.Equal(t.steps, t.built) {
		return &t.value
	}
	for c := range channels {
		for i := range t.value[c] {
			v := float32(i) / 255
			for s := c; s < len(t.steps); s += channels {
				v = (v - t.steps[s].mean) / t.steps[s].std
			}
			t.value[c][i] = v
		}
	}
	t.n = channels
	t.built = append(t.built[:0], t.steps...)
	return &t.value
}
