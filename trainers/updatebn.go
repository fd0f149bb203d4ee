// SPDX-License-Identifier: MIT

package trainers

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/datasets"
	"github.com/stheno-go/stheno/internal/access"
	"github.com/stheno-go/stheno/internal/caught"
	"github.com/stheno-go/stheno/internal/storage"
	"github.com/stheno-go/stheno/layers"
)

// UpdateBN computes the running statistics of m's batch normalizations from scratch: they
// become the means over the batches of an epoch of l (torch.optim.swa_utils.update_bn).
// Averaged weights need it; see [Average]. m is left in evaluation mode. Without batch
// normalizations it does nothing else.
func UpdateBN(ctx context.Context, l *datasets.Loader, m stheno.Module) error {
	if ctx == nil || l == nil || m == nil {
		return fmt.Errorf("trainers: UpdateBN: ctx, loader and model are needed: %w", stheno.ErrValue)
	}
	err := caught.Do(func() error { return updateBN(ctx, l, m) })
	if isPanic(err) {
		return fmt.Errorf("trainers: UpdateBN: %w", err)
	}
	return err
}

func updateBN(ctx context.Context, l *datasets.Loader, m stheno.Module) (err error) {
	var momenta []**float64
	var failed error
	err = stheno.Visit(m, func(module any) {
		switch b := module.(type) {
		case *layers.BatchNorm1d:
			if b.RunningMean != nil {
				failed = errors.Join(failed, restart(b.RunningMean, b.RunningVar, b.NumBatchesTracked))
				momenta = append(momenta, &b.Momentum)
			}
		case *layers.BatchNorm2d:
			if b.RunningMean != nil {
				failed = errors.Join(failed, restart(b.RunningMean, b.RunningVar, b.NumBatchesTracked))
				momenta = append(momenta, &b.Momentum)
			}
		}
	})
	if err = errors.Join(err, failed); err != nil || len(momenta) == 0 {
		return err
	}
	for _, p := range momenta {
		old := *p
		*p = new(math.NaN())
		defer func() { *p = old }()
	}
	if err := stheno.Train(m); err != nil {
		return err
	}
	batches := 0
	for b, err := range l.All(ctx) {
		if err != nil {
			return err
		}
		if _, err := stheno.Call(m, b.X).Tensor(); err != nil {
			return err
		}
		batches++
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if batches == 0 {
		return fmt.Errorf("trainers: UpdateBN: the loader has no batches: %w", stheno.ErrValue)
	}
	return stheno.Eval(m)
}

// restart sets running statistics to what a new layer has.
func restart(mean, variance, batches *stheno.Variable) error {
	err := errors.Join(fill(mean, 0), fill(variance, 1))
	if batches != nil {
		err = errors.Join(err, fillOf[int64](batches, 0))
	}
	return err
}

func fill(v *stheno.Variable, x float64) error {
	if v.DType() == stheno.Float32 {
		return fillOf(v, float32(x))
	}
	return fillOf(v, x)
}

func fillOf[T float32 | float64 | int64](v *stheno.Variable, x T) error {
	s, err := storage.Write[T](access.Node(v).Data())
	for i := range s {
		s[i] = x
	}
	return err
}
