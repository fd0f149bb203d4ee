// SPDX-License-Identifier: MIT

package stheno_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/sthenotest"
)

// What the fixtures do not have.

func TestMSELossIsTheMeanOfSquares(t *testing.T) {
	onEachMachine(t, func(t *testing.T) {
		g := stheno.NewGenerator(1)
		a, b := stheno.FromTensor(g.Normal(stheno.Float64, 0, 1, 3, 4)).WithGrad(), stheno.FromTensor(g.Normal(stheno.Float64, 0, 1, 3, 4)).WithGrad()
		sthenotest.Close(t, a.MSELoss(b), a.Sub(b).Square().Mean(), sthenotest.Tol{Rel: 1e-14})
		sthenotest.GradCheck(t, func(x ...*V) *V { return x[0].MSELoss(x[1]) }, a, b)
		sthenotest.GradCheck(t, func(x ...*V) *V { return x[0].Transpose(0, 1).MSELoss(x[1].T()) }, a, b)
		sthenotest.GradCheck(t, func(x ...*V) *V { return stheno.Grad(x[0].MSELoss(x[1]), a)[0] }, a, b)
		got, err := stheno.Zeros(0, 3).MSELoss(stheno.Zeros(0, 3)).Item()
		require.NoError(t, err)
		assert.True(t, math.IsNaN(got))
		require.ErrorIs(t, stheno.Ones(3, 4).MSELoss(stheno.Ones(4)).Err(), stheno.ErrShape)
	})
}

func TestBatchNormWithOneOfWeightAndBias(t *testing.T) {
	g := stheno.NewGenerator(1)
	x := stheno.FromTensor(g.Normal(stheno.Float64, 3, 2, 4, 3, 2)).WithGrad()
	w := stheno.FromTensor(g.Normal(stheno.Float64, 1, 1, 3)).WithGrad()
	plain := x.BatchNorm(stheno.BatchNormState{Eps: new(1e-5), Training: true})
	weighted := func(x ...*V) *V {
		return x[0].BatchNorm(stheno.BatchNormState{Weight: x[1], Eps: new(1e-5), Training: true})
	}
	biased := func(x ...*V) *V {
		return x[0].BatchNorm(stheno.BatchNormState{Bias: x[1], Eps: new(1e-5), Training: true})
	}
	sthenotest.Close(t, weighted(x, w), plain.Mul(w.Reshape(3, 1)), sthenotest.Tol{Rel: 1e-14})
	sthenotest.Close(t, biased(x, w), plain.Add(w.Reshape(3, 1)), sthenotest.Tol{Rel: 1e-14})
	sthenotest.GradCheck(t, weighted, x, w)
	sthenotest.GradCheck(t, biased, x, w)
}

func TestRunningStatisticsMoveOnceAStep(t *testing.T) {
	onEachMachine(t, func(t *testing.T) {
		x := stheno.New([]float32{0, 2, 4, 6}, 4, 1)
		s := stheno.BatchNormState{
			Mean: stheno.NewBuffer(stheno.NewTensor(stheno.Float32, 1)), Var: stheno.NewBuffer(stheno.TensorOf([]float32{1})),
			Batches: stheno.NewBuffer(stheno.ScalarOf(int64(0))), Eps: new(1e-5), Momentum: new(0.5), Training: true,
		}
		y := x.BatchNorm(s)
		sthenotest.Close(t, s.Mean, []float32{0}, exact) // not yet computed
		require.NoError(t, stheno.Run(y))
		require.NoError(t, stheno.Run(y.Sum()))
		_, err := y.Tensor()
		require.NoError(t, err)
		sthenotest.Close(t, s.Mean, []float32{1.5}, exact)
		sthenotest.Close(t, s.Var, []float64{0.5 + 0.5*20.0/3}, sthenotest.Tol{Rel: 1e-6}) // float32
		sthenotest.Close(t, s.Batches, 1, exact)

		s.Momentum = new(math.NaN()) // the cumulative mean: the second of two batches
		require.NoError(t, stheno.Run(x.Add(1).BatchNorm(s)))
		sthenotest.Close(t, s.Mean, []float64{(1.5 + 4) / 2}, exact)
		sthenotest.Close(t, s.Batches, 2, exact)
	})
}

