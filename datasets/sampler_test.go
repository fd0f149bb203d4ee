// SPDX-License-Identifier: MIT

package datasets_test

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno/datasets"
)

func collect(s datasets.Sampler, epoch int) []int { return slices.Collect(s.Indices(epoch)) }

func TestRandomSampler(t *testing.T) {
	s := datasets.RandomSampler{N: 10, NumSamples: 25, Seed: 4}
	got := collect(s, 0)
	require.Len(t, got, 25)
	require.Equal(t, 25, s.Len())
	for from := 0; from < 20; from += 10 { // whole orders, one after another
		part := slices.Clone(got[from:][:10])
		require.False(t, slices.IsSorted(part))
		slices.Sort(part)
		require.Equal(t, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, part)
	}
	require.NotEqual(t, got[:10], got[10:20])
	require.Equal(t, got, collect(s, 0))
	require.NotEqual(t, got, collect(s, 1))

	s = datasets.RandomSampler{N: 10, NumSamples: 10_000, Replacement: true}
	count := [10]int{}
	for _, i := range collect(s, 0) {
		count[i]++
	}
	for _, n := range count { // 1000 expected, deviation 30
		require.InDelta(t, 1000, n, 150)
	}
	for _, bad := range []datasets.RandomSampler{{}, {N: -1}, {N: 3, NumSamples: -1}} {
		require.ErrorContains(t, bad.Check(), "num_samples should be a positive integer value, but got num_samples=")
		require.Empty(t, collect(bad, 0))
	}
}

func TestSubsetRandomSampler(t *testing.T) {
	s := datasets.SubsetRandomSampler{List: []int{7, 3, 3, 9}, Seed: 1}
	for epoch := range 3 {
		got := collect(s, epoch)
		slices.Sort(got)
		require.Equal(t, []int{3, 3, 7, 9}, got)
	}
	require.Equal(t, 4, s.Len())
}

// torch 2.15.0's DistributedSampler gives these with shuffle=False.
func TestDistributedSampler(t *testing.T) {
	for _, c := range []struct {
		n, replicas int
		drop        bool
		want        [][]int
	}{
		{10, 3, false, [][]int{{0, 3, 6, 9}, {1, 4, 7, 0}, {2, 5, 8, 1}}},
		{10, 3, true, [][]int{{0, 3, 6}, {1, 4, 7}, {2, 5, 8}}},
		{2, 5, false, [][]int{{0}, {1}, {0}, {1}, {0}}},
		{2, 5, true, [][]int{nil, nil, nil, nil, nil}},
		{9, 3, false, [][]int{{0, 3, 6}, {1, 4, 7}, {2, 5, 8}}},
		{9, 3, true, [][]int{{0, 3, 6}, {1, 4, 7}, {2, 5, 8}}},
		{1, 2, false, [][]int{{0}, {0}}},
		{0, 2, false, [][]int{nil, nil}},
	} {
		var shuffled []int
		for rank, want := range c.want {
			s := datasets.DistributedSampler{N: c.n, Replicas: c.replicas, Rank: rank, DropLast: c.drop, InOrder: true}
			require.NoError(t, s.Check())
			require.Equal(t, want, collect(s, 0), "%d of %d", rank, c.replicas)
			require.Equal(t, len(want), s.Len())
			s.InOrder = false
			got := collect(s, 3)
			require.Len(t, got, len(want))
			shuffled = append(shuffled, got...)
		}
		if c.n%c.replicas == 0 || c.drop { // the parts share no index
			slices.Sort(shuffled)
			require.Len(t, slices.Compact(shuffled), len(shuffled))
		}
	}
	s := datasets.DistributedSampler{N: 100, Replicas: 2, Seed: 1}
	require.NotEqual(t, collect(s, 0), collect(s, 1), "another order in each epoch")
	for want, s := range map[string]datasets.DistributedSampler{
		"Invalid rank 2, rank should be in the interval [0, 1]":  {N: 3, Replicas: 2, Rank: 2},
		"Invalid rank -1, rank should be in the interval [0, 0]": {N: 3, Rank: -1},
		"replicas should be a positive integer value":            {N: 3, Replicas: -2},
	} {
		require.ErrorContains(t, s.Check(), want)
		require.Empty(t, collect(s, 0))
		_, err := epoch(&datasets.Loader{Dataset: numbers(3), Sampler: s})
		require.ErrorContains(t, err, want)
	}
	// The batches of all processes together are one epoch.
	var all []int
	for rank := range 3 {
		e, err := epoch(&datasets.Loader{Dataset: numbers(30), BatchSize: 4, Sampler: datasets.DistributedSampler{N: 30, Replicas: 3, Rank: rank, Seed: 5}})
		require.NoError(t, err)
		require.Len(t, e, 3)
		all = append(all, indices(e)...)
	}
	slices.Sort(all)
	require.Equal(t, collect(datasets.SequentialSampler{N: 30}, 0), all)
}

func TestWeightedRandomSampler(t *testing.T) {
	weights := []float64{0, 1, 3, 0, 6}
	s := datasets.WeightedRandomSampler{Weights: weights, NumSamples: 20_000, Seed: 2}
	count := [5]float64{}
	for _, i := range collect(s, 0) {
		count[i]++
	}
	for i, w := range weights { // deviation at most 71
		require.InDelta(t, w/10*20_000, count[i], 350)
	}
	require.Equal(t, collect(s, 1), collect(s, 1))
	require.NotEqual(t, collect(s, 1), collect(s, 2))

	s = datasets.WeightedRandomSampler{Weights: weights, NumSamples: 2, WithoutReplacement: true}
	first, pairs := [5]float64{}, 0
	const runs = 20_000
	for epoch := range runs {
		got := collect(s, epoch)
		require.Len(t, got, 2)
		require.NotEqual(t, got[0], got[1])
		first[got[0]]++
		if got[0] == 4 && got[1] == 2 {
			pairs++
		}
	}
	for i, w := range weights {
		require.InDelta(t, w/10*runs, first[i], 350)
	}
	require.InDelta(t, 0.6*0.75*runs, pairs, 350, "the second is drawn among those that are left")

	for want, s := range map[string]datasets.WeightedRandomSampler{
		"num_samples should be a positive integer value, but got num_samples=0":     {Weights: weights},
		"probability tensor contains either `inf`, `nan` or element < 0":            {Weights: []float64{1, math.NaN()}, NumSamples: 1},
		"sum of probabilities <= 0":                                                 {Weights: []float64{0, 0}, NumSamples: 1},
		"sum of probabilities is infinite":                                          {Weights: []float64{1e308, 1e308}, NumSamples: 1},
		"cannot sample n_sample > prob_dist.size(-1) samples without replacement":   {Weights: weights, NumSamples: 6, WithoutReplacement: true},
		"not enough non-negative category to sample): 4 samples of 3 with a weight": {Weights: weights, NumSamples: 4, WithoutReplacement: true},
	} {
		require.ErrorContains(t, s.Check(), want)
		require.Empty(t, collect(s, 0))
	}
}

func TestBatchesOf(t *testing.T) {
	s := datasets.BatchesOf{Sampler: datasets.SequentialSampler{N: 7}, BatchSize: 3}
	sizes := func() (n []int) {
		for b := range s.Batches(0) {
			n = append(n, len(b))
		}
		require.Len(t, n, s.Len())
		return n
	}
	require.Equal(t, []int{3, 3, 1}, sizes())
	s.DropLast = true
	require.Equal(t, []int{3, 3}, sizes())
	s.BatchSize = 0
	require.Empty(t, sizes())
}
