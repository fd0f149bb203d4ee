// SPDX-License-Identifier: MIT

package plan

import (
	"cmp"
	"slices"

	"github.com/stheno-go/stheno/internal/storage"
)

// span is a piece of the arena and the last instruction that reads it.
type span struct {
	offset, size, last int
}

// lifetimes gives every intermediate value an offset in one arena, such that two
// values share memory only if one is dead before the other is born, and resolves
// the instructions' places. It returns the arena's size.
func (b *builder) lifetimes() int {
	last := map[*value]int{}
	for i, d := range b.drafts {
		for _, in := range d.in {
			last[in.root()] = i
		}
	}
	var live []span
	total := 0
	for i := range b.drafts {
		v := b.drafts[i].out
		if !v.placed {
			size := align(v.meta.Dims.Size() * v.meta.DType.Size())
			live = slices.DeleteFunc(live, func(s span) bool { return s.last < i })
			s := span{size: size, last: max(last[v], i)}
			if old := b.overwritten(i, last); old != nil {
				s.offset = old.place.Offset
				live = slices.DeleteFunc(live, func(l span) bool { return l.offset == s.offset })
			} else {
				s.offset = gap(live, size)
			}
			live = append(live, s)
			total = max(total, s.offset+size)
			v.place, v.placed = Place{Space: Arena, Offset: s.offset}, true
			b.plan.Stats.Unique += size
		}
		b.plan.Instrs = append(b.plan.Instrs, b.instr(i))
	}
	return total
}

// overwritten returns an input of pointwise instruction i whose memory the output
// can take: it dies there, and every operand in that memory is read element by
// element as the output is written.
func (b *builder) overwritten(i int, last map[*value]int) *value {
	d := b.drafts[i]
	if !d.inPlace {
		return nil
	}
	for _, in := range d.in {
		old := in.root()
		if old.place.Space != Arena || !old.placed || last[old] != i || old.meta.Dims.Size() == 0 {
			continue
		}
		ok := true
		for _, x := range d.in {
			if x.root() == old {
				ok = ok && x.layout.IsContiguous() && x.layout.Offset == 0 &&
					x.meta.Dims == d.out.meta.Dims && x.meta.DType.Size() == d.out.meta.DType.Size() &&
					old.meta.Dims.Size() == x.meta.Dims.Size()
			}
		}
		if ok {
			return old
		}
	}
	return nil
}

// gap finds the smallest hole between the live spans that holds size bytes.
func gap(live []span, size int) int {
	slices.SortFunc(live, func(a, b span) int { return cmp.Compare(a.offset, b.offset) })
	best, bestSize, end := -1, 0, 0
	for _, s := range live {
		if hole := s.offset - end; hole >= size && (best < 0 || hole < bestSize) {
			best, bestSize = end, hole
		}
		end = max(end, s.offset+s.size)
	}
	if best < 0 {
		return end
	}
	return best
}

func align(n int) int { return (n + storage.Align - 1) &^ (storage.Align - 1) }

func (b *builder) instr(i int) Instr {
	d := b.drafts[i]
	r := Instr{Name: d.name, Kernel: d.kernel, Out: d.out.place, Meta: d.out.meta, In: make([]Place, len(d.in))}
	for k, in := range d.in {
		p := in.root().place
		p.Offset += in.layout.Offset * in.meta.DType.Size()
		r.In[k] = p
	}
	return r
}
