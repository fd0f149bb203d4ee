// SPDX-License-Identifier: MIT

package datasets_test

import (
	"context"
	"errors"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/datasets"
)

func TestSamplesThatDoNotStack(t *testing.T) {
	f, i := stheno.TensorOf([]float32{1, 2}), stheno.TensorOf([]int64{1, 2})
	long, none := stheno.TensorOf([]float32{1, 2, 3}), (*stheno.Tensor)(nil)
	deep := stheno.NewTensor(stheno.Float32, 1, 1, 1, 1, 1, 1, 1, 1)
	for _, c := range []struct {
		want string
		x, y []*stheno.Tensor
	}{
		{"X: stack expects each tensor to be equal size, but got [2] at entry 0 and [3] at entry 2", []*stheno.Tensor{f, f, long}, nil},
		{"X: stack expects tensors of one dtype, but got float32 at entry 0 and int64 at entry 1", []*stheno.Tensor{f, i, i}, nil},
		{"Y: stack expects each tensor to be equal size, but got [3] at entry 0 and [2] at entry 1", []*stheno.Tensor{f, f, f}, []*stheno.Tensor{long, f, f}},
		{"Y: each element in list of batch should be of equal size: there is one at only one of entry 0 and entry 2", []*stheno.Tensor{f, f, f}, []*stheno.Tensor{f, f, none}},
		{"batch must contain tensors; found a Sample whose X is <nil>", []*stheno.Tensor{none, f, f}, nil},
		{"leaves no dimension for the batch", []*stheno.Tensor{deep, deep, deep}, nil},
		{"3 elements given, shape (2) has 2", []*stheno.Tensor{stheno.TensorOf([]float32{1, 2, 3}, 2), f, f}, nil},
		{"zero value; use TensorOf", []*stheno.Tensor{{}, f, f}, nil},
	} {
		samples := make([]datasets.Sample, 3)
		for k := range samples {
			samples[k].X = c.x[k]
			if c.y != nil {
				samples[k].Y = c.y[k]
			}
		}
		_, err := datasets.DefaultCollate(samples)
		require.ErrorContains(t, err, c.want)
		d := function{3, func(i int) (datasets.Sample, error) { return samples[i], nil }}
		for _, workers := range []int{0, 3} {
			_, err = epoch(&datasets.Loader{Dataset: d, BatchSize: 3, Workers: new(workers)})
			require.ErrorContains(t, err, c.want, "%d workers", workers)
		}
	}
	_, err := datasets.DefaultCollate(nil)
	require.ErrorContains(t, err, "there are no samples")
}

func TestCollate(t *testing.T) {
	samples := []datasets.Sample{{X: stheno.TensorOf([]uint8{1, 2}), Y: stheno.ScalarOf(3.0)}, {X: stheno.TensorOf([]uint8{4, 5}), Y: stheno.ScalarOf(6.0)}}
	b, err := datasets.DefaultCollate(samples)
	require.NoError(t, err)
	require.Equal(t, stheno.Shape{2, 2}, b.X.Shape())
	require.Nil(t, b.Index)
	y, err := stheno.Values[float64](b.Y)
	require.NoError(t, err)
	require.Equal(t, []float64{3, 6}, y)

	// Samples of different lengths, padded.
	d := function{5, func(i int) (datasets.Sample, error) {
		x := make([]float64, i)
		for k := range x {
			x[k] = float64(i)
		}
		return datasets.Sample{X: stheno.TensorOf(x, i)}, nil
	}}
	pad := func(samples []datasets.Sample) (datasets.Batch, error) {
		width := 0
		for _, s := range samples {
			width = max(width, s.X.Size())
		}
		x := make([]float64, len(samples)*width)
		for k, s := range samples {
			copy(x[k*width:], s.X.Floats())
		}
		return datasets.Batch{X: stheno.FromTensor(stheno.TensorOf(x, len(samples), width))}, nil
	}
	all, err := epoch(&datasets.Loader{Dataset: d, BatchSize: 3, Collate: pad, Workers: new(2)})
	require.NoError(t, err)
	require.Equal(t, []drawn{
		{Index: []int{0, 1, 2}, X: []float64{0, 0, 1, 0, 2, 2}, Shape: []int{3, 2}},
		{Index: []int{3, 4}, X: []float64{3, 3, 3, 0, 4, 4, 4, 4}, Shape: []int{2, 4}},
	}, all)
	for want, collate := range map[string]func([]datasets.Sample) (datasets.Batch, error){
		"datasets: loader: batch 0: too odd":                           func([]datasets.Sample) (datasets.Batch, error) { return datasets.Batch{}, errors.New("too odd") },
		"datasets: loader: batch 0: panic at collate_test.go:90: oops": func([]datasets.Sample) (datasets.Batch, error) { panic("oops") },
	} {
		_, err = epoch(&datasets.Loader{Dataset: d, Collate: collate})
		require.ErrorContains(t, err, want)
	}
}

// What a loop costs in the steady state does not depend on the number of samples.
func TestLoopAllocatesLittle(t *testing.T) {
	for name, d := range map[string]datasets.Dataset{
		"rows": newTable(640, 3), "bytes": pictures{n: 640, h: 4, w: 4}, "floats": pictures{n: 640, h: 4, w: 4, float: true},
	} {
		for _, workers := range []int{0, 2} {
			t.Run(name+strconv.Itoa(workers), func(t *testing.T) {
				l := &datasets.Loader{Dataset: d, BatchSize: 64, Workers: new(workers)}
				loop := func() {
					for _, err := range l.All(context.Background()) {
						if err != nil {
							t.Fatal(err)
						}
					}
				}
				loop()
				require.LessOrEqual(t, testing.AllocsPerRun(5, loop), 10*4+20.0, "10 batches of 64 samples")
			})
		}
	}
}
