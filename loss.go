// SPDX-License-Identifier: MIT

package stheno

import (
	"github.com/stheno-go/stheno/internal/access"
	"github.com/stheno-go/stheno/internal/ops"
)

// The losses return the mean, as torch.nn.functional's functions of the same name by default; it is NaN
// if there are no elements. The target is converted to v's type. Reductions, weights and other
// settings are in the structs of package layers.

// The losses of package layers use these functions too.
func init() {
	access.OfVariables = access.Losses[*Variable]{
		Squared: (*Variable).squaredError, Absolute: (*Variable).absoluteError,
		SmoothL1: (*Variable).smoothL1, Huber: (*Variable).huber,
		BinaryCrossEntropy: (*Variable).bce, BinaryCrossEntropyOfLogits: (*Variable).bceOfLogits,
		KLDiv: (*Variable).klDiv, CrossEntropy: (*Variable).crossEntropy, NLL: (*Variable).nll,
		Mean: meanLoss,
	}
}

// meanLoss divides the sum of losses by the sum of counts or, if it is nil, by their number.
func meanLoss(losses, counts *Variable) *Variable {
	if counts == nil {
		return losses.Mean()
	}
	return losses.Sum().Div(counts.Sum())
}

// MSELoss returns the mean of (v-target)*(v-target), in one pass.
// Shapes: (…), (…) -> (); others are errors, and so is a v that is not float.
func (v *Variable) MSELoss(target *Variable) *Variable {
	t, err := v.against("mse_loss", target)
	if err != nil {
		return err
	}
	return v.record2(ops.MSE, t)
}

func (v *Variable) squaredError(target *Variable) *Variable {
	t, err := v.against("mse_loss", target)
	if err != nil {
		return err
	}
	return v.Sub(t).Square()
}

// L1Loss returns the mean of |v-target|. Its gradient where they are equal is 0.
// Shapes: (…), (…) -> (); others are errors, and so is a v that is not float.
func (v *Variable) L1Loss(target *Variable) *Variable { return v.absoluteError(target).Mean() }

func (v *Variable) absoluteError(target *Variable) *Variable {
	t, err := v.against("l1_loss", target)
	if err != nil {
		return err
	}
	return v.Sub(t).Abs()
}

// SmoothL1Loss returns the mean of d*d/(2*beta) where d = |v-target| is below beta, and of
// d-beta/2 elsewhere; with a beta of 0 it is [Variable.L1Loss]. A negative beta is an error.
// torch's default is 1.
// Shapes: (…), (…) -> (); others are errors, and so is a v that is not float.
func (v *Variable) SmoothL1Loss(target *Variable, beta float64) *Variable {
	return v.smoothL1(target, beta).Mean()
}

func (v *Variable) smoothL1(target *Variable, beta float64) *Variable {
	t, err := v.against("smooth_l1_loss", target)
	if err != nil {
		return err
	}
	if !(beta >= 0) {
		return Failed("smooth_l1_loss", ErrValue, "expected non-negative values for beta, got %v", beta)
	}
	d := v.Sub(t)
	if beta == 0 {
		return d.Abs()
	}
	far := d.Abs().Ge(beta)
	return Where(far, d.Abs().Sub(beta/2), squareUnless(far, d).Mul(0.5/beta))
}

// HuberLoss returns the mean of d*d/2 where d = |v-target| is below delta, and of
// delta*(d-delta/2) elsewhere (Huber, 1964). A delta that is not positive is an error.
// torch's default is 1.
// Shapes: (…), (…) -> (); others are errors, and so is a v that is not float.
func (v *Variable) HuberLoss(target *Variable, delta float64) *Variable {
	return v.huber(target, delta).Mean()
}

func (v *Variable) huber(target *Variable, delta float64) *Variable {
	t, err := v.against("huber_loss", target)
	if err != nil {
		return err
	}
	if !(delta > 0) {
		return Failed("huber_loss", ErrValue, "huber_loss does not support non-positive values for delta, got %v", delta)
	}
	d := v.Sub(t)
	far := d.Abs().Ge(delta)
	return Where(far, d.Abs().Sub(delta/2).Mul(delta), squareUnless(far, d).Mul(0.5))
}

// squareUnless returns d² where far is false and 0 elsewhere, so that an infinite d does not make the
// gradient of the other branch NaN. It squares d and not |d|, whose second derivative at 0 would be 0.
func squareUnless(far, d *Variable) *Variable { return Where(far, 0, d).Square() }

// KLDiv returns the mean of target*(log(target)-v) for log-probabilities v; it is 0 where target is 0.
// As in torch it divides by the number of elements. The divergence itself, divided by the number of
// samples, is layers.KLDivLoss with BatchMean.
// Shapes: (…), (…) -> (); others are errors, and so is a v that is not float.
func (v *Variable) KLDiv(target *Variable) *Variable { return v.klDiv(target, false).Mean() }

func (v *Variable) klDiv(target *Variable, logTarget bool) *Variable {
	t, err := v.against("kl_div", target)
	if err != nil {
		return err
	}
	if logTarget {
		return t.Exp().Mul(t.Sub(v))
	}
	log := Where(t.Eq(0), 1, t).Log() // 0·log 0 is 0; a negative target gives NaN
	return t.Mul(log).Sub(t.Mul(v))
}

// against returns target in v's type, or an error if shapes or types do not match.
func (v *Variable) against(loss string, target *Variable) (of, err *Variable) {
	switch {
	case v == nil || target == nil:
		return nil, Failed(loss, ErrValue, "prediction or target is nil")
	case v.n.Err() != nil:
		return nil, v
	case target.n.Err() != nil:
		return nil, target
	case *v.n.Dims() != *target.n.Dims():
		return nil, Failed(loss, ErrShape, "target size %v must be the same as the input size %v", target.Shape(), v.Shape())
	case !v.n.DType().IsFloat():
		return nil, Failed(loss, ErrDType, "expected a floating point prediction, got %v", v.DType())
	}
	return target.To(v.DType()), nil
}
