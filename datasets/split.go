// SPDX-License-Identifier: MIT

package datasets

import (
	"fmt"
	"math"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/absent"
)

// RandomSplit divides d into disjoint parts at random, as torch.utils.data.random_split. The parts
// have the given lengths, which must add up to that of d, or the given fractions, which must add up
// to 1. Fractions are rounded down, and the remaining samples are distributed over the first parts.
// The parts depend only on d's length, lengths and seed; torch chooses other samples.
//
//	parts, err := datasets.RandomSplit(d, []float64{0.8, 0.2}, 1)
func RandomSplit[N int | float64](d Dataset, lengths []N, seed uint64) ([]Dataset, error) {
	if absent.Is(d) {
		return nil, fmt.Errorf("datasets: random split: no dataset")
	}
	sizes, err := splitSizes(d.Len(), lengths)
	if err != nil {
		return nil, fmt.Errorf("datasets: random split: %w", err)
	}
	order := stheno.NewGenerator(seed).Perm(d.Len())
	parts := make([]Dataset, len(sizes))
	for i, n := range sizes {
		parts[i] = subset(d, order[:n:n])
		order = order[n:]
	}
	return parts, nil
}

// splitSizes returns the number of samples of each part.
func splitSizes[N int | float64](n int, lengths []N) ([]int, error) {
	sizes := make([]int, len(lengths))
	sum := 0
	switch lengths := any(lengths).(type) {
	case []int:
		copy(sizes, lengths)
		for i, length := range lengths {
			if length < 0 || length > n {
				return nil, fmt.Errorf("length %d at index %d is not between 0 and %d", length, i, n)
			}
			if sum += length; sum > n {
				break
			}
		}
	case []float64:
		total := 0.0
		for _, fraction := range lengths {
			total += fraction
		}
		if math.Abs(total-1) <= 1e-9 { // Python's math.isclose
			for i, fraction := range lengths {
				if !(fraction >= 0 && fraction <= 1) {
					return nil, fmt.Errorf("Fraction at index %d is not between 0 and 1", i)
				}
				sizes[i] = int(float64(n) * fraction)
				sum += sizes[i]
			}
			for i := 0; sum < n; i++ {
				sizes[i%len(sizes)]++
				sum++
			}
		}
	}
	if sum != n || len(sizes) == 0 {
		return nil, fmt.Errorf("Sum of input lengths does not equal the length of the input dataset! (%v, %d samples)", lengths, n)
	}
	return sizes, nil
}
