// SPDX-License-Identifier: MIT

package datasets_test

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/datasets"
	"github.com/stheno-go/stheno/datasets/transforms"
)

// first returns the first number of each sample's x.
func first(t *testing.T, d datasets.Dataset) []int {
	out := make([]int, d.Len())
	for i := range out {
		s, err := d.At(i, rand.New(rand.NewPCG(1, 1)))
		require.NoError(t, err)
		out[i] = int(s.X.Floats()[0])
	}
	return out
}

// labelled is n samples whose x is their index, with classes.
func labelled(classes ...int64) datasets.Dataset {
	x := make([]int64, len(classes))
	for i := range x {
		x[i] = int64(i)
	}
	return datasets.InMemory(stheno.TensorOf(x, len(x)), stheno.TensorOf(classes, len(x)))
}

func TestKFoldIsScikitLearns(t *testing.T) {
	text, err := os.ReadFile("testdata/kfold.json")
	require.NoError(t, err)
	var cases []struct {
		Classes           []int64
		K                 int
		Plain, Stratified [][]int
	}
	require.NoError(t, json.Unmarshal(text, &cases))
	require.NotEmpty(t, cases)
	for _, c := range cases {
		d := labelled(c.Classes...)
		for _, stratified := range []bool{false, true} {
			want := c.Plain
			if stratified {
				want = c.Stratified
			}
			folds, err := datasets.KFold(d, c.K, datasets.KFoldConfig{Stratified: stratified})
			if want == nil {
				require.Error(t, err)
				continue
			}
			require.NoError(t, err)
			require.Len(t, folds, len(want))
			for f, fold := range folds {
				require.Equal(t, want[f], first(t, fold.Val), "%v, fold %d of %d", c.Classes, f, c.K)
				both := append(first(t, fold.Train), want[f]...)
				slices.Sort(both)
				require.Equal(t, first(t, d), both)
			}
		}
	}
}

func TestKFoldShuffled(t *testing.T) {
	classes := make([]int64, 60)
	for i := range classes {
		classes[i] = int64(i / 20)
	}
	d := labelled(classes...)
	for _, stratified := range []bool{false, true} {
		vals := func(seed uint64) (all [][]int) {
			folds, err := datasets.KFold(d, 4, datasets.KFoldConfig{Shuffle: true, Stratified: stratified, Seed: seed})
			require.NoError(t, err)
			for _, f := range folds {
				all = append(all, first(t, f.Val))
				count := [3]int{}
				for _, i := range all[len(all)-1] {
					count[classes[i]]++
				}
				require.Len(t, all[len(all)-1], 15)
				if stratified {
					require.Equal(t, [3]int{5, 5, 5}, count)
				}
			}
			return all
		}
		require.Equal(t, vals(1), vals(1))
		require.NotEqual(t, vals(1), vals(2))
		whole := slices.Concat(vals(3)...)
		require.False(t, slices.IsSorted(whole))
		slices.Sort(whole)
		require.Equal(t, first(t, d), whole)
	}
	for want, f := range map[string]func() ([]datasets.Fold, error){
		"needs at least 2 folds, got 1":      func() ([]datasets.Fold, error) { return datasets.KFold(d, 1, datasets.KFoldConfig{}) },
		"cannot have 61 folds of 60 samples": func() ([]datasets.Fold, error) { return datasets.KFold(d, 61, datasets.KFoldConfig{}) },
		"no dataset":                         func() ([]datasets.Fold, error) { return datasets.KFold(nil, 2, datasets.KFoldConfig{}) },
		"needs a dataset with Targets, got datasets_test.numbers": func() ([]datasets.Fold, error) {
			return datasets.KFold(numbers(9), 2, datasets.KFoldConfig{Stratified: true})
		},
	} {
		_, err := f()
		require.ErrorContains(t, err, want)
	}
}

