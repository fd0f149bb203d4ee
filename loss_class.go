// SPDX-License-Identifier: MIT

package stheno

import (
	"github.com/stheno-go/stheno/internal/dtype"
	"github.com/stheno-go/stheno/internal/ops"
	"github.com/stheno-go/stheno/internal/record"
)

// ignoreIndex is torch's default ignore_index: the class that is not counted.
const ignoreIndex = -100

// CrossEntropy returns the mean of -log(softmax(v)[target]) for logits v and classes target, int64 or
// uint8. The class -100 is not counted; the mean of no samples is NaN. If target is probabilities, it
// returns the mean over samples of -sum(target*log(softmax(v))).
// Shapes: (N,C,…), (N,…) -> (); (C), () -> (); with probabilities (N,C,…), (N,C,…) -> () and
// (C), (C) -> (). Others are errors, and so is a v that is not float. For a class out of range,
// computing the loss returns an error.
func (v *Variable) CrossEntropy(target *Variable) *Variable {
	return meanLoss(v.crossEntropy(target, nil, ignoreIndex, 0))
}

// crossEntropy returns the loss of each sample, and the counts by whose sum the mean divides; nil: by
// the number of samples. weight (C) has a weight for each class.
func (v *Variable) crossEntropy(target, weight *Variable, ignore int64, smoothing float64) (losses, counts *Variable) {
	if v == nil || target == nil {
		return failedTwice(Failed("cross_entropy", ErrValue, "prediction or target is nil"))
	}
	if !(smoothing >= 0 && smoothing <= 1) {
		return failedTwice(Failed("cross_entropy", ErrValue, "label_smoothing must be between 0.0 and 1.0. Got: %v", smoothing))
	}
	target = target.classes()
	soft := target.n.Err() == nil && target.n.DType().IsFloat()
	classDims := 0 // of the target of one sample
	if soft {
		classDims = 1
	}
	switch {
	case v.isSample() && target.n.Err() == nil && target.NDim() == classDims:
		return alone(v.Unsqueeze(0).crossEntropy(target.Unsqueeze(0), weight, ignore, smoothing))
	case soft:
		return v.softCrossEntropy(target, weight, smoothing), nil
	}
	o := ops.CrossEntropy{Ignore: ignore}
	s := new(Variable)
	s.n.InitScalar(dtype.Float64, record.Bits(dtype.Float64, smoothing))
	losses = recordN(o, 3, v, target, s, weight)
	o.Counts = true
	return losses, recordN(o, 3, v.cut(), target, s, weight)
}

// softCrossEntropy is crossEntropy with probabilities. Its mean divides by the number of samples,
// regardless of the weights.
func (v *Variable) softCrossEntropy(target, weight *Variable, smoothing float64) *Variable {
	t, err := v.against("cross_entropy", target)
	if err != nil {
		return err
	}
	if v.NDim() < 2 {
		return Failed("cross_entropy", ErrShape, "expected logits (N,C,…), got %v", v.Shape())
	}
	if smoothing > 0 {
		t = t.Mul(1 - smoothing).Add(smoothing / float64(max(v.Dim(1), 1)))
	}
	log := v.LogSoftmax(1)
	if weight != nil {
		if err := v.classWeight("cross_entropy", weight); err != nil {
			return err
		}
		log = log.Mul(weight.perChannel(v.NDim()))
	}
	return t.Mul(log).Sum(1).Neg()
}

// NLLLoss returns the mean of -v[target] for log-probabilities v and classes target, int64 or uint8.
// The class -100 is not counted; the mean of no samples is NaN.
// Shapes: (N,C,…), (N,…) -> (); (C), () -> (). Others are errors, and so is a v that is not float.
// For a class out of range, computing the loss returns an error.
func (v *Variable) NLLLoss(target *Variable) *Variable {
	return meanLoss(v.nll(target, nil, ignoreIndex))
}

// nll returns the loss of each sample, and the counts by whose sum the mean divides. weight (C) has a
// weight for each class.
func (v *Variable) nll(target, weight *Variable, ignore int64) (losses, counts *Variable) {
	if v == nil || target == nil {
		return failedTwice(Failed("nll_loss", ErrValue, "prediction or target is nil"))
	}
	target = target.classes()
	for _, x := range []*Variable{v, target} {
		if x.n.Err() != nil {
			return x, x
		}
	}
	if v.isSample() && target.NDim() == 0 {
		return alone(v.Unsqueeze(0).nll(target.Unsqueeze(0), weight, ignore))
	}
	if !v.DType().IsFloat() || target.DType() != Int64 {
		return failedTwice(Failed("nll_loss", ErrDType, "expected floating point log-probabilities and int64 classes, got %v and %v", v.DType(), target.DType()))
	}
	if v.NDim() < 2 || *target.n.Dims() != v.n.Dims().Remove(1) {
		return failedTwice(Failed("nll_loss", ErrShape, "expected log-probabilities (N,C,…) and classes (N,…), got %v and %v", v.Shape(), target.Shape()))
	}
	valid := target.Ne(ignore)
	at := Where(valid, target, 0)
	picked := v.Gather(1, at.Unsqueeze(1)).Squeeze(1)
	picked = Where(valid, picked, 0) // an ignored sample has an arbitrary value at class 0, possibly infinite
	counts = valid.To(v.DType())
	if weight != nil {
		if err := v.classWeight("nll_loss", weight); err != nil {
			return err, err
		}
		counts = counts.Mul(weight.IndexSelect(0, at.Reshape(-1)).Reshape(at.Shape()...))
	}
	return picked.Mul(counts).Neg(), counts
}

func failedTwice(f *Variable) (losses, counts *Variable) { return f, f }

// isSample reports whether v is one sample, without the dimension of a batch.
func (v *Variable) isSample() bool { return v.n.Err() == nil && v.NDim() == 1 }

// alone removes the batch dimension of the losses of one sample.
func alone(losses, counts *Variable) (*Variable, *Variable) {
	if counts != nil {
		counts = counts.Squeeze(0)
	}
	return losses.Squeeze(0), counts
}

// classes returns v, converted to int64 if it is uint8.
func (v *Variable) classes() *Variable {
	if v.n.Err() == nil && v.DType() == Uint8 {
		return v.To(Int64)
	}
	return v
}

// classWeight returns an error unless w has one element of v's type for each class of v (N,C,…).
func (v *Variable) classWeight(loss string, w *Variable) *Variable {
	switch {
	case w.Err() != nil:
		return w
	case w.NDim() != 1 || w.Dim(0) != v.Dim(1):
		return Failed(loss, ErrShape, "weight tensor should be defined either for all %d classes or no classes but got weight tensor of shape: %v", v.Dim(1), w.Shape())
	case w.DType() != v.DType():
		return Failed(loss, ErrDType, "weight is %v, the input %v", w.DType(), v.DType())
	}
	return nil
}