func TestDropout(t *testing.T) {
	onEachMachine(t, func(t *testing.T) {
		stheno.Seed(7)
		x := stheno.Ones(100, 100).WithGrad()
		y := x.Dropout(0.25)
		require.NoError(t, y.Retain().Backward(stheno.Ones(100, 100)))
		values, err := stheno.Values[float32](y)
		require.NoError(t, err)
		zeros := 0
		for _, v := range values {
			if v == 0 {
				zeros++
			} else {
				require.Equal(t, float32(1/0.75), v)
			}
		}
		assert.InDelta(t, 2500, zeros, 5*math.Sqrt(10000*0.25*0.75)) // five standard deviations
		sthenotest.Close(t, x.Grad(), values, exact)                 // the same elements

		same, other := func() *V { stheno.Seed(7); return x.Dropout(0.25) }(), x.Dropout(0.25)
		sthenotest.Close(t, same, values, exact)
		assert.NotEqual(t, values, stheno.Must(stheno.Values[float32](other)))
		assert.Same(t, x, x.Dropout(0))
		sthenotest.Close(t, x.Dropout(1).Sum(), 0.0, exact)
	})
}

func TestTypesOfResults(t *testing.T) {
	i, f, d, b := stheno.Arange(0, 4, 1), stheno.Ones(4), stheno.Ones(4).To(stheno.Float64), stheno.Ones(4).Gt(0)
	u := stheno.New([]uint8{1, 2, 3, 4})
	for name, c := range map[string]struct {
		v    *V
		want stheno.DType
	}{
		"int+int": {i.Add(i), stheno.Int64}, "int+float": {i.Add(f), stheno.Float32}, "float+double": {f.Add(d), stheno.Float64},
		"int*1": {i.Mul(1), stheno.Int64}, "int*1.5": {i.Mul(1.5), stheno.Float32}, "double*1": {d.Mul(1), stheno.Float64},
		"int/int": {i.Div(i), stheno.Float32}, "int/2": {i.Div(2), stheno.Float32}, "bool+int": {b.Add(1), stheno.Int64},
		"uint8+uint8": {u.Add(u), stheno.Uint8}, "uint8+int": {u.Add(i), stheno.Int64}, "uint8*2": {u.Mul(2), stheno.Uint8},
		"float+scalar double": {f.Add(stheno.Scalar(1.0)), stheno.Float32}, "int+scalar float": {i.Add(stheno.Scalar(float32(1))), stheno.Float32},
		"sum of bools": {b.Sum(), stheno.Int64}, "sum of uint8": {u.Sum(), stheno.Int64}, "prod of ints": {i.Prod(), stheno.Int64},
		"max of ints": {i.Max(), stheno.Int64}, "argmax": {f.ArgMax(0), stheno.Int64}, "int>1": {i.Gt(1), stheno.Bool},
		"cat": {stheno.Cat(0, i, f), stheno.Float32}, "stack": {stheno.Stack(0, u, i, b), stheno.Int64},
		"where": {stheno.Where(b, i, f), stheno.Float32}, "neg int": {i.Neg(), stheno.Int64}, "abs int": {i.Abs(), stheno.Int64},
		"int to bool":          {i.To(stheno.Bool), stheno.Bool},
		"softplus of a scalar": {stheno.Scalar(float32(1)).Softplus(1, 20), stheno.Float32},
		"norm of a scalar":     {stheno.Scalar(float32(1)).Norm(3), stheno.Float32},
		"std of a scalar":      {stheno.Scalar(float32(1)).Std(0), stheno.Float32},
		"logsumexp of doubles": {d.LogSumExp(), stheno.Float64}, "softplus of doubles": {d.Softplus(2, 3), stheno.Float64},
	} {
		require.NoError(t, c.v.Err(), name)
		assert.Equal(t, c.want, c.v.DType(), name)
		got, err := c.v.Tensor()
		require.NoError(t, err, name)
		assert.Equal(t, c.want, got.DType(), name)
	}
	sthenotest.Close(t, i.To(stheno.Bool), []bool{false, true, true, true}, exact)
	sthenotest.Close(t, u.Sub(2), []uint8{255, 0, 1, 2}, exact) // wraps around, as in torch
	sthenotest.Close(t, stheno.New([]float32{-1.7, 2.9, 300}).To(stheno.Int64), []int64{-1, 2, 300}, exact)
	big, err := stheno.Values[int64](stheno.New([]int64{1 << 60}).Add(int64(1<<60 + 1)))
	require.NoError(t, err)
	assert.Equal(t, []int64{1<<61 + 1}, big) // more than a float64 holds
	for _, one := range []any{int8(1), int16(1), int32(1), int64(1), uint8(1), uint16(1), uint32(1), uint(1), uint64(1), float32(1), 1.0, 1} {
		sthenotest.Close(t, stheno.Arange(0, 2, 1).Add(one), []int64{1, 2}, exact)
	}
	require.ErrorIs(t, i.Add(uint64(math.MaxUint64)).Err(), stheno.ErrDType)
	sthenotest.Close(t, b.And(i.Gt(1)).Or(i.Eq(0)), []bool{true, false, true, true}, exact)
	sthenotest.Close(t, b.Xor(i.Gt(1)), []bool{true, true, false, false}, exact)
	sthenotest.Close(t, i.Gt(0).All(), []bool{false}, exact)
	sthenotest.Close(t, i.Gt(0).Any(), []bool{true}, exact)
	sthenotest.Close(t, i.Gt(0).Reshape(2, 2).All(1), []bool{false, true}, exact)
	sthenotest.Close(t, stheno.Zeros(0).Gt(0).All(), []bool{true}, exact)
	sthenotest.Close(t, stheno.Zeros(0).Gt(0).Any(), []bool{false}, exact)
}