func TestRandomSplit(t *testing.T) {
	d := labelled(make([]int64, 10)...)
	sizes := func(parts []datasets.Dataset, err error) (n []int) {
		require.NoError(t, err)
		var all []int
		for _, p := range parts {
			n = append(n, p.Len())
			all = append(all, first(t, p)...)
		}
		slices.Sort(all)
		require.Equal(t, first(t, d), all)
		return n
	}
	// torch 2.15.0 gives these.
	require.Equal(t, []int{4, 3, 3}, sizes(datasets.RandomSplit(d, []float64{.33, .33, .34}, 1)))
	require.Equal(t, []int{6, 2, 2}, sizes(datasets.RandomSplit(d, []float64{.5, .25, .25}, 1)))
	require.Equal(t, []int{10, 0}, sizes(datasets.RandomSplit(d, []float64{1, 0}, 1)))
	require.Equal(t, []int{7, 0, 3}, sizes(datasets.RandomSplit(d, []int{7, 0, 3}, 1)))
	require.Equal(t, []int{10}, sizes(datasets.RandomSplit(d, []float64{1}, 1)))

	split := func(seed uint64) []int {
		parts, err := datasets.RandomSplit(d, []float64{.5, .5}, seed)
		require.NoError(t, err)
		return first(t, parts[0])
	}
	require.Equal(t, split(1), split(1))
	require.NotEqual(t, split(1), split(2))

	_, err := datasets.RandomSplit(d, []int{5, 4}, 1)
	require.ErrorContains(t, err, "Sum of input lengths does not equal the length of the input dataset!")
	_, err = datasets.RandomSplit(d, []float64{.5, .4}, 1)
	require.ErrorContains(t, err, "Sum of input lengths")
	_, err = datasets.RandomSplit(d, []float64{1.5, -.5}, 1)
	require.ErrorContains(t, err, "Fraction at index 0 is not between 0 and 1")
	_, err = datasets.RandomSplit(d, []int{12, -2}, 1)
	require.ErrorContains(t, err, "length 12 at index 0")
	_, err = datasets.RandomSplit[int](d, nil, 1)
	require.ErrorContains(t, err, "Sum of input lengths")
	_, err = datasets.RandomSplit(nil, []int{1}, 1)
	require.ErrorContains(t, err, "no dataset")
}

func TestSubsetAndConcat(t *testing.T) {
	d := labelled(0, 1, 2, 3, 4)
	s, err := datasets.Subset(d, []int{4, 0, 4})
	require.NoError(t, err)
	require.Equal(t, []int{4, 0, 4}, first(t, s))
	require.Equal(t, []int{4, 0, 4}, s.(datasets.Labelled).Targets())
	_, isRows := s.(datasets.Rows)
	require.True(t, isRows)
	_, err = datasets.Subset(d, []int{0, 5})
	require.EqualError(t, err, "datasets: subset: index 5 at position 1: the dataset has 5 samples")
	_, err = datasets.Subset(nil, nil)
	require.ErrorContains(t, err, "no dataset")

	empty, err := datasets.Subset(d, nil)
	require.NoError(t, err)
	c, err := datasets.Concat(empty, s, empty, d)
	require.NoError(t, err)
	require.Equal(t, []int{4, 0, 4, 0, 1, 2, 3, 4}, first(t, c))
	require.Equal(t, []int{4, 0, 4, 0, 1, 2, 3, 4}, c.(datasets.Labelled).Targets())
	_, err = c.At(8, nil)
	require.ErrorContains(t, err, "index 8 is out of range for 8 samples")
	all, err := epoch(&datasets.Loader{Dataset: c, BatchSize: 8})
	require.NoError(t, err)
	require.Equal(t, []float64{4, 0, 4, 0, 1, 2, 3, 4}, all[0].Y)
	mixed, err := datasets.Concat(numbers(2), d)
	require.NoError(t, err)
	require.Nil(t, mixed.(datasets.Labelled).Targets(), "one part has none")
	_, err = datasets.Concat()
	require.ErrorContains(t, err, "datasets should not be an empty iterable")
	_, err = datasets.Concat(d, nil)
	require.ErrorContains(t, err, "no dataset at position 1")

	pics, err := datasets.NewImageFolderFS(album(t, 3), datasets.ImageFolderConfig{})
	require.NoError(t, err)
	part, err := datasets.Subset(pics, []int{5, 1})
	require.NoError(t, err)
	dec, isDecoder := part.(datasets.Decoder)
	require.True(t, isDecoder, "a Cache and a Loader want one")
	stamp, err := dec.Stamp(0)
	require.NoError(t, err)
	require.Equal(t, "dog/002.png", stamp.Name)
	for _, i := range []int{-1, 2} {
		var img transforms.Image
		_, err = dec.Picture(i, &img, nil)
		require.Error(t, err)
		require.Error(t, dec.Decode(i, &img))
		_, err = dec.Finish(i, &img, nil)
		require.Error(t, err)
		_, err = dec.Stamp(i)
		require.Error(t, err)
	}
	plain, err := datasets.Concat(part, pictures{n: 2, h: 3, w: 4})
	require.NoError(t, err)
	_, isDecoder = plain.(datasets.Decoder)
	require.False(t, isDecoder)
	all, err = epoch(&datasets.Loader{Dataset: plain, BatchSize: 4})
	require.NoError(t, err)
	require.Equal(t, []float64{1, 0, 0, 1}, all[0].Y)
}

