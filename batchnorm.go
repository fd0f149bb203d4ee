// SPDX-License-Identifier: MIT

package stheno

import (
	"fmt"

	"github.com/stheno-go/stheno/internal/dtype"
	"github.com/stheno-go/stheno/internal/ops"
	"github.com/stheno-go/stheno/internal/shape"
	"github.com/stheno-go/stheno/internal/storage"
)

// BatchNormState is what batch normalisation has besides its input. Any field may be nil,
// and the zero value is torch's default: without Weight and Bias there is no affine map,
// without Mean and Var the statistics are those of the batch in evaluation too.
type BatchNormState struct {
	Weight, Bias *Variable // (C)
	Mean, Var    *Variable // (C), running statistics
	Batches      *Variable // int64, number of batches seen
	Eps          *float64  // nil: 1e-5
	Momentum     *float64  // of the running statistics; nil: 0.1, NaN: their cumulative mean
	Training     bool
}

// orDefault returns def for a setting that was left out.
func orDefault[T any](v *T, def T) T {
	if v == nil {
		return def
	}
	return *v
}

// BatchNorm normalises each channel of v (N,C,…). In training it uses the mean and
// the biased variance of the batch and, once the result has been computed, moves the
// running statistics towards them (with the unbiased variance); otherwise it uses the
// running statistics.
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
		return Failed("batch_norm", ErrValue, "running_mean and running_var must be there both or not at all")
	}
	if b := s.Batches; b != nil && b.n.Err() == nil && (b.DType() != Int64 || b.Size() != 1 || !b.IsLeaf()) {
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
		size := v.Size() // of the batch: a Program gives v up once it is recorded
		stats.n.Extra().Effect = func(value *storage.Buffer) error { return s.update(value, size) }
	}
	if (s.Weight == nil) != (s.Bias == nil) {
		n := v.NDim()
		return recordN(ops.BatchNorm, 2, v, stats).affine(s.Weight.perChannel(n), s.Bias.perChannel(n))
	}
	return recordN(ops.BatchNorm, 2, v, stats, s.Weight, s.Bias)
}

// frozenNorm applies fixed statistics: one multiplication and one addition.
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

// update moves the running statistics towards those of a batch with size elements.
func (s BatchNormState) update(stats *storage.Buffer, size int) error {
	momentum := orDefault(s.Momentum, 0.1)
	if s.Batches != nil {
		count := storage.View[int64](dataOf(s.Batches))
		count[0]++
		dataOf(s.Batches).Touch()
		if momentum != momentum {
			momentum = 1 / float64(count[0])
		}
	}
	c := s.Mean.Size()
	m := float64(size / max(c, 1))
	unbias := m / (m - 1)
	if stats.DType() == dtype.Float32 {
		return moveStats[float32](s, stats, c, momentum, unbias)
	}
	return moveStats[float64](s, stats, c, momentum, unbias)
}

func moveStats[T float32 | float64](s BatchNormState, stats *storage.Buffer, c int, momentum, unbias float64) error {
	mean, variance := dataOf(s.Mean), dataOf(s.Var)
	if mean.DType() != stats.DType() || variance.DType() != stats.DType() {
		return fmt.Errorf("stheno: batch_norm: running statistics are %v, input is %v: %w", mean.DType(), stats.DType(), ErrDType)
	}
	batch := storage.View[T](stats)
	for i, v := range storage.View[T](mean) {
		storage.View[T](mean)[i] = T((1-momentum)*float64(v) + momentum*float64(batch[i]))
	}
	for i, v := range storage.View[T](variance) {
		storage.View[T](variance)[i] = T((1-momentum)*float64(v) + momentum*float64(batch[2*c+i])*unbias)
	}
	mean.Touch()
	variance.Touch()
	return nil
}