// TestGradientsAtSpecialPoints has the values that torch 2.15 gives.
func TestGradientsAtSpecialPoints(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	rows := func(n int, data ...float64) *V { return stheno.New(data, n, len(data)/n).WithGrad() }
	for name, c := range map[string]struct {
		f    func(x *V) *V
		x    *V
		want []float64
	}{
		"std of equal elements":   {func(x *V) *V { return x.Std(0, 1) }, rows(2, 1, 1, 1, 3), []float64{0, 0, -0.5, 0.5}},
		"3-norm of zeros":         {func(x *V) *V { return x.Norm(3, 1) }, rows(2, 0, 0, 0, 2), []float64{0, 0, 0, 1}},
		"1/2-norm":                {func(x *V) *V { return x.Norm(0.5, 1) }, rows(2, 0, 0, 0, 2), []float64{0, 0, 0, 1}},
		"-1-norm":                 {func(x *V) *V { return x.Norm(-1, 1) }, rows(1, 2, 2), []float64{0.25, 0.25}},
		"relu of NaN":             {(*V).ReLU, leaf64(nan, -1, 0, 1), []float64{1, 0, 0, 1}},
		"maximum of NaN":          {func(x *V) *V { return x.Maximum(1) }, leaf64(nan, 0, 1, 2), []float64{1, 0, 0.5, 1}},
		"0 to the 0":              {func(x *V) *V { return stheno.Zeros(3).To(stheno.Float64).Pow(x) }, leaf64(0, 1, 2), []float64{0, 0, 0}},
		"0 to the power":          {func(x *V) *V { return x.Pow(0) }, leaf64(0, nan, inf), []float64{0, 0, 0}},
		"square of 0":             {func(x *V) *V { return x.Pow(2) }, leaf64(0, -1, inf), []float64{0, -2, inf}},
		"logsumexp of infinities": {func(x *V) *V { return x.LogSumExp(1) }, rows(2, -inf, 0, 0, -inf, 1, -inf), []float64{0, 0.5, 0.5, 0, 1, 0}},
		"product with zeros":      {func(x *V) *V { return x.Prod(1) }, rows(2, 0, 2, 3, 0, 0, 3), []float64{6, 0, 0, 0, 0, 0}},
	} {
		require.NoError(t, c.f(c.x).Sum().Backward(), name)
		require.True(t, sthenotest.Close(t, c.x.Grad(), c.want, sthenotest.Tol{Rel: 1e-15}), name)
	}
	got, err := stheno.New([]float64{0x1p-1070}).Log().Item() // a denormal number
	require.NoError(t, err)
	assert.InDelta(t, -1070*math.Ln2, got, 1e-12)
}

