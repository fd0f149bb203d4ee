// SPDX-License-Identifier: MIT

package emu

import "github.com/stheno-go/stheno/internal/cuda/ptx"

// count adds an access of the threads m, of n bytes each, to the statistics.
func (w *warp) count(at address, m uint32, n int) {
	p := at.of(w, first(m))
	switch {
	case at.space == ptx.Shared || at.space == ptx.Generic && p >= sharedBase && p < sharedBase+window:
		w.countBanks(at, m, n)
	case at.space == ptx.Global || at.space == ptx.Generic && p >= firstAddress:
		w.countSectors(at, m, n)
	}
}

// countSectors counts the pieces of 32 bytes that are touched.
func (w *warp) countSectors(at address, m uint32, n int) {
	var seen [64]uint64 // an access of 16 bytes is in one or, misaligned, two
	k, last := 0, ^uint64(0)
	for ; m != 0; m &= m - 1 {
		p := at.of(w, first(m))
	sectors:
		for s := p / 32; s <= (p+uint64(n)-1)/32; s++ {
			if s == last {
				continue
			}
			last = s
			for _, x := range seen[:k] {
				if x == s {
					continue sectors
				}
			}
			if k < len(seen) {
				seen[k] = s
				k++
			}
		}
	}
	w.dev.stats.Requests++
	w.dev.stats.Sectors += uint64(k)
}

// countBanks counts the passes that shared memory takes: in one it serves one word of each of its 32
// banks, so 32 threads of 4 bytes, 16 of 8 or 8 of 16.
func (w *warp) countBanks(at address, m uint32, n int) {
	group := 32
	if n > 4 {
		group = 128 / n
	}
	for from := 0; from < 32; from += group {
		part := m >> from & uint32(uint64(1)<<group-1) << from
		if part == 0 {
			continue
		}
		var words [32][4]uint64
		var ways [32]int
		most := 0
		for ; part != 0; part &= part - 1 {
			p := at.of(w, first(part))
			for q := p / 4; q <= (p+uint64(n)-1)/4; q++ {
				b := q % 32
				known := false
				for k := range min(ways[b], 4) {
					known = known || words[b][k] == q
				}
				if known {
					continue
				}
				if ways[b] < 4 {
					words[b][ways[b]] = q
				}
				ways[b]++
				most = max(most, ways[b])
			}
		}
		w.dev.stats.BankPasses += uint64(most)
	}
	w.dev.stats.BankRequests++
}
