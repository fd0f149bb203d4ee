// SPDX-License-Identifier: MIT

package ops

import (
	"github.com/stheno-go/stheno/internal/dtype"
	"github.com/stheno-go/stheno/internal/kernels"
	"github.com/stheno-go/stheno/internal/storage"
)

var _ Effectful = BatchNormStats{}

// Apply implements [Effectful]: it moves the running mean and variance, the first two of s,
// towards the statistics of a batch, the variance unbiased, and counts the batch in the
// third, an int64, if that is there. The numbers are the momentum, NaN for the cumulative
// mean, and how many elements of the batch a channel has.
func (BatchNormStats) Apply(stats *storage.Buffer, s State, n Numbers) error {
	mean, variance, batches := s[0], s[1], s[2]
	if mean.DType() != stats.DType() || variance.DType() != stats.DType() {
		return &KernelError{Op: "batch_norm", Err: dtypeErrorf("running statistics are %v and %v, input is %v", mean.DType(), variance.DType(), stats.DType())}
	}
	momentum, size := n[0], n[1]
	if batches != nil {
		count, err := storage.Write[int64](batches)
		if err != nil {
			return err
		}
		count[0]++
		if momentum != momentum {
			momentum = 1 / float64(count[0])
		}
	}
	unbias := size / (size - 1)
	if stats.DType() == dtype.Float32 {
		return moveStats[float32](mean, variance, stats, momentum, unbias)
	}
	return moveStats[float64](mean, variance, stats, momentum, unbias)
}

func moveStats[T kernels.Float](mean, variance, stats *storage.Buffer, momentum, unbias float64) error {
	batch, err := storage.Host[T](stats)
	if err != nil {
		return err
	}
	m, err := storage.Write[T](mean)
	if err != nil {
		return err
	}
	v, err := storage.Write[T](variance)
	if err != nil {
		return err
	}
	moveTo(m, batch[:len(m)], momentum, 1)
	moveTo(v, batch[2*len(m):], momentum, unbias)
	return nil
}

// moveTo is x = (1-momentum)·x + momentum·to·scale. The conversions keep compilers from
// fusing the products with the sum, which would give other bits.
func moveTo[T kernels.Float](x, to []T, momentum, scale float64) {
	for i, v := range x {
		x[i] = T(float64((1-momentum)*float64(v)) + float64(momentum*float64(to[i])*scale))
	}
}
