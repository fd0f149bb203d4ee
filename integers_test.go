// SPDX-License-Identifier: MIT

package stheno_test

import (
	"context"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/golden"
	"github.com/stheno-go/stheno/sthenotest"
)

// integerPairs are the operations of two operands of fixture integers.
var integerPairs = map[string]func(x *V, y any) *V{
	"add": (*V).Add, "sub": (*V).Sub, "mul": (*V).Mul, "div": (*V).Div, "pow": (*V).Pow,
	"maximum": (*V).Maximum, "minimum": (*V).Minimum, "remainder": (*V).Remainder, "floor_divide": (*V).FloorDivide,
	"eq": (*V).Eq, "ne": (*V).Ne, "lt": (*V).Lt, "le": (*V).Le, "gt": (*V).Gt, "ge": (*V).Ge,
	"matmul": func(x *V, y any) *V { return x.MatMul(y.(*V)) },
	"pad": func(x *V, y any) *V {
		if whole, ok := y.(int64); ok {
			y = float64(whole)
		}
		return x.Pad(y.(float64), 1, 2)
	},
}

// integerSingles are those of one operand; with dims, along these.
var integerSingles = map[string]func(x *V, dims ...int) *V{
	"sum": (*V).Sum, "prod": (*V).Prod, "amax": (*V).Max, "amin": (*V).Min, "all": (*V).All, "any": (*V).Any, "mean": (*V).Mean,
	"logsumexp": (*V).LogSumExp,
	"var":       func(x *V, dims ...int) *V { return x.Var(1, dims...) },
	"norm":      func(x *V, dims ...int) *V { return x.Norm(2, dims...) },
	"argmax":    func(x *V, dims ...int) *V { return along((*V).ArgMax, x, dims) },
	"argmin":    func(x *V, dims ...int) *V { return along((*V).ArgMin, x, dims) },
	"cumsum":    func(x *V, dims ...int) *V { return along((*V).Cumsum, x, dims) },
	"softmax":   func(x *V, dims ...int) *V { return along((*V).Softmax, x, dims) },
	"neg":       alone((*V).Neg), "abs": alone((*V).Abs), "square": alone((*V).Square), "sign": alone((*V).Sign),
	"floor": alone((*V).Floor), "ceil": alone((*V).Ceil), "round": alone((*V).Round), "relu": alone((*V).ReLU),
	"exp": alone((*V).Exp), "expm1": alone((*V).Expm1), "log": alone((*V).Log), "log1p": alone((*V).Log1p),
	"sqrt": alone((*V).Sqrt), "rsqrt": alone((*V).Rsqrt), "reciprocal": alone((*V).Reciprocal), "sin": alone((*V).Sin),
	"cos": alone((*V).Cos), "tan": alone((*V).Tan), "tanh": alone((*V).Tanh), "erf": alone((*V).Erf), "sigmoid": alone((*V).Sigmoid),
}

func alone(f func(x *V) *V) func(x *V, dims ...int) *V {
	return func(x *V, _ ...int) *V { return f(x) }
}

func along(f func(x *V, dim int) *V, x *V, dims []int) *V {
	if len(dims) == 0 {
		return f(x.Reshape(-1), 0)
	}
	return f(x, dims[0])
}

// operand returns an operand of fixture integers, or a number.
func (f *integerFixture) operand(name string) any {
	if t := f.tensors[name]; t != nil {
		return f.lay(stheno.FromTensor(t))
	}
	if name, turned := strings.CutSuffix(name, ".t"); turned {
		return f.operand(name).(*V).Transpose(-1, -2)
	}
	if whole, err := strconv.ParseInt(name, 10, 64); err == nil { // which an int may not hold
		return whole
	}
	return stheno.Must(strconv.ParseFloat(name, 64))
}

// integerFixture is what fixture integers holds.
type integerFixture struct {
	tensors map[string]*stheno.Tensor
	refused map[string]string // what torch refuses, and why
	lay     func(x *V) *V     // lays an operand out in memory
}

// integerCases returns the fixture and the names of its cases.
func integerCases(t *testing.T) (*integerFixture, []string) {
	f := &integerFixture{tensors: map[string]*stheno.Tensor{}, refused: map[string]string{}, lay: func(x *V) *V { return x }}
	for _, e := range stheno.Must(stheno.LoadState("internal/golden/testdata/integers.safetensors")) {
		f.tensors[e.Name] = e.Tensor
	}
	g := golden.Load(t, "integers")
	for _, name := range g.Noted() {
		f.refused[name] = g.Note(name)
	}
	names := slices.DeleteFunc(append(g.Names(), g.Noted()...), func(name string) bool { return !strings.Contains(name, " ") })
	require.Greater(t, len(names), 1000)
	return f, names
}

