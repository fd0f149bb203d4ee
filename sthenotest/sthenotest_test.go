// SPDX-License-Identifier: MIT

package sthenotest_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/sthenotest"
)

type V = stheno.Variable

// recorder is a testing.TB that records errors.
type recorder struct {
	testing.TB
	text strings.Builder
}

func (r *recorder) Helper()                      {}
func (r *recorder) Error(args ...any)            { fmt.Fprintln(&r.text, args...) }
func (r *recorder) Errorf(f string, args ...any) { fmt.Fprintf(&r.text, f+"\n", args...) }

func recorded(f func(t testing.TB)) string {
	r := new(recorder)
	f(r)
	return r.text.String()
}

func TestClose(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct {
		got, want any
		tol       sthenotest.Tol
		text      string // "": they agree
	}{
		{1.0, 1.0, sthenotest.Tol{}, ""},
		{1.0, 1.1, sthenotest.Tol{}, "got 1, want 1.1"},
		{1.0, 1.1, sthenotest.Tol{Abs: 0.2}, ""},
		{100.0, 101.0, sthenotest.Tol{Rel: 0.01}, ""},
		{100.0, 102.0, sthenotest.Tol{Rel: 0.01}, "off by 2, allowed 1.02"},
		{[]float64{nan, inf, -inf, 0}, []float64{nan, inf, -inf, math.Copysign(0, -1)}, sthenotest.Tol{}, ""},
		{[]float64{inf}, []float64{-inf}, sthenotest.Tol{Abs: inf}, "got +Inf, want -Inf"},
		{[]float64{1}, []float64{nan}, sthenotest.Tol{Abs: inf}, "want NaN"},
		{[]float64{inf}, []float64{1}, sthenotest.Tol{Rel: 1e300}, "got +Inf"},
		{stheno.Ones(2, 3), []float32{1, 1, 1, 1, 1, 1}, sthenotest.Tol{}, ""},
		{stheno.Ones(2, 3), stheno.Ones(3, 2), sthenotest.Tol{}, "got shape (2,3), want (3,2)"},
		{stheno.Ones(2, 3), []int{1}, sthenotest.Tol{}, "got 6 elements, want 1"},
		{stheno.Ones(2, 3), stheno.TensorOf([]float32{1, 1, 1, 1, 2, 1}, 2, 3), sthenotest.Tol{}, "1 of 6 elements differ:\n  at [1 1]: got 1, want 2"},
		{stheno.Ones(9), stheno.Arange(0, 9, 1), sthenotest.Tol{}, "worst:\n  at [8]: got 1, want 8"},
		{stheno.Ones(2).Gt(0), []bool{true, false}, sthenotest.Tol{}, "1 of 2"},
		{stheno.Ones(2).Add(stheno.Ones(3)), 1.0, sthenotest.Tol{}, "do not broadcast"},
		{stheno.Ones(1), (*V)(nil), sthenotest.Tol{}, "want: variable is nil"},
		{"one", 1.0, sthenotest.Tol{}, "a string cannot be compared"},
		{[]int64{1}, []uint8{1}, sthenotest.Tol{}, ""},
		{float32(1), 1, sthenotest.Tol{}, ""},
	} {
		var ok bool
		text := recorded(func(t testing.TB) { ok = sthenotest.Close(t, c.got, c.want, c.tol) })
		assert.Equal(t, c.text == "", ok)
		assert.Contains(t, text, c.text)
		if c.text == "" {
			assert.Empty(t, text)
		}
	}
}

