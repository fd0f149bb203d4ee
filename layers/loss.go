// SPDX-License-Identifier: MIT

package layers

import (
	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/access"
)

// The losses have the settings of torch's modules of that name, and are computed as the
// methods of a Variable of that name are, whose docs say the formulas, the shapes and the
// errors. The prediction stays readable after Backward.

// elements are the losses before they are reduced.
var elements = access.OfVariables.(access.Losses[*stheno.Variable])

// Reduction says what a loss returns of its elements. The zero value is their mean.
type Reduction uint8

// The reductions.
const (
	Mean Reduction = iota
	None
	Sum
	BatchMean // the sum over the number of samples; of KLDivLoss only
)

// of reduces losses, whose mean is their sum divided by that of counts, nil: by their number.
func (r Reduction) of(loss string, losses, counts *stheno.Variable) *stheno.Variable {
	switch {
	case losses.Err() != nil:
		return losses
	case r == Mean:
		return elements.Mean(losses, counts)
	case r == None:
		return losses
	case r == Sum:
		return losses.Sum()
	}
	return stheno.Failed(loss, stheno.ErrValue, "reduction %d is not valid here; want Mean, None or Sum", r)
}

// MSELoss is the mean of (pred-target)².
type MSELoss struct{ Reduction Reduction }

// Forward returns the loss.
func (l MSELoss) Forward(pred, target *stheno.Variable) *stheno.Variable {
	if l.Reduction == Mean {
		return pred.Keep().MSELoss(target) // in one pass
	}
	return l.Reduction.of("mse_loss", elements.Squared(pred.Keep(), target), nil)
}

// L1Loss is the mean of |pred-target|.
type L1Loss struct{ Reduction Reduction }

// Forward returns the loss.
func (l L1Loss) Forward(pred, target *stheno.Variable) *stheno.Variable {
	return l.Reduction.of("l1_loss", elements.Absolute(pred.Keep(), target), nil)
}

// SmoothL1Loss is d²/(2·Beta) where d = |pred-target| is below Beta and d-Beta/2
// elsewhere; with a Beta of 0 it is [L1Loss].
type SmoothL1Loss struct {
	Beta      *float64 // nil: 1
	Reduction Reduction
}

// Forward returns the loss.
func (l SmoothL1Loss) Forward(pred, target *stheno.Variable) *stheno.Variable {
	return l.Reduction.of("smooth_l1_loss", elements.SmoothL1(pred.Keep(), target, orDefault(l.Beta, 1)), nil)
}

// HuberLoss is d²/2 where d = |pred-target| is below Delta and Delta·(d-Delta/2)
// elsewhere (Huber, 1964). Delta must be positive.
type HuberLoss struct {
	Delta     *float64 // nil: 1
	Reduction Reduction
}

// Forward returns the loss.
func (l HuberLoss) Forward(pred, target *stheno.Variable) *stheno.Variable {
	return l.Reduction.of("huber_loss", elements.Huber(pred.Keep(), target, orDefault(l.Delta, 1)), nil)
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
	return l.Reduction.of("binary_cross_entropy", elements.BinaryCrossEntropy(pred.Keep(), target, l.Weight), nil)
}

// BCEWithLogitsLoss is the binary cross-entropy of sigmoid(pred), without overflow.
type BCEWithLogitsLoss struct {
	Weight    *stheno.Variable `stheno:",constant"` // of each element, broadcast; nil: 1
	PosWeight *stheno.Variable `stheno:",constant"` // of positive targets, broadcast; nil: 1
	Reduction Reduction
}

// Forward returns the loss.
func (l BCEWithLogitsLoss) Forward(pred, target *stheno.Variable) *stheno.Variable {
	losses := elements.BinaryCrossEntropyOfLogits(pred.Keep(), target, l.Weight, l.PosWeight)
	return l.Reduction.of("binary_cross_entropy_with_logits", losses, nil)
}

// KLDivLoss is target·(log target - pred) of log-probabilities pred; with LogTarget the
// target is a logarithm too. BatchMean is what the divergence is defined as.
type KLDivLoss struct {
	LogTarget bool
	Reduction Reduction
}

// Forward returns the loss.
func (l KLDivLoss) Forward(pred, target *stheno.Variable) *stheno.Variable {
	losses := elements.KLDiv(pred.Keep(), target, l.LogTarget)
	if l.Reduction == BatchMean {
		return losses.Sum().Div(max(losses.Dim(0), 1))
	}
	return l.Reduction.of("kl_div", losses, nil)
}

// CrossEntropyLoss compares logits (N,C,…) with classes, int64 (N,…), or with
// probabilities of the logits' shape (torch.nn.CrossEntropyLoss). The mean over classes
// divides by the sum of the weights that were picked.
type CrossEntropyLoss struct {
	Weight         *stheno.Variable `stheno:",constant"` // (C), of each class; nil: 1
	IgnoreIndex    *int64           // a class that counts nothing; nil: -100
	LabelSmoothing float64          // share of the target spread over all classes
	Reduction      Reduction
}

// Forward returns the loss.
func (l CrossEntropyLoss) Forward(pred, target *stheno.Variable) *stheno.Variable {
	losses, counts := elements.CrossEntropy(pred.Keep(), target, l.Weight, orDefault(l.IgnoreIndex, -100), l.LabelSmoothing)
	return l.Reduction.of("cross_entropy", losses, counts)
}

// NLLLoss picks the negative log-probability of classes, int64 (N,…), from pred
// (N,C,…). The mean divides by the sum of the weights that were picked.
type NLLLoss struct {
	Weight      *stheno.Variable `stheno:",constant"` // (C), of each class; nil: 1
	IgnoreIndex *int64           // a class that counts nothing; nil: -100
	Reduction   Reduction
}

// Forward returns the loss.
func (l NLLLoss) Forward(pred, target *stheno.Variable) *stheno.Variable {
	losses, counts := elements.NLL(pred.Keep(), target, l.Weight, orDefault(l.IgnoreIndex, -100))
	return l.Reduction.of("nll_loss", losses, counts)
}
