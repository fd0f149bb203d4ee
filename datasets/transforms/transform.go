// SPDX-License-Identifier: MIT

// Package transforms changes images on their way from a file into a batch, as
// torchvision.transforms does. It knows no Variables: nothing here is recorded.
//
// What is deterministic gives the same bits as torchvision on PIL images: resizing,
// padding, colours, rotations. What is random takes its numbers from a generator that
// comes as an argument, and has torchvision's distributions.
//
// torchvision's PILToTensor is to leave [ToTensor] out. FiveCrop and TenCrop, which make
// several images of one, are missing.
package transforms

import (
	"math/rand/v2"

	"github.com/stheno-go/stheno/internal/resample"
)

// Rand is where a transform takes its random numbers from. The Loader seeds one for
// each sample from (seed, epoch, index), so what a transform draws does not depend on
// the number of workers.
type Rand = *rand.Rand

// Transform changes an image in place. A Transform may be used from several
// goroutines at a time, each with its own Image and Rand.
type Transform interface {
	Apply(img *Image, r Rand) error
}

// workspace is memory that transforms use again for the next image.
type workspace struct {
	resizer       resample.Resizer
	columns, rows []int32
	lines         []float32
}
