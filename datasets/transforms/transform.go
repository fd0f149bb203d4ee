// SPDX-License-Identifier: MIT

// Package transforms changes images between a file and a batch, as torchvision.transforms does.
//
//	train := transforms.Compose{
//		transforms.RandomResizedCrop(224), transforms.RandomHorizontalFlip(0.5),
//		transforms.ToTensor(), transforms.Normalize(mean, std),
//	}
//
// Deterministic transforms (resizing, padding, colours, rotations) give the same bits as
// torchvision on PIL images. Random transforms draw their numbers from a generator that is passed as
// an argument, and have torchvision's distributions. Nothing here is recorded.
//
// For torchvision's PILToTensor leave out [ToTensor]. FiveCrop and TenCrop, which make several
// images of one, are missing.
package transforms

import (
	"math/rand/v2"

	"github.com/stheno-go/stheno/internal/resample"
)

// Transform changes an image in place. A Transform may be used from several
// goroutines at a time, each with its own Image and r, from which it takes its random
// numbers. The Loader seeds one for each sample from (seed, epoch, index), so what a
// transform draws does not depend on the number of workers.
type Transform interface {
	Apply(img *Image, r *rand.Rand) error
}

// workspace is memory that transforms use again for the next image.
type workspace struct {
	resizer       resample.Resizer
	columns, rows []int32
	lines         []float32
}
