// SPDX-License-Identifier: MIT

// Package datasets implements data sets and loaders, as torch.utils.data and
// torchvision.datasets do.
//
// A [Dataset] is a list of samples: an image folder, MNIST, CIFAR, a CSV table, tensors in memory,
// or a part or combination of others. A [Loader] draws batches from one, in parallel and in a
// reproducible order:
//
//	train, err := datasets.NewImageFolder("photos/train", datasets.ImageFolderConfig{
//		Transform: transforms.Compose{transforms.RandomResizedCrop(224), transforms.ToTensor()},
//	})
//	if err != nil {
//		return err
//	}
//	loader := &datasets.Loader{Dataset: train, BatchSize: 128, Shuffle: true, Seed: 1}
//	for batch, err := range loader.All(ctx) { // one epoch
//		if err != nil {
//			return err
//		}
//		// batch.X (N,C,H,W), batch.Y (N)
//	}
//
// A [Cache] keeps decoded images. Nothing is downloaded.
package datasets

import (
	"math/rand/v2"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/datasets/transforms"
)

// Sample is one element of a Dataset: an input X and its target Y, which may be nil. Named has
// additional tensors, such as a mask, a length or a second target.
type Sample struct {
	X, Y  *stheno.Tensor
	Named map[string]*stheno.Tensor
}

// Batch is a stack of samples along a new first dimension, with their indices in the Dataset. Named
// has the names of the samples.
type Batch struct {
	X, Y  *stheno.Variable
	Named map[string]*stheno.Variable
	Index []int
}

// Dataset is a list of samples that can be read in any order by several goroutines. Random samples
// draw from r, which the [Loader] seeds for each sample from (seed, epoch, index), so that they do
// not depend on the number of workers.
type Dataset interface {
	Len() int
	At(i int, r *rand.Rand) (Sample, error)
}

// Pictures is a Dataset of images with classes. A [Loader] reads them into reused Images and writes
// these into the batch, without a Tensor for each sample.
type Pictures interface {
	Dataset
	// Picture reads image i into img, reusing its memory, applies the transforms, and returns the
	// class.
	Picture(i int, img *transforms.Image, r *rand.Rand) (class int, err error)
}

// Rows is a Dataset whose samples are rows of tensors in memory. A [Loader] copies them into the
// batch, without a Tensor for each sample. The samples are not random.
type Rows interface {
	Dataset
	// Row returns the tensors that contain sample i, and its index along their first dimension. y is
	// nil if there are no targets.
	Row(i int) (x, y *stheno.Tensor, row int)
}
