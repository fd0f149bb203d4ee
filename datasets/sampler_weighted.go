// SPDX-License-Identifier: MIT

package datasets

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
	"sort"
)

// WeightedRandomSampler draws index i with a probability proportional to Weights[i]
// (torch.utils.data.WeightedRandomSampler). The weights need not add up to 1.
type WeightedRandomSampler struct {
	Weights            []float64
	NumSamples         int
	WithoutReplacement bool // draw each index at most once
	Seed               uint64
}

// Indices implements [Sampler].
func (s WeightedRandomSampler) Indices(epoch int) iter.Seq[int] {
	return func(yield func(int) bool) {
		if s.Check() != nil {
			return
		}
		draw := s.withReplacement
		if s.WithoutReplacement {
			draw = s.withoutReplacement
		}
		draw(epoch, yield)
	}
}

// withReplacement finds a random number in the cumulative sums of the weights.
func (s WeightedRandomSampler) withReplacement(epoch int, yield func(int) bool) {
	r := samplerRand(s.Seed, epoch)
	sums, sum, last := make([]float64, len(s.Weights)), 0.0, 0
	for i, w := range s.Weights {
		sum += w
		sums[i] = sum
		if w > 0 {
			last = i
		}
	}
	for range s.NumSamples {
		at := r.Float64() * sum
		i := sort.Search(last, func(i int) bool { return sums[i] > at })
		if !yield(i) {
			return
		}
	}
}

// withoutReplacement gives each index an exponentially distributed time with its weight as the
// rate: their order is that of successive draws (Efraimidis and Spirakis, "Weighted random sampling
// with a reservoir", 2006).
func (s WeightedRandomSampler) withoutReplacement(epoch int, yield func(int) bool) {
	r := samplerRand(s.Seed, epoch)
	type arrival struct {
		index int
		time  float64
	}
	queue := make([]arrival, 0, len(s.Weights))
	for i, w := range s.Weights {
		if t := -math.Log(1 - r.Float64()); w > 0 {
			queue = append(queue, arrival{i, t / w})
		}
	}
	slices.SortFunc(queue, func(a, b arrival) int {
		return cmp.Or(cmp.Compare(a.time, b.time), cmp.Compare(a.index, b.index))
	})
	for _, a := range queue[:s.NumSamples] {
		if !yield(a.index) {
			return
		}
	}
}

// Len returns NumSamples.
func (s WeightedRandomSampler) Len() int { return s.NumSamples }

// Check returns an error unless NumSamples can be drawn with these weights.
func (s WeightedRandomSampler) Check() error {
	sum, positive := 0.0, 0
	for _, w := range s.Weights {
		if !(w >= 0) || math.IsInf(w, 1) {
			return errors.New("probability tensor contains either `inf`, `nan` or element < 0")
		}
		if sum += w; w > 0 {
			positive++
		}
	}
	switch {
	case s.NumSamples <= 0:
		return errNumSamples(s.NumSamples)
	case positive == 0:
		return errors.New("invalid multinomial distribution (sum of probabilities <= 0)")
	case math.IsInf(sum, 1):
		return errors.New("invalid multinomial distribution (sum of probabilities is infinite)")
	case s.WithoutReplacement && s.NumSamples > len(s.Weights):
		return errors.New("cannot sample n_sample > prob_dist.size(-1) samples without replacement")
	case s.WithoutReplacement && s.NumSamples > positive:
		return fmt.Errorf("invalid multinomial distribution (with replacement=False, not enough non-negative category to sample): %d samples of %d with a weight", s.NumSamples, positive)
	}
	return nil
}
