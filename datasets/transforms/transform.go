// SPDX-License-Identifier: MIT

// Package transforms implements image transforms, as torchvision.transforms.
//
//	train := transforms.Compose{
//		transforms.RandomResizedCrop(224), transforms.RandomHorizontalFlip(0.5),
//		transforms.ToTensor(), transforms.Normalize(mean, std),
//	}
//
// Deterministic transforms (resizing, padding, colors, rotations) give the same bits as torchvision on
// PIL images. Random transforms draw from a generator that is passed as an argument, and have
// torchvision's distributions.
//
// For torchvision's PILToTensor, omit [ToTensor]. FiveCrop and TenCrop, which return several images,
// are not implemented.
package transforms

import (
	"math/rand/v2"

	"github.com/stheno-go/stheno/internal/resample"
)

// Transform changes an image in place. It may be used by several goroutines at the same time, each
// with its own Image and random generator r. A Loader seeds r for each sample from (seed, epoch,
// index), so that results do not depend on the number of workers.
type Transform interface {
	Apply(img *Image, r *rand.Rand) error
}

// workspace is scratch memory of transforms, reused from image to image.
type workspace struct {
	resizer       resample.Resizer
	columns, rows []int32
	lines         []float32
}
