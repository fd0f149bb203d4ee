// SPDX-License-Identifier: MIT

package datasets

import (
	"errors"
	"fmt"
	"iter"

	"github.com/stheno-go/stheno/internal/kernels"
)

// DistributedSampler returns the part of the indices 0 … N-1 for one of several processes: every
// Replicas-th index of a common order. All parts have the same length: the first indices are
// repeated at the end, or the last are dropped (torch.utils.data.DistributedSampler).
type DistributedSampler struct {
	N        int
	Replicas int    // number of processes; 0: 1
	Rank     int    // number of this process, from 0
	InOrder  bool   // do not shuffle
	DropLast bool   // drop the last indices instead of repeating the first
	Seed     uint64 // must be the same in all processes
}

// Indices implements [Sampler].
func (s DistributedSampler) Indices(epoch int) iter.Seq[int] {
	return func(yield func(int) bool) {
		if s.Check() != nil || s.N <= 0 {
			return
		}
		var order []int
		if !s.InOrder {
			order = kernels.Perm(s.N, samplerRand(s.Seed, epoch).Uint64(), 0)
		}
		for at := range s.Len() {
			i := (s.Rank + at*s.replicas()) % s.N
			if order != nil {
				i = order[i]
			}
			if !yield(i) {
				return
			}
		}
	}
}

// Len returns the number of indices of one process.
func (s DistributedSampler) Len() int {
	if r := s.replicas(); s.DropLast {
		return max(s.N, 0) / r
	} else {
		return (max(s.N, 0) + r - 1) / r
	}
}

func (s DistributedSampler) replicas() int { return max(s.Replicas, 1) }

// Check returns an error if Replicas or Rank is invalid.
func (s DistributedSampler) Check() error {
	var err error
	if s.Replicas < 0 {
		err = fmt.Errorf("replicas should be a positive integer value, but got replicas=%d", s.Replicas)
	}
	if s.Rank < 0 || s.Rank >= s.replicas() {
		err = errors.Join(err, fmt.Errorf("Invalid rank %d, rank should be in the interval [0, %d]", s.Rank, s.replicas()-1))
	}
	return err
}
