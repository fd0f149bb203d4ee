// SPDX-License-Identifier: MIT

package datasets_test

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/datasets"
)

// Noisy is a custom data set: points of y = 2x, with new noise in each epoch.
type Noisy struct{ N int }

func (d Noisy) Len() int { return d.N }

func (d Noisy) At(i int, r *rand.Rand) (datasets.Sample, error) {
	x := float32(i) + 0.1*float32(r.NormFloat64())
	return datasets.Sample{
		X: stheno.TensorOf([]float32{x}),
		Y: stheno.TensorOf([]float32{2 * float32(i)}),
	}, nil
}

// Any type with Len and At is a Dataset. The Loader calls At from several goroutines. The numbers
// of r depend only on the sample and the epoch.
func ExampleDataset() {
	loader := &datasets.Loader{Dataset: Noisy{N: 5}, BatchSize: 2}
	for batch, err := range loader.All(context.Background()) {
		if err != nil {
			fmt.Println(err)
			return
		}
		targets, _ := stheno.Values[float32](batch.Y)
		fmt.Println(batch.X.Shape(), batch.Index, targets)
	}
	// Output:
	// (2,1) [0 1] [0 2]
	// (2,1) [2 3] [4 6]
	// (1,1) [4] [8]
}
