// SPDX-License-Identifier: MIT

package plan

import "github.com/stheno-go/stheno/internal/storage"

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
	dies := make([][]*value, len(b.drafts)) // by the last instruction that reads it
	taken := map[*value]bool{}              // another value is in its memory
	var m memory
	for i := range b.drafts {
		if i > 0 {
			for _, v := range dies[i-1] {
				if !taken[v] {
					m.free(span{v.place.Offset, align(v.size())})
				}
			}
		}
		if v := b.drafts[i].out; v.place == nil {
			size, offset := align(v.size()), 0
			if old := b.overwritten(i, last); old != nil {
				offset = old.place.Offset
				taken[old] = true
			} else {
				offset = m.take(size)
			}
			end := max(last[v], i)
			dies[end] = append(dies[end], v)
			v.place = &Place{Space: Arena, Offset: offset}
			b.plan.Stats.Unique += size
		}
		b.plan.Instrs = append(b.plan.Instrs, b.instr(i))
	}
	return m.most
}

// overwritten returns an input of instruction i whose memory the output can take: it
// dies there, has the output's layout, and the kernel reads every operand in that
// memory no later than it writes there.
func (b *builder) overwritten(i int, last map[*value]int) *value {
	d := b.drafts[i]
	for k, in := range d.in {
		old := in.root()
		if d.over>>k&1 == 0 || old.place == nil || old.place.Space != Arena || last[old] != i || old.size() == 0 || old.size() != d.out.size() {
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

func align(n int) int { return (n + storage.Align - 1) &^ (storage.Align - 1) }

func (b *builder) instr(i int) Instr {
	d := b.drafts[i]
	r := Instr{Name: d.name, Kernel: d.kernel, Out: *d.out.place, Meta: d.out.meta, Blocked: d.out.blocked, Keep: d.keep, In: make([]Place, len(d.in))}
	for k, in := range d.in {
		p := *in.root().place
		p.Offset += in.layout.Offset * in.meta.DType.Size()
		r.In[k] = p
	}
	return r
}
