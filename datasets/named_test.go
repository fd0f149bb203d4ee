// SPDX-License-Identifier: MIT

package datasets_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/datasets"
)

// sentences is a Dataset of samples of n elements, with a mask, a number and a weight.
type sentences struct {
	n       int
	odd     int // the sample with another name
	corrupt int
	even    bool // all of one length
}

func (d sentences) Len() int { return d.n }

func (d sentences) length(i int) int {
	if d.even {
		return 3
	}
	return 1 + i%4
}

func (d sentences) At(i int, r *rand.Rand) (datasets.Sample, error) {
	if i == d.corrupt {
		return datasets.Sample{}, errors.New("corrupt")
	}
	l := d.length(i)
	x, mask, y := make([]int64, l), make([]bool, l), make([]int64, l)
	for k := range x {
		x[k], mask[k], y[k] = int64(10*i+k), true, int64(i)
	}
	named := map[string]*stheno.Tensor{
		"mask": stheno.TensorOf(mask), "noise": stheno.TensorOf([]float32{r.Float32(), float32(i)}), "weight": stheno.ScalarOf(float64(i)),
	}
	if i == d.odd {
		delete(named, "noise")
		named["other"] = stheno.ScalarOf(1.0)
	}
	return datasets.Sample{X: stheno.TensorOf(x), Y: stheno.TensorOf(y), Named: named}, nil
}

type namedBatch struct {
	shape  stheno.Shape
	x      []int64
	mask   []bool
	noise  []float32
	weight []float64
	length []int64
}

func epochOf(t *testing.T, l *datasets.Loader) (list []namedBatch, failed error) {
	for b, err := range l.All(t.Context()) {
		if err != nil {
			return list, err
		}
		n := namedBatch{
			shape: b.X.Shape(), x: stheno.Must(stheno.Values[int64](b.X)), mask: stheno.Must(stheno.Values[bool](b.Named["mask"])),
			noise: stheno.Must(stheno.Values[float32](b.Named["noise"])), weight: stheno.Must(stheno.Values[float64](b.Named["weight"])),
		}
		if v := b.Named["length"]; v != nil {
			n.length = stheno.Must(stheno.Values[int64](v))
		}
		list = append(list, n)
	}
	return list, nil
}

// TestNamedTensorsOfBatches are stacked under their names, the same for any number of workers,
// whatever is skipped.
func TestNamedTensorsOfBatches(t *testing.T) {
	d := sentences{n: 23, odd: -1, corrupt: 5, even: true}
	var first []namedBatch
	for _, workers := range []int{0, 1, 4} {
		l := &datasets.Loader{Dataset: d, BatchSize: 4, Seed: 3, SkipCorrupt: true, Workers: new(workers)}
		got, err := epochOf(t, l)
		require.NoError(t, err)
		if first == nil {
			first = got
		}
		require.Equal(t, first, got)
	}
	require.Len(t, first, 6)
	require.Equal(t, []float64{4, 6, 7}, first[1].weight, "sample 5 is left out")
	require.Equal(t, stheno.Shape{3, 3}, first[1].shape)
	require.Equal(t, []float32{4, 6, 7}, []float32{first[1].noise[1], first[1].noise[3], first[1].noise[5]})
	require.NotEqual(t, first[0].noise[0], first[0].noise[2])
}

// TestNamedTensorsMustAgree in their names and forms.
func TestNamedTensorsMustAgree(t *testing.T) {
	d := sentences{n: 8, odd: 2, corrupt: -1, even: true}
	for _, workers := range []int{0, 3} {
		_, err := epochOf(t, &datasets.Loader{Dataset: d, BatchSize: 4, Workers: new(workers)})
		require.ErrorContains(t, err, `sample 0 has ["mask" "noise" "weight"], sample 2 has ["mask" "other" "weight"]`)
	}
	d.odd, d.even = -1, false
	_, err := epochOf(t, &datasets.Loader{Dataset: d, BatchSize: 4})
	require.ErrorContains(t, err, "X: stack expects each tensor to be equal size, but got [1] at entry 0 and [2] at entry 1")
	short := datasets.Map(sentences{n: 8, odd: -1, corrupt: -1, even: true}, func(s datasets.Sample, _ *rand.Rand) (datasets.Sample, error) {
		if stheno.Must(stheno.Data[int64](s.Y))[0] == 5 {
			s.Named["mask"] = stheno.TensorOf([]bool{true})
		}
		return s, nil
	})
	_, err = epochOf(t, &datasets.Loader{Dataset: short, BatchSize: 4})
	require.ErrorContains(t, err, "mask: stack expects each tensor to be equal size, but got [3] at entry 0 and [1] at entry 1")
	_, err = datasets.DefaultCollate([]datasets.Sample{{X: stheno.ScalarOf(1.0), Named: map[string]*stheno.Tensor{"mask": nil}}})
	require.ErrorContains(t, err, "sample 0: mask: the tensor is nil")
}

