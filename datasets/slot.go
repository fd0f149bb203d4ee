// SPDX-License-Identifier: MIT

package datasets

import (
	"cmp"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/access"
	"github.com/stheno-go/stheno/internal/dtype"
	"github.com/stheno-go/stheno/internal/shape"
	"github.com/stheno-go/stheno/internal/storage"
)

// slot is a batch that is being assembled, in memory that is reused for other batches. Workers write
// its samples concurrently, each to its position.
type slot struct {
	number    int   // of the batch in its epoch
	submitted int   // number of samples requested
	taken     int   // number of samples taken by workers; guarded by the queue
	index     []int // indices of the samples, without those that were skipped
	samples   []Sample
	skipped   []*SampleError
	left      atomic.Int32 // number of samples that are not done
	ready     chan struct{}
	batch     Batch
	err       error

	x, y     part
	named    []part      // in the order of forms.named
	forms    forms       // of the samples, once settled
	settled  atomic.Bool // forms is set, and the parts have memory
	mu       sync.Mutex  // guards settling and what follows
	odd      []oddity
	failures []failure
	live     *variables
}

// form is the type and shape of the samples of a batch.
type form struct {
	dims  shape.Dims
	dtype dtype.DType
	none  bool // no tensor
}

// forms are those of a sample: of X, of Y, and of what is named, in the order of the names.
type forms struct {
	x, y  form
	named []namedForm
}

type namedForm struct {
	name string
	form form
}

func (f *forms) equal(o *forms) bool {
	return f.x == o.x && f.y == o.y && slices.Equal(f.named, o.named)
}

// part is one tensor of a slot: X, Y or a named one.
type part struct {
	form form
	row  int // size of one sample in bytes
	mem  unsafe.Pointer
	cap  int // capacity in bytes
}

// oddity is a sample whose forms differ from those of its slot.
type oddity struct {
	at    int
	forms forms
}

type failure struct {
	at    int
	err   error
	fatal bool // not to be skipped
}

// variables are those of one batch. They are new for each batch, so that operations recorded on them
// do not see the next one.
type variables struct {
	x, y  ownVariable
	named []ownVariable
}

type ownVariable struct {
	v   stheno.Variable
	buf storage.Buffer
}

func newSlot() *slot { return &slot{ready: make(chan struct{}, 1)} }

// begin starts a batch with the given number and samples in s.
func (s *slot) begin(number int, index []int, collate bool) {
	s.number, s.submitted, s.taken = number, len(index), 0
	s.index = append(s.index[:0], index...)
	s.left.Store(int32(len(index)))
	if collate {
		s.samples = make([]Sample, len(index)) // a Collate may keep them
	}
}

// release makes the memory of the batch available for another one: operations recorded on the batch
// become stale. It must be called by the goroutine that uses the batch.
func (s *slot) release() {
	if s.live != nil {
		s.live.x.buf.Retire()
		s.live.y.buf.Retire()
		for i := range s.live.named {
			s.live.named[i].buf.Retire()
		}
	}
	s.batch, s.err, s.samples, s.skipped, s.live = Batch{}, nil, nil, nil, nil
	s.settled.Store(false)
	s.odd, s.failures = s.odd[:0], nil
}

// fail records the error of the sample at a position.
func (s *slot) fail(at int, err error, fatal bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failures = append(s.failures, failure{at, err, fatal})
}

// settleFailures returns the error of the first sample that must not be skipped, and removes the
// others from the batch.
func (s *slot) settleFailures(skip bool) error {
	if len(s.failures) == 0 {
		return nil
	}
	slices.SortFunc(s.failures, func(a, b failure) int { return cmp.Compare(a.at, b.at) })
	for _, f := range s.failures {
		if f.fatal || !skip {
			return sampleError(s.index[f.at], f.err)
		}
	}
	kept, failed := 0, s.failures
	for at, i := range s.index {
		if len(failed) > 0 && failed[0].at == at {
			s.skipped = append(s.skipped, sampleError(i, failed[0].err))
			failed = failed[1:]
			continue
		}
		s.move(kept, at)
		kept++
	}
	s.index = s.index[:kept]
	if s.samples != nil {
		s.samples = s.samples[:kept]
	}
	return nil
}

// move moves a sample to an earlier position.
func (s *slot) move(to, from int) {
	if to == from {
		return
	}
	s.index[to] = s.index[from]
	for k := range s.odd {
		if s.odd[k].at == from {
			s.odd[k].at = to
		}
	}
	if s.samples != nil {
		s.samples[to] = s.samples[from]
	} else if s.settled.Load() {
		copy(s.x.at(to), s.x.at(from))
		copy(s.y.at(to), s.y.at(from))
		for i := range s.named {
			copy(s.named[i].at(to), s.named[i].at(from))
		}
	}
}

// place reports whether a sample of the forms f may be written to position at. The first call
// determines the forms of the batch.
func (s *slot) place(at int, f *forms) (bool, error) {
	if !s.settled.Load() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if !s.settled.Load() {
			return true, s.settle(f)
		}
		return s.like(at, f), nil
	}
	if s.forms.equal(f) {
		return true, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.like(at, f), nil
}

// settle makes f the forms of the batch and reserves its memory.
func (s *slot) settle(f *forms) error {
	for _, part := range append([]namedForm{{"X", f.x}, {"Y", f.y}}, f.named...) {
		if part.form.dims.Len() == shape.Max {
			return fmt.Errorf("%s: %w", part.name, errDims(part.form.dims))
		}
	}
	s.forms = forms{f.x, f.y, slices.Clone(f.named)}
	s.x.reserve(f.x, s.submitted)
	s.y.reserve(f.y, s.submitted)
	for len(s.named) < len(f.named) {
		s.named = append(s.named, part{})
	}
	s.named = s.named[:len(f.named)]
	for i := range f.named {
		s.named[i].reserve(f.named[i].form, s.submitted)
	}
	s.settled.Store(true)
	return nil
}

// like reports whether f are the forms of the batch, and notes the sample if not.
func (s *slot) like(at int, f *forms) bool {
	if s.forms.equal(f) {
		return true
	}
	s.odd = append(s.odd, oddity{at, forms{f.x, f.y, slices.Clone(f.named)}})
	return false
}

// reserve allocates memory for n samples of the form f.
func (p *part) reserve(f form, n int) {
	p.form, p.row = f, 0
	if !f.none {
		p.row = f.dims.Size() * f.dtype.Size()
	}
	if size := n * p.row; size > p.cap {
		p.mem, p.cap = storage.Alloc(size), size
	}
}

// at returns the memory of sample i.
func (p *part) at(i int) []byte {
	if p.row == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Add(p.mem, i*p.row)), p.row)
}

// variable initializes l as a leaf over the memory of the first n samples.
func (p *part) variable(l *ownVariable, n int) *stheno.Variable {
	if p.form.none {
		return nil
	}
	storage.Within(&l.buf, p.form.dtype, n*p.form.dims.Size(), p.mem)
	access.Node(&l.v).InitLeaf(&l.buf, p.form.dims.Insert(0, n))
	return &l.v
}
