// SPDX-License-Identifier: MIT

package layers

import (
	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/access"
)

// The losses have the settings of torch's modules of the same name. Formulas, shapes and errors are
// those of the method of Variable of the same name. The prediction can be read after Backward.

// elements are the losses before reduction.
var elements = access.OfVariables.(access.Losses[*stheno.Variable])

// Reduction determines how a loss is reduced. The zero value is the mean.
type Reduction uint8

// The reductions.
const (
	Mean Reduction = iota
	None
	Sum
	BatchMean // the sum over the number of samples; of KLDivLoss only
)

// of reduces losses. The mean is their sum divided by the sum of counts or, if it is nil, by their
// number.
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
	return stheno.Failed(loss, stheno.ErrValue, "reduction %d is not valid here; must be Mean, None or Sum", r)
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

// BCELoss is the binary cross-entropy of a probability. Its logarithms are at least -100. As in torch,
// computing it returns an error if a probability or a target is outside [0, 1]; NaN is not an error.
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
// target is a logarithm too. BatchMean is the mathematical definition of the divergence.
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

// CrossEntropyLoss is the cross-entropy of logits (N,C,…) and classes, int64 (N,…), or probabilities
// of the logits' shape (torch.nn.CrossEntropyLoss). The mean over classes divides by the total weight
// of the targets.
type CrossEntropyLoss struct {
	Weight         *stheno.Variable `stheno:",constant"` // (C), of each class; nil: 1
	IgnoreIndex    *int64           // class that is not counted; nil: -100
	LabelSmoothing float64          // part of the target that is distributed over all classes
	Reduction      Reduction
}

// Forward returns the loss.
func (l CrossEntropyLoss) Forward(pred, target *stheno.Variable) *stheno.Variable {
	losses, counts := elements.CrossEntropy(pred.Keep(), target, l.Weight, orDefault(l.IgnoreIndex, -100), l.LabelSmoothing)
	return l.Reduction.of("cross_entropy", losses, counts)
}

// NLLLoss is the negative log-likelihood of classes, int64 (N,…), for log-probabilities (N,C,…). The
// mean divides by the total weight of the targets.
type NLLLoss struct {
	Weight      *stheno.Variable `stheno:",constant"` // (C), of each class; nil: 1
	IgnoreIndex *int64           // class that is not counted; nil: -100
	Reduction   Reduction
}

// Forward returns the loss.
func (l NLLLoss) Forward(pred, target *stheno.Variable) *stheno.Variable {
	losses, counts := elements.NLL(pred.Keep(), target, l.Weight, orDefault(l.IgnoreIndex, -100))
	return l.Reduction.of("nll_loss", losses, counts)
}