// TestNamedVariablesOfABatch are its own: they end with it, and a clone keeps them.
func TestNamedVariablesOfABatch(t *testing.T) {
	l := &datasets.Loader{Dataset: sentences{n: 8, odd: -1, corrupt: -1, even: true}, BatchSize: 4}
	var stale, kept []*stheno.Variable
	for b, err := range l.All(t.Context()) {
		require.NoError(t, err)
		stale = append(stale, b.Named["weight"].Mul(2))
		c, err := b.Clone()
		require.NoError(t, err)
		kept = append(kept, c.Named["weight"])
	}
	_, err := stale[0].Tensor()
	require.ErrorIs(t, err, stheno.ErrStale)
	require.Equal(t, []float64{0, 1, 2, 3}, stheno.Must(stheno.Values[float64](kept[0])))
}

// TestPadSequences compares with torch's pad_sequence: [[0], [10, 11], [20, 21, 22], [30 … 33]].
func TestPadSequences(t *testing.T) {
	var ys [][]int64
	collate := datasets.PadSequences(datasets.Padding{X: -1, Y: -100, Named: map[string]float64{"mask": 0}})
	l := &datasets.Loader{Dataset: sentences{n: 4, odd: -1, corrupt: -1}, BatchSize: 4, Collate: func(s []datasets.Sample) (datasets.Batch, error) {
		b, err := collate(s)
		if err == nil {
			ys = append(ys, stheno.Must(stheno.Values[int64](b.Y)))
		}
		return b, err
	}}
	got, err := epochOf(t, l)
	require.NoError(t, err)
	require.Equal(t, []int64{0, -1, -1, -1, 10, 11, -1, -1, 20, 21, 22, -1, 30, 31, 32, 33}, got[0].x)
	require.Equal(t, []bool{true, false, false, false, true, true, false, false, true, true, true, false, true, true, true, true}, got[0].mask)
	require.Equal(t, []int64{1, 2, 3, 4}, got[0].length)
	require.Equal(t, []float64{0, 1, 2, 3}, got[0].weight)
	require.Equal(t, []int64{0, -100, -100, -100, 1, 1, -100, -100, 2, 2, 2, -100, 3, 3, 3, 3}, ys[0])

	wide := func(n int) datasets.Sample { return datasets.Sample{X: stheno.NewTensor(stheno.Float32, n, 2)} }
	b, err := datasets.PadSequences(datasets.Padding{X: math.Inf(1)})([]datasets.Sample{wide(1), wide(2)})
	require.NoError(t, err)
	inf := float32(math.Inf(1))
	require.Equal(t, []float32{0, 0, inf, inf, 0, 0, 0, 0}, stheno.Must(stheno.Values[float32](b.X)))

	_, err = datasets.PadSequences(datasets.Padding{X: 0.5})([]datasets.Sample{{X: stheno.TensorOf([]int64{1})}, {X: stheno.TensorOf([]int64{1, 2})}})
	require.ErrorContains(t, err, "the padding 0.5 is out of the range of int64")
	_, err = datasets.PadSequences(datasets.Padding{})([]datasets.Sample{{X: stheno.ScalarOf(1.0)}})
	require.ErrorContains(t, err, "sample 0: X needs a dimension to pad")
	_, err = datasets.PadSequences(datasets.Padding{})([]datasets.Sample{wide(1), {X: stheno.NewTensor(stheno.Float32, 2, 3)}})
	require.ErrorContains(t, err, "equal size")
}
