// SPDX-License-Identifier: MIT

package datasets_test

import (
	"context"
	"fmt"
	"log"
	"strings"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/datasets"
	"github.com/stheno-go/stheno/datasets/fashion"
	"github.com/stheno-go/stheno/datasets/transforms"
)

// Two epochs of shuffled, augmented batches of the embedded images.
func Example() {
	train, err := fashion.Train(datasets.ImageFolderConfig{
		Transform: transforms.Compose{
			transforms.RandomCrop(28, 2), transforms.RandomHorizontalFlip(0.5),
			transforms.Grayscale(1), transforms.ToTensor(), transforms.Normalize([]float32{0.286}, []float32{0.353}),
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	loader := &datasets.Loader{Dataset: train, BatchSize: 128, Shuffle: true, Seed: 1}
	for loader.Epoch() < 2 {
		samples := 0
		for batch, err := range loader.All(context.Background()) {
			if err != nil {
				log.Fatal(err)
			}
			if samples == 0 {
				fmt.Println(batch.X.Shape(), batch.Y.Shape())
			}
			samples += len(batch.Index)
		}
		fmt.Println(samples, "samples in", loader.Len(), "batches")
	}
	// Output:
	// (128,1,28,28) (128)
	// 10000 samples in 79 batches
	// (128,1,28,28) (128)
	// 10000 samples in 79 batches
}

func ExampleImageFolder() {
	test, err := fashion.Test(datasets.ImageFolderConfig{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(strings.Join(test.Classes, " "))
	fmt.Println(test.Len(), test.Samples[0].Path, test.ClassToIndex["bag"])
	s, err := test.At(0, nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(s.X.Shape(), s.X.DType(), s.Y)
	// Output:
	// ankle-boot bag coat dress pullover sandal shirt sneaker t-shirt trouser
	// 2000 ankle-boot/00000.png 1
	// (3,28,28) uint8 0
}

// Hold out a part for validation, and augment only the training part.
func ExampleWithTransform() {
	all, err := fashion.Test(datasets.ImageFolderConfig{})
	if err != nil {
		log.Fatal(err)
	}
	parts, err := datasets.RandomSplit(all, []float64{0.9, 0.1}, 1)
	if err != nil {
		log.Fatal(err)
	}
	train, err := datasets.WithTransform(parts[0], transforms.Compose{transforms.RandomHorizontalFlip(0.5), transforms.ToTensor()})
	if err != nil {
		log.Fatal(err)
	}
	val, err := datasets.WithTransform(parts[1], transforms.ToTensor())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(train.Len(), val.Len())
	// Output: 1800 200
}

// The second epoch reads the pictures from memory.
func ExampleCache() {
	test, err := fashion.Test(datasets.ImageFolderConfig{Transform: transforms.ToTensor()})
	if err != nil {
		log.Fatal(err)
	}
	cache, err := datasets.NewCache(test, datasets.CacheConfig{MaxBytes: 64 << 20})
	if err != nil {
		log.Fatal(err)
	}
	defer cache.Close()
	loader := &datasets.Loader{Dataset: cache, BatchSize: 100}
	for loader.Epoch() < 2 {
		for _, err := range loader.All(context.Background()) {
			if err != nil {
				log.Fatal(err)
			}
		}
	}
	fmt.Printf("%+v\n", cache.Stats())
	// Output: {Images:2000 Bytes:4704000 Hits:2000 Misses:2000}
}

func ExampleReadCSV() {
	table, err := datasets.ReadCSV(strings.NewReader("size,colour,sold\n50,red,no\n70,blue,yes\nNA,red,yes\n"), datasets.CSVConfig{})
	if err != nil {
		log.Fatal(err)
	}
	x, names, err := table.DropMissing().Features("size", "colour")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(names)
	fmt.Println(x.Floats())
	// Output:
	// [size colour=blue colour=red]
	// [50 0 1 70 1 0]
}

// Resume in the middle of an epoch. The state is plain data that can be stored in a checkpoint.
func ExampleLoader_SetState() {
	x := stheno.TensorOf([]float32{0, 1, 2, 3, 4, 5, 6, 7}, 8, 1)
	newLoader := func() *datasets.Loader {
		return &datasets.Loader{Dataset: datasets.InMemory(x, nil), BatchSize: 2, Shuffle: true, Seed: 3}
	}
	first := newLoader()
	var state datasets.LoaderState
	for batch, err := range first.All(context.Background()) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println("first run", batch.Index)
		if state = first.State(); state.Batch == 2 {
			break
		}
	}
	second := newLoader()
	if err := second.SetState(state); err != nil {
		log.Fatal(err)
	}
	for batch, err := range second.All(context.Background()) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println("second run", batch.Index)
	}
	// Output:
	// first run [4 1]
	// first run [7 6]
	// second run [5 0]
	// second run [3 2]
}
