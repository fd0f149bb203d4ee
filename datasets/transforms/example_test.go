// SPDX-License-Identifier: MIT

package transforms_test

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/stheno-go/stheno/datasets"
	"github.com/stheno-go/stheno/datasets/fashion"
	"github.com/stheno-go/stheno/datasets/transforms"
)

// The usual augmentation of small images, on the embedded ones of Fashion-MNIST.
func Example() {
	mean, std := [3]float32{0.286, 0.286, 0.286}, [3]float32{0.353, 0.353, 0.353}
	train, err := fashion.Train(datasets.ImageFolderConfig{Transform: transforms.Compose{
		transforms.RandomCrop(28, 4),
		transforms.RandomHorizontalFlip(0.5),
		transforms.ToTensor(),
		transforms.Normalize(mean, std),
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	loader := &datasets.Loader{Dataset: train, BatchSize: 64, Shuffle: true, Seed: 1}
	for batch, err := range loader.All(context.Background()) {
		fmt.Println(batch.X.Shape(), batch.Y.Shape(), err)
		break
	}
	// Output: (64,3,28,28) (64) <nil>
}

// A wrong argument is an error when the data set is opened.
func ExampleCheck() {
	augment := transforms.Compose{transforms.RandomErasing(1.5), transforms.ToTensor()}
	fmt.Println(transforms.Check(augment))
	_, err := fashion.Train(datasets.ImageFolderConfig{Transform: augment})
	fmt.Println(err)
	// Output:
	// transforms: random erasing: Random erasing probability should be between 0 and 1, not 1.5
	// datasets: image folder: transforms: random erasing: Random erasing probability should be between 0 and 1, not 1.5
}

// A custom transform is a function. It must take its random numbers from its argument.
func ExampleLambda() {
	invert := transforms.Lambda(func(img *transforms.Image, r *rand.Rand) error {
		if r.IntN(2) == 0 {
			return nil
		}
		for i, v := range img.Pixels() {
			img.Pixels()[i] = 255 - v
		}
		return nil
	})
	var img transforms.Image
	for seed := range uint64(4) {
		copy(img.Reset(2, 1, 1), []uint8{0, 200})
		err := invert.Apply(&img, rand.New(rand.NewPCG(seed, 0)))
		fmt.Println(img.Pixels(), err)
	}
	// Output:
	// [0 200] <nil>
	// [255 55] <nil>
	// [255 55] <nil>
	// [255 55] <nil>
}

// The evaluation of ImageNet models: the shorter edge to 256 pixels, the middle 224.
func ExampleResize() {
	test, err := fashion.Test(datasets.ImageFolderConfig{Transform: transforms.Compose{
		transforms.Resize(256),
		transforms.CenterCrop(224),
		transforms.ToTensor(),
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	sample, err := test.At(0, nil)
	fmt.Println(sample.X.Shape(), err)
	// Output: (3,224,224) <nil>
}

// MixUp mixes the images of a batch and their classes.
func ExampleMixUp() {
	train, err := fashion.Train(datasets.ImageFolderConfig{Transform: transforms.ToTensor()})
	if err != nil {
		fmt.Println(err)
		return
	}
	loader := &datasets.Loader{
		Dataset: train, BatchSize: 32, Shuffle: true, Seed: 1,
		Transform: datasets.Mixed(transforms.MixUp{Alpha: new(0.2)}, len(train.Classes)),
	}
	for batch, err := range loader.All(context.Background()) {
		fmt.Println(batch.X.Shape(), batch.Y.Shape(), err)
		break
	}
	// Output: (32,3,28,28) (32,10) <nil>
}
