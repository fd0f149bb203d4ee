// SPDX-License-Identifier: MIT

package datasets

import (
	"math/rand/v2"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/datasets/transforms"
)

// view is a Dataset of samples of other Datasets, its parts.
type view struct {
	parts []Dataset
	n     int
	// find returns the part of sample i and its index there.
	find func(i int) (part, at int)
}

// dataset returns v with the optional interfaces that all parts implement.
func (v view) dataset() Dataset {
	switch {
	case all[Decoder](v.parts):
		return decoderView{pictureView{v}}
	case all[Pictures](v.parts):
		return pictureView{v}
	case all[Rows](v.parts):
		return rowView{v}
	}
	return v
}

func all[T Dataset](list []Dataset) bool {
	for _, d := range list {
		if _, ok := d.(T); !ok {
			return false
		}
	}
	return true
}

func (v view) Len() int { return v.n }

func (v view) At(i int, r *rand.Rand) (Sample, error) {
	if err := within(i, v.n); err != nil {
		return Sample{}, err
	}
	part, at := v.find(i)
	return v.parts[part].At(at, r)
}

// Targets implements [Labelled]. It returns nil unless all parts have targets.
func (v view) Targets() []int {
	of := make([][]int, len(v.parts))
	for p, d := range v.parts {
		if of[p] = targets(d); of[p] == nil {
			return nil
		}
	}
	out := make([]int, v.n)
	for i := range out {
		part, at := v.find(i)
		out[i] = of[part][at]
	}
	return out
}

type rowView struct{ view }

func (v rowView) Row(i int) (x, y *stheno.Tensor, row int) {
	part, at := v.find(i)
	return v.parts[part].(Rows).Row(at)
}

type pictureView struct{ view }

func (v pictureView) Picture(i int, img *transforms.Image, r *rand.Rand) (class int, err error) {
	if err := within(i, v.n); err != nil {
		return 0, err
	}
	part, at := v.find(i)
	return v.parts[part].(Pictures).Picture(at, img, r)
}

type decoderView struct{ pictureView }

func (v decoderView) decoder(i int) (Decoder, int, error) {
	if err := within(i, v.n); err != nil {
		return nil, 0, err
	}
	part, at := v.find(i)
	return v.parts[part].(Decoder), at, nil
}

func (v decoderView) Decode(i int, img *transforms.Image) error {
	d, at, err := v.decoder(i)
	if err != nil {
		return err
	}
	return d.Decode(at, img)
}

func (v decoderView) Finish(i int, img *transforms.Image, r *rand.Rand) (class int, err error) {
	d, at, err := v.decoder(i)
	if err != nil {
		return 0, err
	}
	return d.Finish(at, img, r)
}

func (v decoderView) Stamp(i int) (Stamp, error) {
	d, at, err := v.decoder(i)
	if err != nil {
		return Stamp{}, err
	}
	return d.Stamp(at)
}
