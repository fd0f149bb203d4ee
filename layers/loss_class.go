// SPDX-License-Identifier: MIT

package layers

import "github.com/stheno-go/stheno"

// ignoreDefault is the class that counts nothing where no other is named.
const ignoreDefault = -100

// CrossEntropyLoss compares logits (N,C,…) with classes, int64 (N,…), or with
// probabilities of the logits' shape (torch.nn.CrossEntropyLoss). The mean over classes
// divides by the sum of the weights that were picked.
type CrossEntropyLoss struct {
	Weight         *stheno.Variable // (C), of each class; nil: 1
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
	if pred.Err() == nil && pred.NDim() == 1 { // one sample
		one := CrossEntropyLoss{l.Weight, l.IgnoreIndex, l.LabelSmoothing, None}.Forward(pred.Unsqueeze(0), target.Unsqueeze(0))
		if l.Reduction == Mean && target.NDim() == 0 {
			return l.Forward(pred.Unsqueeze(0), target.Unsqueeze(0))
		}
		if l.Reduction == None {
			return one.Squeeze(0)
		}
		return l.Reduction.of(one)
	}
	if target.Err() == nil && target.DType().IsFloat() {
		return l.soft(pred, target)
	}
	losses, weights := pred.CrossEntropy(target, stheno.CrossEntropyConfig{Weight: l.Weight, IgnoreIndex: ignored(l.IgnoreIndex), LabelSmoothing: l.LabelSmoothing})
	if l.Reduction == Mean {
		return losses.Sum().Div(weights.Sum())
	}
	return l.Reduction.of(losses)
}

func ignored(i *int64) int64 {
	if i == nil {
		return ignoreDefault
	}
	return *i
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
	log := p.LogSoftmax(1)
	if l.Weight != nil {
		log = log.Mul(perClass(l.Weight, p.NDim()))
	}
	losses := t.Mul(log).Sum(1).Neg()
	return l.Reduction.of(losses) // the mean is over samples, whatever the weights
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
	Weight      *stheno.Variable // (C), of each class; nil: 1
	IgnoreIndex *int64           // a class that counts nothing; nil: -100
	Reduction   Reduction
}

// Forward returns the loss.
func (l NLLLoss) Forward(pred, target *stheno.Variable) *stheno.Variable {
	if pred == nil || target == nil {
		return stheno.Failed("nll_loss", stheno.ErrValue, "prediction or target is nil")
	}
	valid := target.Ne(int(ignored(l.IgnoreIndex)))
	classes := stheno.Where(valid, target, 0)
	picked := pred.Keep().Gather(1, classes.Unsqueeze(1)).Squeeze(1)
	weights := valid.To(pred.DType())
	if l.Weight != nil {
		w := l.Weight.IndexSelect(0, classes.Reshape(-1)).Reshape(classes.Shape()...)
		weights = weights.Mul(w)
	}
	losses := picked.Mul(weights).Neg()
	if l.Reduction == Mean {
		return losses.Sum().Div(weights.Sum())
	}
	return l.Reduction.of(losses)
}
