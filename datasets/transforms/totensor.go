// SPDX-License-Identifier: MIT

package transforms

import (
	"fmt"
	"math/rand/v2"

	"github.com/stheno-go/stheno/internal/planes"
)

type toTensor struct{}

// ToTensor returns a transform that converts 8-bit pixels to float32 values between 0 and 1 by
// dividing them by 255. Float images are not changed. Put it after all transforms of 8-bit pixels.
func ToTensor() Transform { return toTensor{} }

func (toTensor) Apply(img *Image, _ *rand.Rand) error {
	if err := img.check(); err != nil {
		return err
	}
	if !img.float {
		img.float = true
		img.tables.steps = img.tables.steps[:0]
	}
	return nil
}

type normalize struct {
	checked
	mean, std []float32
}

// Normalize returns a transform that subtracts the mean and divides by the standard deviation of each
// channel. It must come after [ToTensor]. A single value applies to all channels.
func Normalize[V []float32 | [1]float32 | [3]float32](mean, std V) Transform {
	t := normalize{mean: values(mean), std: values(std)}
	if len(t.mean) == 0 || len(t.std) == 0 {
		t.wrong("normalize", "no values: mean %v, std %v", t.mean, t.std)
	}
	for _, v := range t.mean {
		if !finite(float64(v)) {
			t.wrong("normalize", "mean %v is not finite", t.mean)
		}
	}
	for _, v := range t.std {
		if v == 0 {
			t.wrong("normalize", "std evaluated to zero after conversion to torch.float32, leading to division by zero.")
		}
		if v != v {
			t.wrong("normalize", "std %v is not a number", t.std)
		}
	}
	return t
}

func values(v any) []float32 {
	switch v := v.(type) {
	case [1]float32:
		return v[:]
	case [3]float32:
		return v[:]
	case []float32:
		return append([]float32(nil), v...)
	}
	return nil
}

func (n normalize) Apply(img *Image, _ *rand.Rand) error {
	if n.err != nil {
		return n.err
	}
	if err := img.check(); err != nil {
		return err
	}
	if !img.float {
		return fmt.Errorf("transforms: normalize: image has 8-bit pixels: put ToTensor before it")
	}
	mean, err := perChannel("normalize", "mean", n.mean, img.channels)
	if err != nil {
		return err
	}
	std, err := perChannel("normalize", "std", n.std, img.channels)
	if err != nil {
		return err
	}
	if img.planes {
		img.flattenFloats()
		for c := range img.channels {
			plane := img.real[c*img.area:][:img.area]
			for i, v := range plane {
				plane[i] = (v - mean[c]) / std[c]
			}
		}
		return nil
	}
	for c := range img.channels {
		img.tables.steps = append(img.tables.steps, planes.Normal{Mean: mean[c], Std: std[c]})
	}
	return nil
}

// perChannel returns a value for each channel from one for all or one for each.
func perChannel[T any](transform, name string, v []T, channels int) (all [maxChannels]T, err error) {
	switch len(v) {
	case channels:
		copy(all[:], v)
	case 1:
		set(all[:], v[0])
	default:
		err = fmt.Errorf("transforms: %s: %s has %d values, the image has %d channels", transform, name, len(v), channels)
	}
	return all, err
}
