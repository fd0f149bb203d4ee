// SPDX-License-Identifier: MIT

package datasets

import (
	"errors"
	"fmt"
	"iter"

	"github.com/stheno-go/stheno/internal/kernels"
)

// DistributedSampler gives one of several processes its part of the indices 0 … N-1:
// every Replicas-th of an order that all share. All parts are of one length: the
// first indices come again at the end, or the last are left out
// (torch.utils.data.DistributedSampler).
type DistributedSampler struct {
	N        int
	Replicas int    // how many processes there are; 0: 1
	Rank     int    // which of them this one is, from 0
	InOrder  bool   // do not shuffle
	DropLast bool   // leave out the last indices instead of giving the first again
	Seed     uint64 // the same one in all processes
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

// Check returns what is wrong with the number of processes or the Rank.
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
