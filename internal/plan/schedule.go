// SPDX-License-Identifier: MIT

package plan

import "container/heap"

// schedule puts the instructions in an order that needs little memory: next comes,
// of those whose operands are there, the one that frees most beyond what it takes, the
// earliest if there are several. So the gradient of a convolution's weights comes as
// soon as that of its output is there, and frees its input.
func (b *builder) schedule() {
	s := &scheduler{drafts: b.drafts, maker: map[*value]int{}, readers: map[*value]int{}, readBy: map[*value][]int{}}
	for i, d := range b.drafts {
		s.maker[d.out] = i
	}
	s.in = make([][]*value, len(b.drafts))
	s.followers = make([][]int, len(b.drafts))
	s.waits = make([]int, len(b.drafts))
	s.is = make([]state, len(b.drafts))
	for i := range b.drafts {
		s.in[i] = s.roots(i)
		for _, v := range s.in[i] {
			s.readers[v]++
			s.readBy[v] = append(s.readBy[v], i)
		}
	}
	for i := range b.drafts {
		if !b.drafts[i].late {
			s.link(i, i)
		}
	}
	for i, d := range b.drafts {
		if !d.late && s.waits[i] == 0 {
			s.enter(i)
		}
	}
	for len(s.ready) > 0 {
		if c := heap.Pop(&s.ready).(candidate); s.is[c.draft] == ready && c.gain == s.gain(c.draft) {
			s.run(c.draft)
		}
	}
	b.drafts = s.order
}

type scheduler struct {
	drafts    []draft
	maker     map[*value]int // the draft that writes a value
	readers   map[*value]int // how many drafts are still to read it
	readBy    map[*value][]int
	in        [][]*value // what a draft reads, without repetition
	followers [][]int    // the drafts that wait for one
	waits     []int      // how many a draft waits for
	is        []state
	ready     candidates
	order     []draft
}

// state is how far a draft is.
type state uint8

const (
	waiting state = iota
	ready
	done
)

// candidate is a draft that can be run and how many bytes it frees. What a draft frees
// grows with what others have read, and then it is a candidate once more.
type candidate struct{ draft, gain int }

// candidates is a heap: the one that frees most is first, the earliest if there are several.
type candidates []candidate

func (c candidates) Len() int      { return len(c) }
func (c candidates) Swap(i, j int) { c[i], c[j] = c[j], c[i] }
func (c candidates) Less(i, j int) bool {
	return c[i].gain > c[j].gain || c[i].gain == c[j].gain && c[i].draft < c[j].draft
}
func (c *candidates) Push(x any) { *c = append(*c, x.(candidate)) }
func (c *candidates) Pop() any {
	last := (*c)[len(*c)-1]
	*c = (*c)[:len(*c)-1]
	return last
}

// enter makes draft i a candidate.
func (s *scheduler) enter(i int) {
	s.is[i] = ready
	heap.Push(&s.ready, candidate{i, s.gain(i)})
}

// roots returns the memory that draft i reads.
func (s *scheduler) roots(i int) []*value {
	in := s.drafts[i].in
	list := make([]*value, 0, len(in))
	seen := make(map[*value]bool, len(in))
	for _, v := range in {
		if r := v.root(); !seen[r] {
			seen[r] = true
			list = append(list, r)
		}
	}
	return list
}

// link makes draft i wait for what from reads: for itself and for the late drafts that
// are run with it.
func (s *scheduler) link(i, from int) {
	for _, v := range s.in[from] {
		m, ok := s.maker[v]
		switch {
		case !ok:
		case s.drafts[m].late:
			s.link(i, m)
		default:
			s.followers[m] = append(s.followers[m], i)
			s.waits[i]++
		}
	}
}

// gain returns how many bytes draft i frees beyond those it takes.
func (s *scheduler) gain(i int) int {
	gain := 0
	if out := s.drafts[i].out; out.place == nil {
		gain = -out.size()
	}
	for _, v := range s.in[i] {
		if v.place == nil && s.readers[v] == 1 {
			gain += v.size()
		}
	}
	return gain
}

func (s *scheduler) run(i int) {
	for _, v := range s.in[i] {
		if m, ok := s.maker[v]; ok && s.drafts[m].late {
			s.append(m)
		}
	}
	s.append(i)
	for _, f := range s.followers[i] {
		if s.waits[f]--; s.waits[f] == 0 {
			s.enter(f)
		}
	}
}

func (s *scheduler) append(i int) {
	s.is[i] = done
	s.order = append(s.order, s.drafts[i])
	for _, v := range s.in[i] {
		if s.readers[v]--; s.readers[v] != 1 {
			continue
		}
		for _, last := range s.readBy[v] {
			if s.is[last] == ready {
				s.enter(last)
			}
		}
	}
}
