// SPDX-License-Identifier: MIT

package layers

import (
	"github.com/stheno-go/stheno"
)

// Reduction says what a loss returns of its elements. The zero value is their mean.
type Reduction uint8

// The reductions.
const (
	Mean Reduction = iota
	None
	Sum
	BatchMean // the sum over the number of samples; of KLDivLoss only
)

func (r Reduction) of(loss string, l *stheno.Variable) *stheno.Variable {
	switch r {
	case Mean:
		return l.Mean()
	case None:
		return l
	case Sum:
		return l.Sum()
	}
	return stheno.Failed(loss, stheno.ErrValue, "reduction %d is not valid here; want Mean, None or Sum", r)
}

// pair checks that prediction and target have one shape and that the prediction is a float,
// converts the target to the prediction's type, and keeps the prediction readable after
// Backward.
func pair(loss string, pred, target *stheno.Variable) (*stheno.Variable, *stheno.Variable, *stheno.Variable) {
	if pred == nil || target == nil {
		return nil, nil, stheno.Failed(loss, stheno.ErrValue, "prediction or target is nil")
	}
	for _, v := range []*stheno.Variable{pred, target} {
		if v.Err() != nil {
			return nil, nil, v
		}
	}
	if !sameShape(pred, target) {
		return nil, nil, stheno.Failed(loss, stheno.ErrShape, "target size %v must be the same as the input size %v", target.Shape(), pred.Shape())
	}
	if !pred.DType().IsFloat() {
		return nil, nil, stheno.Failed(loss, stheno.ErrDType, "expected a floating point prediction, got %v", pred.DType())
	}
	return pred.Keep(), target.To(pred.DType()), nil
}

func sameShape(a, b *stheno.Variable) bool {
	if a.NDim() != b.NDim() {
		return false
	}
	for i := range a.NDim() {
		if a.Dim(i) != b.Dim(i) {
			return false
		}
	}
	return true
}

// MSELoss is the mean of (pred-target)².
type MSELoss struct{ Reduction Reduction }

// Forward returns the loss.
func (l MSELoss) Forward(pred, target *stheno.Variable) *stheno.Variable {
	p, t, err := pair("mse_loss", pred, target)
	if err != nil {
		return err
	}
	if l.Reduction == Mean {
		return p.MSE(t)
	}
	return l.Reduction.of("mse_loss", p.Sub(t).Square())
}

// L1Loss is the mean of |pred-target|.
type L1Loss struct{ Reduction Reduction }

// Forward returns the loss.
func (l L1Loss) Forward(pred, target *stheno.Variable) *stheno.Variable {
	p, t, err := pair("l1_loss", pred, target)
	if err != nil {
		return err
	}
	return l.Reduction.of("l1_loss", p.Sub(t).Abs())
}

// SmoothL1Loss is d²/(2·Beta) where d = |pred-target| is below Beta and d-Beta/2
// elsewhere; with a Beta of 0 it is [L1Loss].
type SmoothL1Loss struct {
	Beta      *float64 // nil: 1
	Reduction Reduction
}

// Forward returns the loss.
func (l SmoothL1Loss) Forward(pred, target *stheno.Variable) *stheno.Variable {
	p, t, err := pair("smooth_l1_loss", pred, target)
	if err != nil {
		return err
	}
	beta := orDefault(l.Beta, 1)
	if !(beta >= 0) {
		return stheno.Failed("smooth_l1_loss", stheno.ErrValue, "expected non-negative values for beta, got %v", beta)
	}
	d := p.Sub(t)
	if beta == 0 {
		return l.Reduction.of("smooth_l1_loss", d.Abs())
	}
	far := d.Abs().Ge(beta)
	return l.Reduction.of("smooth_l1_loss", stheno.Where(far, d.Abs().Sub(beta/2), squareUnless(far, d).Mul(0.5/beta)))
}

// HuberLoss is d²/2 where d = |pred-target| is below Delta and Delta·(d-Delta/2)
// elsewhere (Huber, 1964). Delta must be positive.
type HuberLoss struct {
	Delta     *float64 // nil: 1
	Reduction Reduction
}

// Forward returns the loss.
func (l HuberLoss) Forward(pred, target *stheno.Variable) *stheno.Variable {
	p, t, err := pair("huber_loss", pred, target)
	if err != nil {
		return err
	}
	delta := orDefault(l.Delta, 1)
	if !(delta > 0) {
		return stheno.Failed("huber_loss", stheno.ErrValue, "huber_loss does not support non-positive values for delta, got %v", delta)
	}
	d := p.Sub(t)
	far := d.Abs().Ge(delta)
	return l.Reduction.of("huber_loss", stheno.Where(far, d.Abs().Sub(delta/2).Mul(delta), squareUnless(far, d).Mul(0.5)))
}

