// SPDX-License-Identifier: MIT

package layers_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/layers"
)

// no is the type of what is an error.
const no = stheno.Bool

// activationMethods are the activations of a Variable beside the structs that call them, and
// the types that torch gives them of int64, uint8 and bool.
var activationMethods = map[string]struct {
	method                  func(x *v) *v
	layer                   stheno.Module
	ofInt64, ofUint8, ofBit stheno.DType
}{
	"relu":         {(*v).ReLU, layers.ReLU{}, stheno.Int64, stheno.Uint8, no},
	"relu6":        {(*v).ReLU6, layers.ReLU6{}, stheno.Int64, stheno.Uint8, no},
	"sigmoid":      {(*v).Sigmoid, layers.Sigmoid{}, stheno.Float32, stheno.Float32, stheno.Float32},
	"tanh":         {(*v).Tanh, layers.Tanh{}, stheno.Float32, stheno.Float32, stheno.Float32},
	"leaky relu":   {func(x *v) *v { return x.LeakyReLU(0.01) }, layers.LeakyReLU{}, no, no, no},
	"leaky relu 0": {func(x *v) *v { return x.LeakyReLU(0) }, layers.LeakyReLU{Slope: new(0.0)}, no, no, no},
	"elu":          {func(x *v) *v { return x.ELU(1) }, layers.ELU{}, no, no, no},
	"elu 2":        {func(x *v) *v { return x.ELU(2) }, layers.ELU{Alpha: new(2.0)}, no, no, no},
	"celu":         {func(x *v) *v { return x.CELU(1) }, layers.CELU{}, no, no, no},
	"celu 2":       {func(x *v) *v { return x.CELU(2) }, layers.CELU{Alpha: new(2.0)}, no, no, no},
	"celu 0":       {func(x *v) *v { return x.CELU(0) }, layers.CELU{Alpha: new(0.0)}, no, no, no},
	"selu":         {(*v).SELU, layers.SELU{}, no, no, no},
	"gelu":         {(*v).GELU, layers.GELU{}, no, no, no},
	"gelu tanh":    {(*v).GELUTanh, layers.GELU{Tanh: true}, no, no, no},
	"silu":         {(*v).SiLU, layers.SiLU{}, no, no, no},
	"mish":         {(*v).Mish, layers.Mish{}, no, no, no},
	"softplus":     {func(x *v) *v { return x.Softplus(1, 20) }, layers.Softplus{}, no, no, no},
	"softplus 2 1": {func(x *v) *v { return x.Softplus(2, 1) }, layers.Softplus{Beta: new(2.0), Threshold: new(1.0)}, no, no, no},
	"softsign":     {(*v).Softsign, layers.Softsign{}, stheno.Float32, stheno.Float32, no},
	"tanhshrink":   {(*v).Tanhshrink, layers.Tanhshrink{}, stheno.Float32, stheno.Float32, no},
	"hardtanh":     {func(x *v) *v { return x.Hardtanh(-1, 1) }, layers.Hardtanh{}, stheno.Int64, stheno.Uint8, no},
	"hardtanh 2 7": {func(x *v) *v { return x.Hardtanh(2, 7) }, layers.Hardtanh{Min: new(2.0), Max: new(7.0)}, stheno.Int64, stheno.Uint8, no},
	"hardtanh 1 1": {func(x *v) *v { return x.Hardtanh(1, 1) }, layers.Hardtanh{Min: new(1.0)}, no, no, no},
	"hardtanh 0.5": {func(x *v) *v { return x.Hardtanh(-1, 0.5) }, layers.Hardtanh{Max: new(0.5)}, no, no, no}, // torch cuts 0.5 to 0
	"hardsigmoid":  {(*v).Hardsigmoid, layers.Hardsigmoid{}, no, no, no},
	"hardswish":    {(*v).Hardswish, layers.Hardswish{}, no, no, no},
	"hardshrink":   {func(x *v) *v { return x.Hardshrink(0.5) }, layers.Hardshrink{}, no, no, no},
	"hardshrink 2": {func(x *v) *v { return x.Hardshrink(2) }, layers.Hardshrink{Lambda: new(2.0)}, no, no, no},
	"softshrink":   {func(x *v) *v { return x.Softshrink(0.5) }, layers.Softshrink{}, no, no, no},
	"softshrink 2": {func(x *v) *v { return x.Softshrink(2) }, layers.Softshrink{Lambda: new(2.0)}, no, no, no},
	"softshrink-1": {func(x *v) *v { return x.Softshrink(-1) }, layers.Softshrink{Lambda: new(-1.0)}, no, no, no},
	"threshold":    {func(x *v) *v { return x.Threshold(1, 7) }, layers.Threshold{Limit: 1, Value: 7}, stheno.Int64, stheno.Uint8, no},
	"threshold -1": {func(x *v) *v { return x.Threshold(-1, 0) }, layers.Threshold{Limit: -1}, stheno.Int64, no, no}, // torch takes -1 for 255
	"threshold1.5": {func(x *v) *v { return x.Threshold(1.5, 0) }, layers.Threshold{Limit: 1.5}, no, no, no},         // torch cuts 1.5 to 1
	"log sigmoid":  {(*v).LogSigmoid, layers.LogSigmoid{}, no, no, no},
	"glu":          {func(x *v) *v { return x.GLU(-1) }, layers.GLU{}, no, no, no},
	"glu 0":        {func(x *v) *v { return x.GLU(0) }, layers.GLU{Dim: new(0)}, no, no, no},
	"glu 7":        {func(x *v) *v { return x.GLU(7) }, layers.GLU{Dim: new(7)}, no, no, no},
	"prelu ()":     prelu(stheno.Scalar[float32](0.3)), "prelu (1)": prelu(stheno.New([]float32{-0.3})), "prelu (6)": prelu(stheno.New([]float32{1, 0, -1, 2, 0.5, 0.25})),
	"prelu (2)": prelu(stheno.New([]float32{1, 0})), "prelu (6,1)": prelu(stheno.Ones(6, 1)), "prelu (0)": prelu(stheno.Ones(0)), "prelu int": prelu(stheno.Scalar[int64](2)),
	"prelu failed": prelu(stheno.New([]float32{1, 2}).Add(stheno.Ones(3))),
	"rrelu":        {seeded(func(x *v) *v { return x.RReLU(1.0/8, 1.0/3, true) }), stheno.ModuleFunc(seeded((&layers.RReLU{}).Forward)), no, no, no},
	"rrelu eval":   {func(x *v) *v { return x.RReLU(0, 0.5, false) }, evaluated(&layers.RReLU{Lower: new(0.0), Upper: new(0.5)}), no, no, no},
	"rrelu bad":    {func(x *v) *v { return x.RReLU(0.5, 0, true) }, &layers.RReLU{Lower: new(0.5), Upper: new(0.0)}, no, no, no},
	"softmax":      {func(x *v) *v { return x.Softmax(-1) }, layers.NewSoftmax(-1), no, no, no},
	"softmax 5":    {func(x *v) *v { return x.Softmax(5) }, layers.NewSoftmax(5), no, no, no},
	"softmin":      {func(x *v) *v { return x.Softmin(0) }, layers.NewSoftmin(0), no, no, no},
	"log softmax":  {func(x *v) *v { return x.LogSoftmax(-1) }, layers.NewLogSoftmax(-1), no, no, no},
}

