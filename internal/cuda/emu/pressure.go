// SPDX-License-Identifier: MIT

package emu

import "math/bits"

// pressure returns the most 32-bit registers that are live at one time.
func (k *Kernel) pressure() int {
	weight := make([]int, k.slots) // 0 for literals and special registers
	for name, slot := range k.slotsOf() {
		if t, ok := k.src.Reg(name); ok {
			weight[slot] = max(1, t.Size()/4)
		}
	}
	words := (k.slots + 63) / 64
	live := make([][]uint64, len(k.code)+1)
	for i := range live {
		live[i] = make([]uint64, words)
	}
	most, now := 0, make([]uint64, words)
	for changed := true; changed; {
		changed = false
		for i := len(k.code) - 1; i >= 0; i-- {
			in := &k.code[i]
			clear(now)
			for _, j := range ways(k.code, i) {
				for w := range now {
					now[w] |= live[j][w]
				}
			}
			if in.guard < 0 {
				for _, s := range in.writes {
					now[s/64] &^= 1 << (s % 64)
				}
			}
			for _, s := range in.reads {
				now[s/64] |= 1 << (s % 64)
			}
			for w := range now {
				if now[w] != live[i][w] {
					live[i][w], changed = now[w], true
				}
			}
		}
	}
	for _, set := range live {
		n := 0
		for w, b := range set {
			for ; b != 0; b &= b - 1 {
				n += weight[64*w+bits.TrailingZeros64(b)]
			}
		}
		most = max(most, n)
	}
	return most
}
