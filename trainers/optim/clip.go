// SPDX-License-Identifier: MIT

package optim

import (
	"fmt"
	"math"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/access"
	"github.com/stheno-go/stheno/internal/dtype"
	"github.com/stheno-go/stheno/internal/kernels"
	"github.com/stheno-go/stheno/internal/storage"
)

// ClipGradNorm scales the gradients of params so that their p-norm, taken together, is
// at most limit, and returns what it was (torch.nn.utils.clip_grad_norm_). p may be
// +Inf. A norm that is not finite is an error, and then nothing is scaled.
func ClipGradNorm(params []*stheno.Variable, limit, p float64) (float64, error) {
	if !(limit > 0) || !(p > 0) {
		return 0, fmt.Errorf("optim: the norm's limit %v and order %v must be positive", limit, p)
	}
	total := 0.0
	for _, g := range gradients(params) {
		if g.DType() == dtype.Float32 {
			total = addNorm(total, storage.View[float32](g), p)
		} else {
			total = addNorm(total, storage.View[float64](g), p)
		}
	}
	if !math.IsInf(p, 1) {
		total = math.Pow(total, 1/p)
	}
	if math.IsNaN(total) || math.IsInf(total, 0) {
		return total, fmt.Errorf("optim: the total norm of order %v for gradients is %v, so it cannot be clipped", p, total)
	}
	if factor := limit / (total + 1e-6); factor < 1 {
		for _, g := range gradients(params) {
			if g.DType() == dtype.Float32 {
				kernels.MulScalar(storage.View[float32](g), storage.View[float32](g), float32(factor))
			} else {
				kernels.MulScalar(storage.View[float64](g), storage.View[float64](g), factor)
			}
			g.Touch()
		}
	}
	return total, nil
}

// addNorm adds |x| to the power p to sum; of p = +Inf it returns the largest.
func addNorm[T kernels.Float](sum float64, x []T, p float64) float64 {
	for _, v := range x {
		a := math.Abs(float64(v))
		switch {
		case math.IsInf(p, 1):
			sum = math.Max(sum, a)
		case p == 2:
			sum += a * a
		default:
			sum += math.Pow(a, p)
		}
	}
	return sum
}

// ClipGradValue limits every element of the gradients of params to [-limit, limit].
func ClipGradValue(params []*stheno.Variable, limit float64) error {
	if !(limit > 0) {
		return fmt.Errorf("optim: the limit %v must be positive", limit)
	}
	for _, g := range gradients(params) {
		if g.DType() == dtype.Float32 {
			clamp(storage.View[float32](g), float32(limit))
		} else {
			clamp(storage.View[float64](g), limit)
		}
		g.Touch()
	}
	return nil
}

func clamp[T kernels.Float](x []T, limit T) {
	kernels.MinimumScalar(x, x, limit)
	kernels.MaximumScalar(x, x, -limit)
}

// gradients returns the memory of the gradients that are there.
func gradients(params []*stheno.Variable) []*storage.Buffer {
	var list []*storage.Buffer
	for _, p := range params {
		if p == nil || p.Err() != nil || !p.IsLeaf() || !p.RequiresGrad() {
			continue
		}
		if x := access.Node(p).Extra(); x.HasGrad {
			list = append(list, x.GradData)
		}
	}
	return list
}