func TestThirdDerivatives(t *testing.T) {
	g := stheno.NewGenerator(3)
	x := stheno.FromTensor(g.Normal(stheno.Float64, 0, 1, 2, 4)).WithGrad()
	weight := stheno.FromTensor(g.Normal(stheno.Float64, 0, 1, 2, 4))
	for name, f := range map[string]func(*V) *V{
		"layer norm": func(v *V) *V { return v.LayerNorm([]int{4}, nil, nil, 1e-3) },
		"group norm": func(v *V) *V { return v.GroupNorm(2, nil, nil, 1e-3) },
		"batch norm": func(v *V) *V {
			return v.Reshape(4, 2).BatchNorm(stheno.BatchNormState{Eps: new(1e-3), Training: true}).Reshape(2, 4)
		},
		"softmax":     func(v *V) *V { return v.Softmax(1) },
		"log softmax": func(v *V) *V { return v.LogSoftmax(1) },
		"logsumexp":   func(v *V) *V { return v.LogSumExp(1).Unsqueeze(1) },
		"norm":        func(v *V) *V { return v.Norm(2, 1).Unsqueeze(1) },
		"softplus":    func(v *V) *V { return v.Softplus(1, 20) },
		"erf":         (*V).Erf,
		"tanh":        (*V).Tanh,
		"variance":    func(v *V) *V { return v.Var(1, 0) },
		"matmul":      func(v *V) *V { return v.MatMul(v.T()).MatMul(v) },
	} {
		t.Run(name, func(t *testing.T) {
			sthenotest.GradCheck(t, func(...*V) *V {
				first := stheno.Grad(f(x).Mul(weight).Sum(), x)[0]
				return stheno.Grad(first.Square().Mul(weight).Sum(), x)[0]
			}, x)
		})
	}
}

func TestWhereTakesNumbers(t *testing.T) {
	cond := stheno.New([]bool{true, false})
	for name, c := range map[string]struct {
		got  *V
		want stheno.DType
		data []float64
	}{
		"float32 stays":          {stheno.Where(cond, 0.5, stheno.New([]float32{1, 2})), stheno.Float32, []float64{0.5, 2}},
		"float32 scalar stays":   {stheno.Where(stheno.Scalar(true), 0.5, stheno.Scalar(float32(3))), stheno.Float32, []float64{0.5}},
		"float64 stays":          {stheno.Where(cond, stheno.New([]float64{1, 2}), 7), stheno.Float64, []float64{1, 7}},
		"int64 with an int":      {stheno.Where(cond, stheno.New([]int64{1 << 60, 2}), 7), stheno.Int64, []float64{1 << 60, 7}},
		"int64 with a float":     {stheno.Where(cond, stheno.New([]int64{1, 2}), 7.5), stheno.Float32, []float64{1, 7.5}},
		"two ints":               {stheno.Where(cond, 1, 2), stheno.Int64, []float64{1, 2}},
		"two numbers":            {stheno.Where(cond, 1, 2.5), stheno.Float32, []float64{1, 2.5}},
		"bool beside an int":     {stheno.Where(cond, stheno.New([]bool{true, true}), 2), stheno.Int64, []float64{1, 2}},
		"uint8 with a small int": {stheno.Where(cond, stheno.New([]uint8{9, 9}), 2), stheno.Uint8, []float64{9, 2}},
	} {
		require.Equal(t, c.want, c.got.DType(), name)
		require.Equal(t, c.data, stheno.Must(c.got.Tensor()).Floats(), name)
	}
	var none *V
	require.ErrorContains(t, stheno.Where(cond, 1, none).Err(), "nil")
	require.ErrorContains(t, stheno.Where(cond, "a", 1).Err(), "operand is a string, must be a *Variable or a number")
}
