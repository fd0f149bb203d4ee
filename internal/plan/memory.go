// SPDX-License-Identifier: MIT

package plan

import (
	"cmp"
	"slices"
)

// memory hands out pieces of an arena.
type memory struct {
	holes []span // between pieces that are in use, by offset; none touches another or the end
	end   int    // of the last piece in use
	most  int    // the largest end
}

// span is a piece of the arena, in bytes.
type span struct{ offset, size int }

// take returns the offset of size bytes: in the smallest hole that has room, the first of
// several, or else at the end.
func (m *memory) take(size int) int {
	best := -1
	for i, h := range m.holes {
		if h.size >= size && (best < 0 || h.size < m.holes[best].size) {
			best = i
		}
	}
	if best < 0 {
		m.end += size
		m.most = max(m.most, m.end)
		return m.end - size
	}
	h := &m.holes[best]
	offset := h.offset
	if h.offset, h.size = h.offset+size, h.size-size; h.size == 0 {
		m.holes = slices.Delete(m.holes, best, best+1)
	}
	return offset
}

// free takes a piece back.
func (m *memory) free(s span) {
	if s.size == 0 {
		return
	}
	i, _ := slices.BinarySearchFunc(m.holes, s.offset, func(h span, offset int) int { return cmp.Compare(h.offset, offset) })
	if i < len(m.holes) && m.holes[i].offset == s.offset+s.size {
		s.size += m.holes[i].size
		m.holes = slices.Delete(m.holes, i, i+1)
	}
	if i > 0 && m.holes[i-1].offset+m.holes[i-1].size == s.offset {
		i--
		s.offset, s.size = m.holes[i].offset, m.holes[i].size+s.size
		m.holes = slices.Delete(m.holes, i, i+1)
	}
	if s.offset+s.size == m.end {
		m.end = s.offset
		return
	}
	m.holes = slices.Insert(m.holes, i, s)
}
