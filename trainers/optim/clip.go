// SPDX-License-Identifier: MIT

package optim

import (
	"math"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/access"
	"github.com/stheno-go/stheno/internal/dtype"
	"github.com/stheno-go/stheno/internal/kernels"
	"github.com/stheno-go/stheno/internal/storage"
)

// ClipOption is an option of [ClipGradNorm].
type ClipOption interface{ applyClip(*clipping) }

type clipping struct{ finite bool }

type clipOption func(*clipping)

func (f clipOption) applyClip(c *clipping) { f(c) }

// ErrorIfNonFinite makes [ClipGradNorm] return an error, and leave the gradients unchanged, if the
// norm is NaN or infinite.
func ErrorIfNonFinite() ClipOption { return clipOption(func(c *clipping) { c.finite = true }) }

// ClipGradNorm scales the gradients of params so that their total norm of order p is at most limit,
// and returns the norm before scaling. They are multiplied by limit/(norm + 1e-6) if that is less
// than 1. p may be +Inf. As in torch.nn.utils.clip_grad_norm_, if the norm is infinite, infinite
// elements become NaN and all others 0, and if it is NaN, all elements become NaN; see
// [ErrorIfNonFinite].
func ClipGradNorm(params []*stheno.Variable, limit, p float64, opts ...ClipOption) (float64, error) {
	if !(limit >= 0) || !(p > 0) {
		return 0, invalid("clip: the norm's limit %v and order %v must be positive", limit, p)
	}
	var c clipping
	for _, o := range opts {
		if o != nil {
			o.applyClip(&c)
		}
	}
	list, err := gradients(params)
	if err != nil {
		return 0, err
	}
	total, err := norm(list, p)
	if err != nil {
		return 0, err
	}
	if c.finite && (math.IsNaN(total) || math.IsInf(total, 0)) {
		return total, invalid("clip: The total norm of order %v for gradients from `parameters` is non-finite, so it cannot be clipped", p)
	}
	factor := limit / (total + 1e-6)
	if factor >= 1 {
		return total, nil
	}
	return total, scale(list, factor)
}

// norm returns the norm of order p of all elements.
func norm(list []*storage.Buffer, p float64) (float64, error) {
	total := 0.0
	for _, g := range list {
		var part float64
		var err error
		if g.DType() == dtype.Float32 {
			part, err = powersOf[float32](g, p)
		} else {
			part, err = powersOf[float64](g, p)
		}
		if err != nil {
			return 0, invalid("%w", err)
		}
		if math.IsInf(p, 1) {
			total = max(total, part)
		} else {
			total += part
		}
	}
	switch {
	case p == 2:
		return math.Sqrt(total), nil
	case math.IsInf(p, 1), p == 1:
		return total, nil
	}
	return math.Pow(total, 1/p), nil
}

func powersOf[T kernels.Float](b *storage.Buffer, p float64) (float64, error) {
	x, err := storage.Host[T](b)
	return powers(x, p), err
}

// powers returns the sum of the elements' absolute values to the power p, or the
// largest one for p = +Inf.
func powers[T kernels.Float](x []T, p float64) float64 {
	if p == 2 {
		return kernels.SumSquares(x)
	}
	sum := 0.0
	for _, v := range x {
		a := math.Abs(float64(v))
		switch {
		case math.IsInf(p, 1):
			sum = max(sum, a) // NaN if either is NaN
		case p == 1:
			sum += a
		default:
			sum += math.Pow(a, p)
		}
	}
	return sum
}

// ClipGradValue limits every element of the gradients of params to [-limit, limit]
// (torch.nn.utils.clip_grad_value_). NaN stays NaN.
func ClipGradValue(params []*stheno.Variable, limit float64) error {
	if !(limit >= 0) {
		return invalid("clip: the limit %v must be positive", limit)
	}
	list, err := gradients(params)
	if err != nil {
		return err
	}
	return each(list, func(x []float32) { clamp(x, float32(limit)) }, func(x []float64) { clamp(x, limit) })
}

func clamp[T kernels.Float](x []T, limit T) {
	for i, v := range x {
		x[i] = max(-limit, min(v, limit))
	}
}

// gradients returns the memory of the gradients that exist.
func gradients(params []*stheno.Variable) ([]*storage.Buffer, error) {
	list := make([]*storage.Buffer, 0, len(params))
	for i, p := range params {
		switch {
		case p == nil:
			return nil, invalid("clip: parameter %d is nil", i)
		case p.Err() != nil:
			return nil, p.Err()
		case !p.IsLeaf() || !p.RequiresGrad():
			continue
		}
		if g := access.Node(p).Gradient(); g != nil {
			list = append(list, g)
		}
	}
	return list, nil
}

// ScaleGrads multiplies the gradients of params by factor, for example to turn a sum over batches
// into a mean.
func ScaleGrads(params []*stheno.Variable, factor float64) error {
	list, err := gradients(params)
	if err != nil {
		return err
	}
	return scale(list, factor)
}

// scale multiplies all elements by factor.
func scale(list []*storage.Buffer, factor float64) error {
	return each(list, func(x []float32) { kernels.MulScalar(x, x, float32(factor)) }, func(x []float64) { kernels.MulScalar(x, x, factor) })
}

// each changes the elements of each Buffer, of either type.
func each(list []*storage.Buffer, f32 func([]float32), f64 func([]float64)) error {
	for _, b := range list {
		if b.DType() == dtype.Float32 {
			x, err := storage.Write[float32](b)
			if err != nil {
				return invalid("%w", err)
			}
			f32(x)
			continue
		}
		x, err := storage.Write[float64](b)
		if err != nil {
			return invalid("%w", err)
		}
		f64(x)
	}
	return nil
}