func TestInMemory(t *testing.T) {
	for _, x := range []*stheno.Tensor{
		stheno.TensorOf([]float32{1, 2, 3, 4}, 2, 2), stheno.TensorOf([]float64{1, 2, 3, 4}, 2, 2), stheno.TensorOf([]int64{1, 2, 3, 4}, 2, 2),
		stheno.TensorOf([]uint8{1, 2, 3, 4}, 2, 2),
	} {
		d := datasets.InMemory(x, nil)
		require.Nil(t, d.(datasets.Labelled).Targets())
		s, err := d.At(1, nil)
		require.NoError(t, err)
		require.Equal(t, x.DType(), s.X.DType())
		require.Equal(t, []float64{3, 4}, s.X.Floats())
		require.Nil(t, s.Y)
		all, err := epoch(&datasets.Loader{Dataset: d, BatchSize: 2})
		require.NoError(t, err)
		require.Equal(t, []float64{1, 2, 3, 4}, all[0].X)
	}
	s, err := datasets.InMemory(stheno.TensorOf([]bool{true, false}), nil).At(0, nil)
	require.NoError(t, err)
	require.Equal(t, stheno.Bool, s.X.DType())
	require.Empty(t, s.X.Shape())
	for want, d := range map[string]datasets.Dataset{
		"no x":                datasets.InMemory(nil, nil),
		"x has no dimensions": datasets.InMemory(stheno.ScalarOf(1.0), nil),
		"Size mismatch between tensors: x (2), y (3)": datasets.InMemory(stheno.TensorOf([]float64{1, 2}), stheno.TensorOf([]float64{1, 2, 3})),
		"3 elements given":                            datasets.InMemory(stheno.TensorOf([]float64{1, 2, 3}, 2), nil),
	} {
		_, err := epoch(&datasets.Loader{Dataset: d})
		require.ErrorContains(t, err, want)
	}
	_, err = labelled(1, 2).At(2, nil)
	require.ErrorContains(t, err, "index 2 is out of range for 2 samples")
}

func TestMap(t *testing.T) {
	d := datasets.Map(labelled(1, 2, 3), func(s datasets.Sample, r *rand.Rand) (datasets.Sample, error) {
		if v := s.X.Floats()[0]; v == 2 {
			return s, errors.New("two")
		}
		s.Y = stheno.ScalarOf(r.Float64())
		return s, nil
	})
	l := &datasets.Loader{Dataset: d, BatchSize: 2, DropLast: true}
	all, err := epoch(l)
	require.NoError(t, err)
	require.NotEqual(t, all[0].Y[0], all[0].Y[1])
	_, err = epoch(&datasets.Loader{Dataset: d})
	require.ErrorContains(t, err, "datasets: sample 2: two")
	_, err = datasets.Map(nil, nil).At(0, nil)
	require.ErrorContains(t, err, "the dataset or the function is nil")
	_, err = datasets.Map(numbers(1), nil).At(0, nil)
	require.ErrorContains(t, err, "the dataset or the function is nil")
}

func TestWithTransform(t *testing.T) {
	folder, err := datasets.NewImageFolderFS(album(t, 3), datasets.ImageFolderConfig{Transform: transforms.CenterCrop(2)})
	require.NoError(t, err)
	invert := transforms.Lambda(func(img *transforms.Image, _ *rand.Rand) error {
		for i, p := range img.Pixels() {
			img.Pixels()[i] = 255 - p
		}
		return nil
	})
	for name, base := range map[string]datasets.Dataset{"decoder": folder, "pictures": pictures{n: 6, h: 2, w: 2}} {
		d, err := datasets.WithTransform(base, invert)
		require.NoError(t, err)
		_, isDecoder := d.(datasets.Decoder)
		require.Equal(t, name == "decoder", isDecoder)
		plain, err := epoch(&datasets.Loader{Dataset: base, BatchSize: 6})
		require.NoError(t, err)
		inverted, err := epoch(&datasets.Loader{Dataset: d, BatchSize: 6})
		require.NoError(t, err)
		require.Equal(t, []int{6, 3, 2, 2}, inverted[0].Shape)
		for i, p := range plain[0].X {
			require.Equal(t, 255-p, inverted[0].X[i])
		}
		require.Equal(t, plain[0].Y, inverted[0].Y)
	}
	d, err := datasets.WithTransform(folder, nil)
	require.NoError(t, err)
	require.Equal(t, folder.Targets(), d.(datasets.Labelled).Targets())
	_, err = datasets.WithTransform(labelled(1), invert)
	require.ErrorContains(t, err, "expects a dataset of pictures, got *datasets.tensors; see Map")
	_, err = datasets.WithTransform(nil, invert)
	require.ErrorContains(t, err, "no dataset")
}
