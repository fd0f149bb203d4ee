// SPDX-License-Identifier: MIT

package datasets

import (
	"fmt"
	"math/rand/v2"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/datasets/transforms"
	"github.com/stheno-go/stheno/internal/access"
	"github.com/stheno-go/stheno/internal/storage"
)

// Mixed returns t as the Transform of a [Loader]:
//
//	Transform: datasets.Mixed(transforms.MixUp{Alpha: new(0.2)}, 10)
//
// X must be float32 of shape (N, C, H, W) and is changed in place. Y must be class indices, int64
// of shape (N), which become probabilities, float32 of shape (N, classes), as a cross-entropy loss
// accepts them; or already such probabilities. Other batches are an error.
func Mixed(t transforms.BatchTransform, classes int) func(Batch, *rand.Rand) (Batch, error) {
	return func(b Batch, r *rand.Rand) (Batch, error) {
		if t == nil {
			return Batch{}, fmt.Errorf("mixed: transform is nil")
		}
		x, err := leaf[float32](b.X, "X", 4)
		if err != nil {
			return Batch{}, err
		}
		s := b.X.Shape()
		y, err := shares(b.Y, s[0], classes)
		if err != nil {
			return Batch{}, err
		}
		err = t.ApplyBatch(transforms.Batch{X: x, Y: y, N: s[0], Channels: s[1], Height: s[2], Width: s[3], Classes: classes}, r)
		if err != nil {
			return Batch{}, err
		}
		b.Y = stheno.FromTensor(stheno.TensorOf(y, s[0], classes))
		return b, nil
	}
}

// leaf returns the memory of v, which must have the given number of dimensions.
func leaf[T float32 | int64](v *stheno.Variable, name string, dims int) ([]T, error) {
	if v == nil {
		return nil, fmt.Errorf("mixed: the batch has no %s", name)
	}
	if err := v.Err(); err != nil {
		return nil, err
	}
	var want T
	data := access.Node(v).Data()
	if data == nil || len(v.Shape()) != dims || v.DType().String() != fmt.Sprintf("%T", want) {
		return nil, fmt.Errorf("mixed: %s is %v of shape %v, expects %T with %d dimensions", name, v.DType(), v.Shape(), want, dims)
	}
	return storage.Host[T](data)
}

// shares returns the probabilities of the classes, a row for each of n samples.
func shares(v *stheno.Variable, n, classes int) ([]float32, error) {
	if v != nil && len(v.Shape()) == 2 {
		y, err := leaf[float32](v, "Y", 2)
		if err == nil && len(y) != n*classes {
			err = fmt.Errorf("mixed: Y has shape %v, expects %v", v.Shape(), stheno.Shape{n, classes})
		}
		return append([]float32(nil), y...), err
	}
	labels, err := leaf[int64](v, "Y", 1)
	if err != nil {
		return nil, err
	}
	if len(labels) != n || classes <= 0 {
		return nil, fmt.Errorf("mixed: X has %d images, Y %d labels, and there are %d classes", n, len(labels), classes)
	}
	y := make([]float32, n*classes)
	for i, label := range labels {
		if label < 0 || label >= int64(classes) {
			return nil, fmt.Errorf("mixed: label %d is not one of %d classes", label, classes)
		}
		y[i*classes+int(label)] = 1
	}
	return y, nil
}
