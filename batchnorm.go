// SPDX-License-Identifier: MIT

package stheno

import (
	"fmt"

	"github.com/stheno-go/stheno/internal/dtype"
	"github.com/stheno-go/stheno/internal/ops"
	"github.com/stheno-go/stheno/internal/record"
	"github.com/stheno-go/stheno/internal/shape"
)

// BatchNormState holds the parameters, statistics and settings of a batch normalization. Fields may be
// nil: without Weight and Bias there is no affine map, and without Mean and Var the statistics of the
// batch are used in evaluation too.
type BatchNormState struct {
	Weight, Bias *Variable // (C)
	Mean, Var    *Variable // (C), running statistics
	Batches      *Variable // int64, number of batches seen
	Eps          *float64  // nil: 1e-5
	Momentum     *float64  // weight of a batch in the running statistics; nil: 0.1, NaN: cumulative mean
	Training     bool
}

// orDefault returns *v, or def if v is nil.
func orDefault[T any](v *T, def T) T {
	if v == nil {
		return def
	}
	return *v
}

// BatchNorm normalizes each channel of v (N,C,…). In training it uses the mean and the biased variance
// of the batch and, when the result is computed, updates the running statistics (with the unbiased
// variance); otherwise it uses the running statistics.
func (v *Variable) BatchNorm(s BatchNormState) *Variable {
	if v.node().Err() != nil {
		return v
	}
	if v.NDim() < 2 {
		return new(Variable).fail("batch_norm", fmt.Errorf("expected at least 2D input (N,C,…), got %v", v.Shape()), v.node())
	}
	if err := v.operands("batch_norm", shape.Dims{}.Append(v.Dim(1)), operand{"weight", s.Weight}, operand{"bias", s.Bias}, operand{"running_mean", s.Mean}, operand{"running_var", s.Var}); err != nil {
		return err
	}
	if (s.Mean == nil) != (s.Var == nil) {
		return Failed("batch_norm", ErrValue, "running_mean and running_var must be both given or both nil")
	}
	if s.Training && s.Mean != nil && !(isMemory(s.Mean) && isMemory(s.Var)) {
		return Failed("batch_norm", ErrValue, "running_mean and running_var are written in training and must be leaves, as of NewBuffer")
	}
	if b := s.Batches; b != nil && b.n.Err() == nil && (b.DType() != Int64 || b.Size() != 1 || !isMemory(b)) {
		return Failed("batch_norm", ErrDType, "num_batches_tracked should be one int64, got %v %v", b.DType(), b.Shape())
	}
	if !s.Training && s.Mean != nil && s.Var != nil {
		return v.frozenNorm(s)
	}
	stats := v.recordSlots(ops.BatchNormStats{}, dtype.Float64, orDefault(s.Eps, 1e-5))
	if stats.n.Err() != nil {
		return stats
	}
	if s.Training && s.Mean != nil && s.Var != nil {
		stats.n.SetEffect(s.effect(v.Size() / max(v.Dim(1), 1)))
	}
	if (s.Weight == nil) != (s.Bias == nil) {
		n := v.NDim()
		return recordN(ops.BatchNorm, 2, v, stats).affine(s.Weight.perChannel(n), s.Bias.perChannel(n))
	}
	return recordN(ops.BatchNorm, 2, v, stats, s.Weight, s.Bias)
}

// effect returns the update of the running statistics by a batch with size elements for each channel.
func (s BatchNormState) effect(size int) *record.Effect {
	e := &record.Effect{State: [...]*record.Node{s.Mean.node(), s.Var.node(), nil}, Numbers: ops.Numbers{orDefault(s.Momentum, 0.1), float64(size)}}
	if s.Batches != nil {
		e.State[2] = s.Batches.node()
	}
	return e
}

// isMemory reports whether v is a leaf with permanent memory: neither a result nor an input of a
// function that is being compiled.
func isMemory(v *Variable) bool { return v.n.IsLeaf() && !v.n.IsOpen() }

// frozenNorm applies fixed statistics by one multiplication and one addition.
func (v *Variable) frozenNorm(s BatchNormState) *Variable {
	scale := s.Var.Add(orDefault(s.Eps, 1e-5)).Rsqrt()
	if s.Weight != nil {
		scale = scale.Mul(s.Weight)
	}
	shift := s.Mean.Mul(scale).Neg()
	if s.Bias != nil {
		shift = shift.Add(s.Bias)
	}
	return v.Mul(scale.perChannel(v.NDim())).Add(shift.perChannel(v.NDim()))
}
