// SPDX-License-Identifier: MIT

package datasets

import (
	"errors"
	"fmt"
	"iter"

	"github.com/stheno-go/stheno/internal/absent"
	"github.com/stheno-go/stheno/internal/kernels"
)

// Sampler determines the order in which a [Loader] reads its Dataset (torch.utils.data.Sampler). If
// a Sampler has a method Check() error, it is called before the first batch.
type Sampler interface {
	// Indices returns the indices of an epoch. They must be the same for the same epoch.
	Indices(epoch int) iter.Seq[int]
	// Len returns the number of indices of an epoch.
	Len() int
}

// BatchSampler is a Sampler of whole batches.
type BatchSampler interface {
	// Batches returns the batches of an epoch. A slice is valid until the next iteration.
	Batches(epoch int) iter.Seq[[]int]
	// Len returns the number of batches of an epoch.
	Len() int
}

// SequentialSampler returns the indices 0 … N-1 in order.
type SequentialSampler struct{ N int }

// Indices implements [Sampler].
func (s SequentialSampler) Indices(int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := range s.N {
			if !yield(i) {
				return
			}
		}
	}
}

// Len returns N.
func (s SequentialSampler) Len() int { return s.N }

// RandomSampler returns the indices 0 … N-1 in a random order, which is new in each epoch.
type RandomSampler struct {
	N           int
	Replacement bool // draw with replacement
	NumSamples  int  // 0: N. If it exceeds N without Replacement, several orders follow each other
	Seed        uint64
}

// Indices implements [Sampler].
func (s RandomSampler) Indices(epoch int) iter.Seq[int] {
	return func(yield func(int) bool) {
		r := samplerRand(s.Seed, epoch)
		for left := s.Len(); left > 0 && s.N > 0; left -= s.N {
			if s.Replacement {
				for range min(left, s.N) {
					if !yield(r.IntN(s.N)) {
						return
					}
				}
				continue
			}
			for _, i := range kernels.Perm(s.N, r.Uint64(), 0)[:min(left, s.N)] {
				if !yield(i) {
					return
				}
			}
		}
	}
}

// Len returns NumSamples, or N if it is 0.
func (s RandomSampler) Len() int {
	if s.NumSamples == 0 {
		return s.N
	}
	return s.NumSamples
}

// Check returns an error if there is nothing to draw.
func (s RandomSampler) Check() error {
	if s.N <= 0 || s.NumSamples < 0 {
		return errNumSamples(min(s.N, s.Len()))
	}
	return nil
}

func errNumSamples(n int) error {
	return fmt.Errorf("num_samples should be a positive integer value, but got num_samples=%d", n)
}

// SubsetRandomSampler returns the indices of List in a random order, which is new in each epoch.
type SubsetRandomSampler struct {
	List []int
	Seed uint64
}

// Indices implements [Sampler].
func (s SubsetRandomSampler) Indices(epoch int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for _, i := range kernels.Perm(len(s.List), samplerRand(s.Seed, epoch).Uint64(), 0) {
			if !yield(s.List[i]) {
				return
			}
		}
	}
}

// Len returns the number of indices.
func (s SubsetRandomSampler) Len() int { return len(s.List) }

// BatchesOf groups the indices of Sampler into batches of BatchSize (torch.utils.data.BatchSampler).
type BatchesOf struct {
	Sampler   Sampler
	BatchSize int
	DropLast  bool // drop the last batch if it is smaller
}

// Batches implements [BatchSampler].
func (s BatchesOf) Batches(epoch int) iter.Seq[[]int] {
	return func(yield func([]int) bool) {
		if s.Check() != nil {
			return
		}
		batch := make([]int, 0, min(s.BatchSize, max(s.Sampler.Len(), 0)))
		for i := range s.Sampler.Indices(epoch) {
			if batch = append(batch, i); len(batch) < s.BatchSize {
				continue
			}
			if !yield(batch) {
				return
			}
			batch = batch[:0]
		}
		if len(batch) > 0 && !s.DropLast {
			yield(batch)
		}
	}
}

// Len returns the number of batches.
func (s BatchesOf) Len() int {
	if s.Check() != nil {
		return 0
	}
	n := max(s.Sampler.Len(), 0)
	if s.DropLast {
		return n / s.BatchSize
	}
	return (n + s.BatchSize - 1) / s.BatchSize
}

// Check returns the errors in s and its Sampler.
func (s BatchesOf) Check() error {
	var err error
	if s.BatchSize <= 0 {
		err = fmt.Errorf("batch_size should be a positive integer value, but got batch_size=%d", s.BatchSize)
	}
	if absent.Is(s.Sampler) {
		return errors.Join(err, errors.New("BatchesOf has no Sampler"))
	}
	return errors.Join(err, check(s.Sampler))
}

// check calls the method Check of x, if it has one.
func check(x any) error {
	if x != nil && absent.Is(x) {
		return fmt.Errorf("a %T is nil", x)
	}
	if c, ok := x.(interface{ Check() error }); ok {
		return c.Check()
	}
	return nil
}
