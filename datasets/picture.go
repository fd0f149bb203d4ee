// SPDX-License-Identifier: MIT

package datasets

import (
	"math/rand/v2"
	"sync"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/datasets/transforms"
)

// images reuses Images for At.
var images = sync.Pool{New: func() any { return new(transforms.Image) }}

// pictureAt implements At for Pictures; see [ImageFolder.At].
func pictureAt(d Pictures, i int, r *rand.Rand) (Sample, error) {
	img := images.Get().(*transforms.Image)
	defer images.Put(img)
	if r == nil {
		r = rand.New(rand.NewPCG(0, uint64(i)))
	}
	class, err := d.Picture(i, img, r)
	if err != nil {
		return Sample{}, err
	}
	x, err := imageTensor(img)
	return Sample{X: x, Y: stheno.ScalarOf(int64(class))}, err
}

func imageTensor(img *transforms.Image) (*stheno.Tensor, error) {
	c, h, w := img.Shape()
	if img.IsFloat() {
		dst := make([]float32, c*h*w)
		return stheno.TensorOf(dst, c, h, w), img.CopyTo(dst)
	}
	dst := make([]uint8, c*h*w)
	return stheno.TensorOf(dst, c, h, w), img.CopyBytes(dst)
}