func prelu(w *v) (c struct {
	method                  func(x *v) *v
	layer                   stheno.Module
	ofInt64, ofUint8, ofBit stheno.DType
}) {
	c.method, c.layer = func(x *v) *v { return x.PReLU(w) }, &layers.PReLU{Weight: w}
	c.ofInt64, c.ofUint8, c.ofBit = no, no, no
	return c
}

// seeded makes f draw the same numbers each time.
func seeded(f func(x *v) *v) func(x *v) *v {
	return func(x *v) *v { stheno.Seed(11); return f(x) }
}

func evaluated(m stheno.Module) stheno.Module {
	if err := stheno.Eval(m); err != nil {
		panic(err)
	}
	return m
}

// TestActivationsAreTheMethods checks that values and gradients have the same bits, and errors the
// same text.
func TestActivationsAreTheMethods(t *testing.T) {
	g := stheno.NewGenerator(3)
	inf, nan := math.Inf(1), math.NaN()
	for name, c := range activationMethods {
		t.Run(name, func(t *testing.T) {
			for _, d := range []stheno.DType{stheno.Float32, stheno.Float64} {
				for _, shape := range [][]int{{4, 6, 2}, {6}, {2, 6}, {}, {0, 6}, {1, 6, 1, 2}, {3, 3}} {
					agree(t, c.method, c.layer.Forward, stheno.FromTensor(g.Normal(d, 0, 3, shape...)).WithGrad())
				}
				special := stheno.New([]float64{nan, inf, -inf, 0, math.Copysign(0, -1), 1, -1, 0.5, -0.5, 3, -3, 1e30}, 2, 6)
				agree(t, c.method, c.layer.Forward, special.To(d).WithGrad())
			}
			failed := stheno.New([]float32{1, 2}).Add(stheno.Ones(3))
			for _, x := range []*v{nil, failed} {
				agree(t, c.method, c.layer.Forward, x)
				require.Error(t, c.method(x).Err())
			}
		})
	}
}

