// SPDX-License-Identifier: MIT

package stheno_test

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/layers"
)

var everyFloat = flag.Uint64("everyfloat", 0, "TestAccuracy tries every so-manieth of all 2^32 numbers (1: each), and prints the largest errors")

// accuracies are the pointwise functions of float32 beside those of float64, and the largest
// error of all numbers in units of the last place; docs/performance.md has the table.
var accuracies = []struct {
	name string
	got  func(x *V) *V
	want func(x float64) float64
	ulps float64
}{
	{"exp", (*V).Exp, math.Exp, 1},
	{"expm1", (*V).Expm1, math.Expm1, 0.54},
	{"log", (*V).Log, math.Log, 0.54},
	{"log1p", (*V).Log1p, math.Log1p, 0.54},
	{"sqrt", (*V).Sqrt, math.Sqrt, 0.5},
	{"rsqrt", (*V).Rsqrt, func(x float64) float64 { return 1 / math.Sqrt(x) }, 0.51},
	{"reciprocal", (*V).Reciprocal, func(x float64) float64 { return 1 / x }, 0.5},
	{"sin", (*V).Sin, math.Sin, 0.51},
	{"cos", (*V).Cos, math.Cos, 0.51},
	{"tan", (*V).Tan, math.Tan, 0.51},
	{"tanh", (*V).Tanh, math.Tanh, 0.54},
	{"sigmoid", (*V).Sigmoid, sigmoidOf, 2.41},
	{"log sigmoid", (*V).LogSigmoid, func(x float64) float64 { return -softplusOf(-x) }, 1.5},
	{"softplus", func(x *V) *V { return x.Softplus(1, 20) }, func(x float64) float64 {
		if x > 20 {
			return x
		}
		return softplusOf(x)
	}, 1.5},
	{"erf", (*V).Erf, math.Erf, 0.54},
	{"gelu", call(layers.GELU{}), func(x float64) float64 {
		if math.IsInf(x, -1) {
			return math.NaN() // as torch
		}
		return x * math.Erfc(-x/math.Sqrt2) / 2
	}, 1.7e7}, // below -5.5 it is 0, as torch's: half an ulp of x at most
	{"silu", call(layers.SiLU{}), func(x float64) float64 { return x * sigmoidOf(x) }, 53}, // of subnormal results; torch has 0 below -88.7
	{"elu", call(layers.ELU{}), func(x float64) float64 {
		if x > 0 {
			return x
		}
		return math.Expm1(x)
	}, 0.54},
	{"softsign", call(layers.Softsign{}), func(x float64) float64 { return x / (1 + math.Abs(x)) }, 1.51},
	{"pow 3", power(3), func(x float64) float64 { return x * x * x }, 1.5},
	{"pow 2.5", power(2.5), powOf(2.5), 0.51},
	{"pow 0.5", power(0.5), math.Sqrt, 0.5},
	{"pow -0.5", power(-0.5), powOf(-0.5), 0.51},
	{"pow -2", power(-2), powOf(-2), 0.51},
	{"pow 1/3", power(1. / 3), powOf(float64(float32(1. / 3))), 0.51},
	{"2 to the power", func(x *V) *V { return stheno.New([]float32{2}).Pow(x) }, math.Exp2, 0.51},
}

func call(m stheno.Module) func(*V) *V      { return func(x *V) *V { return stheno.Call(m, x) } }
func power(p float64) func(*V) *V           { return func(x *V) *V { return x.Pow(p) } }
func powOf(p float64) func(float64) float64 { return func(x float64) float64 { return math.Pow(x, p) } }

func sigmoidOf(x float64) float64 {
	if x < 0 {
		return math.Exp(x) / (1 + math.Exp(x))
	}
	return 1 / (1 + math.Exp(-x))
}

func softplusOf(x float64) float64 { return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }

// ulpsOff is the distance of got from want in units of the last place of float32 there.
func ulpsOff(got float32, want float64) float64 {
	if w := float32(want); got == w || got != got && want != want {
		return 0
	}
	_, e := math.Frexp(want)
	return math.Abs(float64(got)-want) / math.Ldexp(1, max(e-24, -149))
}

// TestAccuracy takes numbers of each exponent and sign, subnormal ones included, and those
// around whole numbers and at the ends.
func TestAccuracy(t *testing.T) {
	const run = 1 << 20
	var runs [][]float32
	r := rand.New(rand.NewPCG(7, 8))
	if list := make([]float32, 0, run); *everyFloat == 0 {
		for high := range uint32(1 << 9) { // sign and exponent
			for range 400 {
				list = append(list, math.Float32frombits(high<<23|r.Uint32()>>9))
			}
			list = append(list, math.Float32frombits(high<<23), math.Float32frombits(high<<23|1), math.Float32frombits(high<<23|1<<23-1))
		}
		for n := -110; n <= 110; n++ {
			for _, to := range []float32{-1000, 1000} {
				list = append(list, float32(n), math.Nextafter32(float32(n), to), float32(float64(n)*math.Pi/2), float32(n)+r.Float32())
			}
		}
		runs = append(runs, list)
	}
	worst, at := make([]float64, len(accuracies)), make([]float32, len(accuracies))
	var found sync.Mutex
	look := func(list []float32) {
		for k, c := range accuracies {
			got, err := stheno.Values[float32](c.got(stheno.New(list)))
			assert.NoError(t, err, c.name)
			most, where := 0.0, float32(0)
			for i, y := range got {
				x := list[i]
				want := c.want(float64(x))
				if want == 0 && math.Signbit(want) != math.Signbit(float64(y)) && x == 0 {
					t.Errorf("%s of %v: got %v, want %v", c.name, x, y, want)
				}
				if e := ulpsOff(y, want); !(e <= most) {
					most, where = e, x
				}
			}
			found.Lock()
			if !(most <= worst[k]) {
				worst[k], at[k] = most, where
			}
			found.Unlock()
		}
	}
	for _, list := range runs {
		look(list)
	}
	if step := *everyFloat; step > 0 {
		var next atomic.Int64
		var all sync.WaitGroup
		for range runtime.GOMAXPROCS(0) {
			all.Go(func() {
				list := make([]float32, run)
				for from := uint64(next.Add(run) - run); from*step < 1<<32; from = uint64(next.Add(run) - run) {
					for i := range list {
						list[i] = math.Float32frombits(uint32((from + uint64(i)) * step))
					}
					look(list)
				}
			})
		}
		all.Wait()
	}
	for k, c := range accuracies {
		if *everyFloat > 0 || testing.Verbose() {
			fmt.Printf("| %s | %.4f | %v |\n", c.name, worst[k], at[k])
		}
		assert.LessOrEqual(t, worst[k], c.ulps, "%s at %v", c.name, at[k])
	}
}
