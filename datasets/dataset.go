// SPDX-License-Identifier: MIT

// Package datasets reads data and draws batches from it, as torch.utils.data and
// torchvision.datasets do.
//
// A [Dataset] has samples: image folders, MNIST, CIFAR, CSV tables, tensors in memory, and parts and
// combinations of others. A [Loader] draws batches from one, in parallel and in a reproducible
// order:
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
// A [Cache] keeps decoded images. Nothing is ever downloaded.
package datasets

import (
	"math/rand/v2"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/datasets/transforms"
)

// Sample is one element of a Dataset: an input X and its target Y, which may be nil. Named holds
// what else belongs to it, such as a mask, a length or a second target.
type Sample struct {
	X, Y  *stheno.Tensor
	Named map[string]*stheno.Tensor
}

// Batch is several samples stacked on a first dimension, with their indices in the
// Dataset. Named has the names of the samples.
type Batch struct {
	X, Y  *stheno.Variable
	Named map[string]*stheno.Variable
	Index []int
}

// Dataset is a sequence of samples that can be read in any order, from several
// goroutines at a time. What is random takes its numbers from r, which the [Loader] seeds for
// each sample from (seed, epoch, index): it does not depend on the number of workers.
type Dataset interface {
	Len() int
	At(i int, r *rand.Rand) (Sample, error)
}

// Pictures is a Dataset of images with classes. A [Loader] has it draw into an Image
// of the Loader's own and writes that straight into the batch, without a Tensor for
// each sample.
type Pictures interface {
	Dataset
	// Picture reads image i into img, which holds memory to use again, applies the
	// transforms, and returns the class.
	Picture(i int, img *transforms.Image, r *rand.Rand) (class int, err error)
}

// Rows is a Dataset whose samples lie in memory as rows of tensors. A [Loader] copies
// them from there into the batch, without a Tensor for each sample. No random numbers
// are involved.
type Rows interface {
	Dataset
	// Row returns the tensors that sample i lies in, y being nil without targets, and
	// the index of its row on their first dimension.
	Row(i int) (x, y *stheno.Tensor, row int)
}