// compute does what a case says.
func (f *integerFixture) compute(name string) *V {
	words := strings.Split(name, " ")
	x := f.operand(words[1]).(*V)
	switch op := words[0]; {
	case op == "where":
		return stheno.Where(f.operand("c.bool").(*V), x, f.operand(words[2]))
	case op == "clamp":
		return x.Clamp(f.operand(words[2]), f.operand(words[3]))
	case len(words) == 3:
		return integerPairs[op](x, f.operand(words[2]))
	case strings.HasSuffix(op, "_1"):
		return integerSingles[op[:len(op)-2]](x, 1)
	default:
		return integerSingles[op](x)
	}
}

// check compares the tensor that a case came to, or its error, with torch's.
func (f *integerFixture) check(t *testing.T, name string, got *stheno.Tensor, err error) {
	t.Helper()
	if why := f.refused[name]; why != "" {
		assert.Error(t, err, "%s: torch says %s", name, why)
		return
	}
	want := f.tensors[name]
	if !assert.NoError(t, err, name) || !assert.Equal(t, want.DType(), got.DType(), name) || !assert.Equal(t, want.Shape(), got.Shape(), name) {
		return
	}
	if !want.DType().IsFloat() {
		assert.Equal(t, want.String(), got.String(), name)
		assert.Equal(t, want.Floats(), got.Floats(), name)
		return
	}
	for i, w := range want.Floats() {
		if g := got.Floats()[i]; g != w && !(math.IsNaN(g) && math.IsNaN(w)) && !(math.Abs(g-w) <= 1e-6*math.Abs(w)) {
			t.Errorf("%s: element %d is %v, want %v", name, i, g, w)
		}
	}
}

// What integers and booleans give, alone and beside other types and numbers, is what torch
// gives, its errors included.
func TestIntegersAsTorch(t *testing.T) {
	onEachMachine(t, func(t *testing.T) {
		for _, apart := range []bool{false, true} {
			f, names := integerCases(t)
			if apart { // elements that do not lie together
				f.lay = func(x *V) *V {
					if x.NDim() == 0 {
						return x
					}
					return stheno.Stack(-1, x, x.Eq(0).To(x.DType())).Flatten(x.NDim()-1).Slice(-1, 0, 2*x.Dim(-1), 2)
				}
			}
			for _, name := range names {
				got, err := f.compute(name).Tensor()
				f.check(t, name, got, err)
			}
		}
	})
}

func TestCompiledIntegersAsTorch(t *testing.T) {
	f, names := integerCases(t)
	for _, name := range names {
		p := stheno.Compile(func(...*V) []*V { return []*V{f.compute(name)} })
		got, err := p.Run(context.Background())
		if err != nil {
			f.check(t, name, nil, err)
			continue
		}
		x, err := got[0].Tensor()
		f.check(t, name, x, err)
	}
}

// Division by an integer 0 is an error when it is computed, wherever the 0 comes from.
func TestIntegersAreNotDividedByZero(t *testing.T) {
	onEachMachine(t, func(t *testing.T) {
		for _, x := range []*V{stheno.New([]int64{1, 2}), stheno.New([]uint8{1, 2}), stheno.New([]bool{true, false})} {
			for _, f := range []func(x *V, y any) *V{(*V).Remainder, (*V).FloorDivide} {
				zeros := []any{0, stheno.New([]int64{1, 0}), stheno.Scalar(int64(0)), stheno.New([]uint8{3, 1, 0}, 3, 1)}
				if x.DType() == stheno.Uint8 {
					zeros = append(zeros, 256, stheno.Scalar(int64(-256)))
				}
				for _, zero := range zeros {
					y := f(x, zero)
					require.NoError(t, y.Err())
					_, err := y.Tensor()
					assert.ErrorContains(t, err, "ZeroDivisionError")
					_, err = y.To(stheno.Float32).Add(1).Sum().Tensor()
					assert.ErrorContains(t, err, "ZeroDivisionError")
				}
				none, err := f(x.Slice(0, 0, 0, 1), 0).Tensor()
				require.NoError(t, err) // nothing is divided
				assert.Zero(t, none.Size())
			}
		}
	})
}

// The gradients of the functions of quotients: 1 and -⌊x/y⌋, and 0.
func TestGradientsOfQuotients(t *testing.T) {
	onEachMachine(t, func(t *testing.T) {
		x, y := stheno.New([]float64{1.5, -2, 7, -1}).WithGrad(), stheno.New([]float64{2, 3, -2, 0.7}).WithGrad()
		require.NoError(t, x.Remainder(y).Sum().Backward())
		assert.Equal(t, []float64{1, 1, 1, 1}, floats(t, x.Grad()))
		assert.Equal(t, []float64{0, 1, 4, 2}, floats(t, y.Grad())) // as torch
		x.ZeroGrad()
		y.ZeroGrad()
		require.NoError(t, x.FloorDivide(y).Mul(x).Sum().Backward())
		assert.Equal(t, []float64{0, -1, -4, -2}, floats(t, x.Grad()))
		assert.Equal(t, []float64{0, 0, 0, 0}, floats(t, y.Grad()))
		sthenotest.GradCheck(t, func(in ...*V) *V { return in[0].Remainder(in[1]) }, x, y)
	})
}