func TestGradCheck(t *testing.T) {
	x := stheno.New([]float64{0.5, -1, 2}).WithGrad()
	w := stheno.New([]float64{3, 4, 5})
	mul := func(x ...*V) *V { return x[0].Mul(x[1]) }
	sthenotest.GradCheck(t, mul, x, w)
	assert.Nil(t, x.Grad())
	sthenotest.Close(t, x, []float64{0.5, -1, 2}, sthenotest.Tol{})
	sthenotest.GradCheck(t, func(x ...*V) *V { return x[0].Mul(1e6).Exp().Log().Mul(1e-6) }, stheno.New([]float64{1e-6, 2e-6}).WithGrad())
	sthenotest.GradCheck(t, func(x ...*V) *V { return x[0].Dropout(0.5) }, x)

	for name, c := range map[string]struct {
		f    func(x ...*V) *V
		in   []*V
		text string
	}{
		"wrong gradient":  {func(x ...*V) *V { return x[0].Mul(x[0].Detach()) }, []*V{x}, "input 0 of shape (3): element [0]: gradient is"},
		"slightly wrong":  {func(x ...*V) *V { return x[0].Add(x[0].Detach().Mul(1e-5)) }, []*V{x}, "off by 5.27e-06, allowed"},
		"second input":    {func(x ...*V) *V { return x[0].Add(x[1].Detach()) }, []*V{x, stheno.Ones(3).To(stheno.Float64).Detach()}, "input 1"},
		"no gradient":     {mul, []*V{w, w}, "no input requires a gradient"},
		"float32":         {mul, []*V{stheno.Ones(3).WithGrad(), w}, "input 0 must be a float64 leaf, it is a float32 leaf"},
		"no leaf":         {mul, []*V{x.Mul(2), w}, "it is a float64 result of an operation"},
		"nil":             {mul, []*V{x, nil}, "input 1 is nil"},
		"failed":          {mul, []*V{x, stheno.Ones(2)}, "do not broadcast"},
		"returns nil":     {func(...*V) *V { return nil }, []*V{x}, "f returned nil"},
		"returns float32": {func(x ...*V) *V { return x[0].To(stheno.Float32) }, []*V{x}, "f returned float32, must be float64"},
		"does not depend": {func(x ...*V) *V { return x[0].Detach() }, []*V{x}, "does not require grad"},
	} {
		if name == "second input" {
			c.in[1] = stheno.New([]float64{1, 2, 3}).WithGrad()
		}
		text := recorded(func(t testing.TB) { sthenotest.GradCheck(t, c.f, c.in...) })
		assert.Contains(t, text, c.text, name)
	}
}

// layer is a module that can violate each check of CheckModule.
type layer struct {
	Weight, Unused *V
	Mean           *V
	fault          string
	training       bool
	calls          int
}

func newLayer(fault string) *layer {
	g := stheno.NewGenerator(1)
	l := &layer{Weight: stheno.NewParameter(g.Normal(stheno.Float32, 0, 1, 4, 3)), Mean: stheno.NewBuffer(stheno.NewTensor(stheno.Float32, 4)), fault: fault}
	if fault == "unused parameter" {
		l.Unused = stheno.NewParameter(stheno.NewTensor(stheno.Float32, 1))
	}
	return l
}

func (l *layer) SetTraining(on bool) { l.training = on }

func (l *layer) Check() error {
	if l.fault == "check" {
		return fmt.Errorf("layer: out of order")
	}
	return nil
}

func (l *layer) Forward(x *V) *V {
	l.calls++
	y := x.Linear(l.Weight, nil)
	switch l.fault {
	case "not finite":
		return y.Sub(y).Log()
	case "not finite in evaluation":
		if !l.training {
			return y.Mul(math.Inf(1))
		}
	case "other bits":
		return y.Mul(l.calls)
	case "wrong gradient":
		return y.Mul(y.Detach())
	case "failed":
		return y.Reshape(7)
	case "random":
		return y.Dropout(0.5)
	}
	return y.Add(l.Mean).Tanh()
}

func TestCheckModule(t *testing.T) {
	x := stheno.NewGenerator(2).Randn(2, 3)
	for _, fault := range []string{"", "random"} {
		l := newLayer(fault)
		before := stheno.Must(l.Weight.Tensor()).Floats()
		sthenotest.CheckModule(t, l, x)
		assert.True(t, l.training)
		assert.Equal(t, before, stheno.Must(l.Weight.Tensor()).Floats())
		assert.Equal(t, stheno.Float32, l.Mean.DType())
		assert.Nil(t, l.Weight.Grad())
	}
	sthenotest.CheckModule(t, stheno.ModuleFunc((*V).ReLU), x)
	sthenotest.CheckModule(t, stheno.ModuleFunc(func(x *V) *V { return x.OneHot(4) }), stheno.Arange(0, 3, 1))
	for fault, text := range map[string]string{
		"unused parameter":         `in training: parameter "unused" gets no gradient`,
		"check":                    "out of order",
		"not finite":               "is NaN",
		"not finite in evaluation": "in evaluation",
		"other bits":               "two runs with the same random numbers differ",
		"wrong gradient":           "the input of shape (2,3): element [0 0]: gradient is",
		"failed":                   "is invalid for input of size 8",
	} {
		got := recorded(func(t testing.TB) { sthenotest.CheckModule(t, newLayer(fault), x) })
		assert.Contains(t, got, text, fault)
		assert.Contains(t, got, "*sthenotest_test.layer", fault)
	}
}

func ExampleClose() {
	got := stheno.New([]float32{1, 2, 3}).Square()
	fmt.Println(sthenotest.Close(new(testing.T), got, []float64{1, 4, 9}, sthenotest.Tol{Rel: 1e-6}))
	// Output: true
}
