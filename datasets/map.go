// SPDX-License-Identifier: MIT

package datasets

import (
	"fmt"
	"math/rand/v2"

	"github.com/stheno-go/stheno/datasets/transforms"
	"github.com/stheno-go/stheno/internal/absent"
)

// Map returns d with f applied to each sample when it is read, by several goroutines at the same
// time. f must not modify its tensors: d may share their memory. For images [WithTransform] is
// faster.
func Map(d Dataset, f func(s Sample, r *rand.Rand) (Sample, error)) Dataset {
	if absent.Is(d) || f == nil {
		return broken{fmt.Errorf("datasets: map: the dataset or the function is nil")}
	}
	return changed{d, f}
}

type changed struct {
	Dataset
	f func(Sample, *rand.Rand) (Sample, error)
}

func (m changed) At(i int, r *rand.Rand) (Sample, error) {
	s, err := m.Dataset.At(i, r)
	if err != nil {
		return Sample{}, err
	}
	return m.f(s, r)
}

// WithTransform returns the images of d with t applied after d's own transforms. For example, the
// parts of a split can have different transforms:
//
//	parts, err := datasets.RandomSplit(folder, []float64{0.9, 0.1}, 1)
//	train, err := datasets.WithTransform(parts[0], augment)
//	val, err := datasets.WithTransform(parts[1], plain)
//
// If d is a [Decoder], the result is one too.
func WithTransform(d Dataset, t transforms.Transform) (Dataset, error) {
	if err := checkTransform(t); err != nil {
		return nil, fmt.Errorf("datasets: with transform: %w", err)
	}
	if absent.Is(d) {
		return nil, fmt.Errorf("datasets: with transform: no dataset")
	}
	switch d := d.(type) {
	case Decoder:
		return transformedDecoder{transformed{d, t}, d}, nil
	case Pictures:
		return transformed{d, t}, nil
	}
	return nil, fmt.Errorf("datasets: with transform: expects a dataset of pictures, got %T; see Map", d)
}

type transformed struct {
	pictures Pictures
	t        transforms.Transform
}

func (d transformed) Len() int { return d.pictures.Len() }

func (d transformed) At(i int, r *rand.Rand) (Sample, error) { return pictureAt(d, i, r) }

func (d transformed) Targets() []int { return targets(d.pictures) }

func (d transformed) Picture(i int, img *transforms.Image, r *rand.Rand) (class int, err error) {
	if class, err = d.pictures.Picture(i, img, r); err != nil {
		return 0, err
	}
	return class, apply(d.t, img, r)
}

type transformedDecoder struct {
	transformed
	decoder Decoder
}

func (d transformedDecoder) Decode(i int, img *transforms.Image) error {
	return d.decoder.Decode(i, img)
}

func (d transformedDecoder) Finish(i int, img *transforms.Image, r *rand.Rand) (class int, err error) {
	if class, err = d.decoder.Finish(i, img, r); err != nil {
		return 0, err
	}
	return class, apply(d.t, img, r)
}

func (d transformedDecoder) Stamp(i int) (Stamp, error) { return d.decoder.Stamp(i) }

// checkTransform returns the error in the arguments of t, if any.
func checkTransform(t transforms.Transform) error {
	if t == nil {
		return nil
	}
	return transforms.Check(t)
}

// apply is t.Apply; a nil t changes nothing.
func apply(t transforms.Transform, img *transforms.Image, r *rand.Rand) error {
	if t == nil {
		return nil
	}
	return t.Apply(img, r)
}