// TestActivationsOfIntegers checks that activations of integers have torch's type and the values of
// the same numbers as floats, or are errors.
func TestActivationsOfIntegers(t *testing.T) {
	for name, c := range activationMethods {
		t.Run(name, func(t *testing.T) {
			for _, of := range []struct {
				x    *v
				want stheno.DType
			}{
				{stheno.New([]int64{-300, -7, -2, -1, 0, 1, 2, 3, 6, 7, 8, 300}, 2, 6), c.ofInt64},
				{stheno.New([]uint8{0, 1, 2, 3, 4, 6, 7, 8, 127, 128, 254, 255}, 2, 6), c.ofUint8},
				{stheno.New([]bool{true, false, true, false, false, true}, 1, 6), c.ofBit},
			} {
				agree(t, c.method, c.layer.Forward, of.x)
				y := c.method(of.x)
				if of.want == no {
					require.Error(t, y.Err(), of.x.DType())
					continue
				}
				require.NoError(t, y.Err())
				require.Equal(t, of.want, y.DType())
				got, want := floatsOf(t, y), floatsOf(t, c.method(of.x.To(stheno.Float32)))
				assert.InDeltaSlice(t, want, got, 1e-6, "%v", of.x.DType())
			}
		})
	}
	whole := stheno.New([]int64{-300, 1, 7})
	for op, y := range map[string]*v{
		"leaky_relu": whole.LeakyReLU(0.1), "elu": whole.ELU(1), "celu": whole.CELU(1), "selu": whole.SELU(), "gelu": whole.GELUTanh(), "silu": whole.SiLU(),
		"mish": whole.Mish(), "softplus": whole.Softplus(1, 20), "log_sigmoid": whole.LogSigmoid(), "hardsigmoid": whole.Hardsigmoid(), "hardswish": whole.Hardswish(),
		"hardshrink": whole.Hardshrink(1), "softshrink": whole.Softshrink(1), "glu": whole.GLU(0), "prelu": whole.PReLU(stheno.Scalar[float32](1)),
		"rrelu": whole.RReLU(0, 1, true), "softmin": whole.Softmin(0), "softmax": whole.Softmax(0), "log_softmax": whole.LogSoftmax(0),
	} {
		require.ErrorIs(t, y.Err(), stheno.ErrDType, op)
		require.ErrorContains(t, y.Err(), "stheno: "+op+": ")
	}
	require.ErrorContains(t, whole.Hardtanh(-1, 0.5).Err(), "0.5 is not an integer, but the input is int64")
	require.ErrorContains(t, stheno.New([]uint8{1}).Threshold(300, 1).Err(), "the limit 300 is out of the range of uint8")
	require.ErrorContains(t, stheno.New([]uint8{1}).Threshold(1, 300).Err(), "the number 300 is out of the range of uint8")
}

// TestChecksOfActivations checks that Check draws no random numbers.
func TestChecksOfActivations(t *testing.T) {
	stheno.Seed(5)
	want := floatsOf(t, stheno.Rand(3))
	stheno.Seed(5)
	require.NoError(t, stheno.Check(layers.Sequential{&layers.RReLU{}, layers.CELU{}, layers.Hardtanh{}, layers.Softshrink{}}))
	require.Equal(t, want, floatsOf(t, stheno.Rand(3)))
}
