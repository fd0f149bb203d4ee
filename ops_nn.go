// SPDX-License-Identifier: MIT

package stheno

import (
	"github.com/stheno-go/stheno/internal/ops"
)

// MatMul returns the matrix product. Matrices may have leading dimensions, which
// broadcast; a vector is a row on the left and a column on the right, and that
// dimension is gone from the result (torch.matmul).
func (v *Variable) MatMul(w *Variable) *Variable {
	if w == nil || v.n.Err() != nil || w.n.Err() != nil {
		return v.record2(ops.MatMul, w)
	}
	v, w = promote(v, w)
	left, right := v.NDim() == 1, w.NDim() == 1
	switch {
	case v.NDim() == 0 || w.NDim() == 0:
		return new(Variable).fail("matmul", &ops.InferError{Text: "both arguments need to be at least 1D"}, &v.n, &w.n)
	case left && right:
		return v.Unsqueeze(0).record2(ops.MatMul, w.Unsqueeze(1)).Reshape()
	case left:
		return v.Unsqueeze(0).record2(ops.MatMul, w).Squeeze(-2)
	case right:
		return v.record2(ops.MatMul, w.Unsqueeze(1)).Squeeze(-1)
	case v.NDim() > 2 && w.NDim() == 2 && v.Size() > 0:
		// One product over all leading dimensions.
		sizes := v.Shape()
		y := v.Reshape(-1, sizes[len(sizes)-1]).record2(ops.MatMul, w)
		return y.Reshape(append(sizes[:len(sizes)-1], w.Dim(1))...)
	}
	return v.record2(ops.MatMul, w)
}

// ReLU returns the larger of v and 0. Its gradient at 0 is 0.
func (v *Variable) ReLU() *Variable { return v.record1(ops.Relu) }

// Sigmoid returns 1/(1+exp(-v)).
func (v *Variable) Sigmoid() *Variable { return v.record1(ops.Sigmoid) }
