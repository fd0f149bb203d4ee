// SPDX-License-Identifier: MIT

package layers

import "github.com/stheno-go/stheno"

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
	if pred == nil || target == nil {
		return stheno.Failed("cross_entropy", stheno.ErrValue, "prediction or target is nil")
	}
	pred.Keep()
	target = classes(target)
	if l.oneSample(pred, target) {
		return l.Reduction.alone(l.Forward(pred.Unsqueeze(0), target.Unsqueeze(0)))
	}
	if target.Err() == nil && target.DType().IsFloat() {
		return l.soft(pred, target)
	}
	losses, weights := pred.CrossEntropy(target, stheno.CrossEntropyConfig{Weight: l.Weight, IgnoreIndex: l.IgnoreIndex, LabelSmoothing: l.LabelSmoothing})
	if l.Reduction == Mean {
		return losses.Sum().Div(weights.Sum())
	}
	return l.Reduction.of("cross_entropy", losses)
}

// oneSample tells whether pred is one sample (C), and target its class () or its
// probabilities (C).
func (CrossEntropyLoss) oneSample(pred, target *stheno.Variable) bool {
	n := 0
	if target.DType().IsFloat() {
		n = 1
	}
	return pred.Err() == nil && target.Err() == nil && pred.NDim() == 1 && target.NDim() == n
}

// alone makes the loss of a batch of one that of its sample.
func (r Reduction) alone(l *stheno.Variable) *stheno.Variable {
	if r == None {
		return l.Squeeze(0)
	}
	return l
}

// classes returns target with classes that are uint8, as pixels are, as int64.
func classes(target *stheno.Variable) *stheno.Variable {
	if target.Err() == nil && target.DType() == stheno.Uint8 {
		return target.To(stheno.Int64)
	}
	return target
}

// classWeight returns an error for a weight that has not one element of x's type for each
// class of x (N,C,…).
func classWeight(loss string, w, x *stheno.Variable) *stheno.Variable {
	switch {
	case w.Err() != nil:
		return w
	case w.NDim() != 1 || w.Dim(0) != x.Dim(1):
		return stheno.Failed(loss, stheno.ErrShape, "weight tensor should be defined either for all %d classes or no classes but got weight tensor of shape: %v", x.Dim(1), w.Shape())
	case w.DType() != x.DType():
		return stheno.Failed(loss, stheno.ErrDType, "weight is %v, the input %v", w.DType(), x.DType())
	}
	return nil
}

// soft compares with probabilities.
func (l CrossEntropyLoss) soft(pred, target *stheno.Variable) *stheno.Variable {
	if !(l.LabelSmoothing >= 0 && l.LabelSmoothing <= 1) {
		return stheno.Failed("cross_entropy", stheno.ErrValue, "label_smoothing must be between 0.0 and 1.0. Got: %v", l.LabelSmoothing)
	}
	p, t, err := pair("cross_entropy", pred, target)
	if err != nil {
		return err
	}
	if s := l.LabelSmoothing; s > 0 {
		t = t.Mul(1 - s).Add(s / float64(max(p.Dim(1), 1)))
	}
	if p.NDim() < 2 {
		return stheno.Failed("cross_entropy", stheno.ErrShape, "expected logits (N,C,…), got %v", p.Shape())
	}
	log := p.LogSoftmax(1)
	if l.Weight != nil {
		if err := classWeight("cross_entropy", l.Weight, p); err != nil {
			return err
		}
		log = log.Mul(perClass(l.Weight, p.NDim()))
	}
	losses := t.Mul(log).Sum(1).Neg()
	return l.Reduction.of("cross_entropy", losses) // the mean is over samples, whatever the weights
}

// perClass gives a weight (C) the shape (C,1,…) that broadcasts over n dimensions.
func perClass(w *stheno.Variable, n int) *stheno.Variable {
	sizes := []int{w.Size()}
	for range n - 2 {
		sizes = append(sizes, 1)
	}
	return w.Reshape(sizes...)
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
	if pred == nil || target == nil {
		return stheno.Failed("nll_loss", stheno.ErrValue, "prediction or target is nil")
	}
	target = classes(target)
	for _, v := range []*stheno.Variable{pred, target} {
		if v.Err() != nil {
			return v
		}
	}
	pred.Keep()
	if pred.NDim() == 1 && target.NDim() == 0 {
		return l.Reduction.alone(l.Forward(pred.Unsqueeze(0), target.Unsqueeze(0)))
	}
	if !pred.DType().IsFloat() || target.DType() != stheno.Int64 {
		return stheno.Failed("nll_loss", stheno.ErrDType, "expected floating point log-probabilities and int64 classes, got %v and %v", pred.DType(), target.DType())
	}
	if want := pred.Shape(); len(want) < 2 || target.Shape().String() != append(want[:1:1], want[2:]...).String() {
		return stheno.Failed("nll_loss", stheno.ErrShape, "expected log-probabilities (N,C,…) and classes (N,…), got %v and %v", pred.Shape(), target.Shape())
	}
	valid := target.Ne(orDefault(l.IgnoreIndex, -100))
	at := stheno.Where(valid, target, 0)
	picked := pred.Gather(1, at.Unsqueeze(1)).Squeeze(1)
	picked = stheno.Where(valid, picked, 0) // what an ignored sample has at class 0 must not count, be it infinite
	weights := valid.To(pred.DType())
	if l.Weight != nil {
		if err := classWeight("nll_loss", l.Weight, pred); err != nil {
			return err
		}
		weights = weights.Mul(l.Weight.IndexSelect(0, at.Reshape(-1)).Reshape(at.Shape()...))
	}
	losses := picked.Mul(weights).Neg()
	if l.Reduction == Mean {
		return losses.Sum().Div(weights.Sum())
	}
	return l.Reduction.of("nll_loss", losses)
}
