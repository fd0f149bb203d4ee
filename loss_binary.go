// SPDX-License-Identifier: MIT

package stheno

import "github.com/stheno-go/stheno/internal/ops"

// BinaryCrossEntropy returns the mean of -(target*log(v) + (1-target)*log(1-v)) for probabilities v,
// with logarithms limited to -100. Computing it returns an error if an element of v or target is
// outside [0, 1]; NaN is not an error.
// Shapes: (…), (…) -> (); others are errors, and so is a v that is not float.
func (v *Variable) BinaryCrossEntropy(target *Variable) *Variable { return v.bce(target, nil).Mean() }

func (v *Variable) bce(target, weight *Variable) *Variable {
	t, err := v.against("binary_cross_entropy", target)
	if err != nil {
		return err
	}
	return v.record2(ops.BCE, t).weighted("binary_cross_entropy", weight)
}

// BinaryCrossEntropyWithLogits returns [Variable.BinaryCrossEntropy] of sigmoid(v), without overflow
// and for any target.
// Shapes: (…), (…) -> (); others are errors, and so is a v that is not float.
func (v *Variable) BinaryCrossEntropyWithLogits(target *Variable) *Variable {
	return v.bceOfLogits(target, nil, nil).Mean()
}

func (v *Variable) bceOfLogits(target, weight, positive *Variable) *Variable {
	const name = "binary_cross_entropy_with_logits"
	t, err := v.against(name, target)
	if err != nil {
		return err
	}
	if positive == nil {
		return v.record2(ops.BCEWithLogits, t).weighted(name, weight)
	}
	p, err := t.elementWeight(name, "pos_weight", positive)
	if err != nil {
		return err
	}
	log := v.LogSigmoid().Mul(p.Sub(1).Mul(t).Add(1))
	return t.Neg().Add(1).Mul(v).Sub(log).weighted(name, weight)
}

// weighted returns losses v times weight w, which may be nil.
func (v *Variable) weighted(loss string, w *Variable) *Variable {
	if w == nil {
		return v
	}
	w, err := v.elementWeight(loss, "weight", w)
	if err != nil {
		return err
	}
	return v.Mul(w)
}

// elementWeight returns w in the type of v, or an error if w does not broadcast to the shape of v,
// which would enlarge the loss.
func (v *Variable) elementWeight(loss, name string, w *Variable) (of, err *Variable) {
	for _, v := range []*Variable{v, w} {
		if v.Err() != nil {
			return nil, v
		}
	}
	fits := w.NDim() <= v.NDim()
	for i := -1; fits && i >= -w.NDim(); i-- {
		fits = w.Dim(i) == 1 || w.Dim(i) == v.Dim(i)
	}
	if !fits {
		return nil, Failed(loss, ErrShape, "%s %v does not broadcast to the input size %v", name, w.Shape(), v.Shape())
	}
	return w.To(v.DType()), nil
}
