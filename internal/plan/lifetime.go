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
			size := align(v.size())
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

// overwritten returns an input of instruction i whose memory the output can take: it
// dies there, has the output's layout, and the kernel reads every operand in that
// memory no later than it writes there.
func (b *builder) overwritten(i int, last map[*value]int) *value {
	d := b.drafts[i]
	for k, in := range d.in {
		old := in.root()
		if d.over>>k&1 == 0 || !old.placed || old.place.Space != Arena || last[old] != i || old.size() == 0 || old.size() != d.out.size() {
			continue
		}
		ok := true
		for j, x := range d.in {
			if x.root() == old {
				ok = ok && d.over>>j&1 == 1 && x.layout.IsContiguous() && x.layout.Offset == 0 && x.blocked == d.out.blocked &&
					x.meta.Dims == d.out.meta.Dims && x.meta.DType.Size() == d.out.meta.DType.Size()
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
	r := Instr{Name: d.name, Kernel: d.kernel, Out: d.out.place, Meta: d.out.meta, Blocked: d.out.blocked, Keep: d.keep, In: make([]Place, len(d.in))}
	for k, in := range d.in {
		p := in.root().place
		p.Offset += in.layout.Offset * in.meta.DType.Size()
		r.In[k] = p
	}
	return r
}
