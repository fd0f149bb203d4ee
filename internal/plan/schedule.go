// SPDX-License-Identifier: MIT

package plan

// schedule puts the instructions in an order that needs little memory: next comes,
// of those whose operands are there, the one that frees most beyond what it takes, the
// earliest if there are several. So the gradient of a convolution's weights comes as
// soon as that of its output is there, and frees its input.
func (b *builder) schedule() {
	s := &scheduler{drafts: b.drafts, maker: map[*value]int{}, readers: map[*value]int{}}
	for i, d := range b.drafts {
		s.maker[d.out] = i
	}
	s.in = make([][]*value, len(b.drafts))
	s.followers = make([][]int, len(b.drafts))
	s.waits = make([]int, len(b.drafts))
	for i := range b.drafts {
		s.in[i] = s.roots(i)
		for _, v := range s.in[i] {
			s.readers[v]++
		}
	}
	for i := range b.drafts {
		if !b.drafts[i].late {
			s.link(i, i)
		}
	}
	for i, d := range b.drafts {
		if !d.late && s.waits[i] == 0 {
			s.ready = append(s.ready, i)
		}
	}
	for len(s.ready) > 0 {
		s.run(s.best())
	}
	b.drafts = s.order
}

type scheduler struct {
	drafts    []draft
	maker     map[*value]int // the draft that writes a value
	readers   map[*value]int // how many drafts are still to read it
	in        [][]*value     // what a draft reads, without repetition
	followers [][]int        // the drafts that wait for one
	waits     []int          // how many a draft waits for
	ready     []int          // ascending
	order     []draft
}

// roots returns the memory that draft i reads.
func (s *scheduler) roots(i int) []*value {
	var list []*value
next:
	for _, in := range s.drafts[i].in {
		r := in.root()
		for _, v := range list {
			if v == r {
				continue next
			}
		}
		list = append(list, r)
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

// best takes the draft to be run next from those that are ready.
func (s *scheduler) best() int {
	at, most := 0, 0
	for k, i := range s.ready {
		if gain := s.gain(i); k == 0 || gain > most {
			at, most = k, gain
		}
	}
	i := s.ready[at]
	s.ready = append(s.ready[:at], s.ready[at+1:]...)
	return i
}

// gain returns how many bytes draft i frees beyond those it takes.
func (s *scheduler) gain(i int) int {
	gain := 0
	if out := s.drafts[i].out; !out.placed {
		gain = -out.size()
	}
	for _, v := range s.in[i] {
		if !v.placed && s.readers[v] == 1 {
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
		if s.waits[f]--; s.waits[f] > 0 {
			continue
		}
		k := len(s.ready)
		for k > 0 && s.ready[k-1] > f {
			k--
		}
		s.ready = append(s.ready, 0)
		copy(s.ready[k+1:], s.ready[k:])
		s.ready[k] = f
	}
}

func (s *scheduler) append(i int) {
	s.order = append(s.order, s.drafts[i])
	for _, v := range s.in[i] {
		s.readers[v]--
	}
}