// squareUnless is d² where far does not hold and 0 elsewhere: an infinite d must not
// spoil the gradient of the other branch. It is taken of d, not of |d|, whose second
// derivative at 0 would be 0.
func squareUnless(far, d *stheno.Variable) *stheno.Variable {
	return stheno.Where(far, 0, d).Square()
}

// BCELoss is the binary cross-entropy of a probability; its logarithms are not below
// -100. As in torch it is an error, when it is computed, if a probability or a target is
// not within [0, 1]; NaN is not.
type BCELoss struct {
	Weight    *stheno.Variable `stheno:",constant"` // of each element, broadcast; nil: 1
	Reduction Reduction
}

// Forward returns the loss.
func (l BCELoss) Forward(pred, target *stheno.Variable) *stheno.Variable {
	p, t, err := pair("bce_loss", pred, target)
	if err != nil {
		return err
	}
	return l.Reduction.of("bce_loss", weighted("bce_loss", p.BCE(t), l.Weight))
}

func weighted(loss string, l, w *stheno.Variable) *stheno.Variable {
	if w == nil {
		return l
	}
	w, err := weightFor(loss, "weight", w, l)
	if err != nil {
		return err
	}
	return l.Mul(w)
}

// weightFor returns w in the type of l, and an error where w does not broadcast to the
// shape of l: it would make the loss larger.
func weightFor(loss, name string, w, l *stheno.Variable) (of, err *stheno.Variable) {
	for _, v := range []*stheno.Variable{l, w} {
		if v.Err() != nil {
			return nil, v
		}
	}
	fits := w.NDim() <= l.NDim()
	for i := -1; fits && i >= -w.NDim(); i-- {
		fits = w.Dim(i) == 1 || w.Dim(i) == l.Dim(i)
	}
	if !fits {
		return nil, stheno.Failed(loss, stheno.ErrShape, "%s %v does not broadcast to the input size %v", name, w.Shape(), l.Shape())
	}
	return w.To(l.DType()), nil
}

// BCEWithLogitsLoss is the binary cross-entropy of sigmoid(pred), without overflow.
type BCEWithLogitsLoss struct {
	Weight    *stheno.Variable `stheno:",constant"` // of each element, broadcast; nil: 1
	PosWeight *stheno.Variable `stheno:",constant"` // of positive targets, broadcast; nil: 1
	Reduction Reduction
}

// Forward returns the loss.
func (l BCEWithLogitsLoss) Forward(pred, target *stheno.Variable) *stheno.Variable {
	x, y, err := pair("bce_with_logits_loss", pred, target)
	if err != nil {
		return err
	}
	if l.PosWeight == nil {
		return l.Reduction.of("bce_with_logits_loss", weighted("bce_with_logits_loss", x.BCEWithLogits(y), l.Weight))
	}
	pos, err := weightFor("bce_with_logits_loss", "pos_weight", l.PosWeight, y)
	if err != nil {
		return err
	}
	log := x.LogSigmoid().Mul(pos.Sub(1).Mul(y).Add(1))
	return l.Reduction.of("bce_with_logits_loss", weighted("bce_with_logits_loss", y.Neg().Add(1).Mul(x).Sub(log), l.Weight))
}

// KLDivLoss is target·(log target - pred) of log-probabilities pred; with LogTarget the
// target is a logarithm too. BatchMean is what the divergence is defined as.
type KLDivLoss struct {
	LogTarget bool
	Reduction Reduction
}

// Forward returns the loss.
func (l KLDivLoss) Forward(pred, target *stheno.Variable) *stheno.Variable {
	p, t, err := pair("kl_div", pred, target)
	if err != nil {
		return err
	}
	if l.LogTarget {
		return l.reduce(t.Exp().Mul(t.Sub(p)))
	}
	log := stheno.Where(t.Eq(0), 1, t).Log() // 0·log 0 is 0; of a negative target it is NaN
	return l.reduce(t.Mul(log).Sub(t.Mul(p)))
}

func (l KLDivLoss) reduce(losses *stheno.Variable) *stheno.Variable {
	if l.Reduction == BatchMean {
		return losses.Sum().Div(max(losses.Dim(0), 1))
	}
	return l.Reduction.of("kl_div", losses)
}
