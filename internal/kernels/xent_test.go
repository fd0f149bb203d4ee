// SPDX-License-Identifier: MIT

package kernels

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno/internal/kernels/kerneltest"
)

func TestCrossEntropy(t *testing.T) {
	for _, s := range [][3]int{{0, 3, 1}, {1, 1, 1}, {7, 10, 1}, {3, 5, 4}, {2, 1000, 3}, {300, 31, 9}} {
		for _, smoothing := range []float64{0, 0.1, 1} {
			for _, weighted := range []bool{false, true} {
				t.Run(fmt.Sprint(s, smoothing, weighted), func(t *testing.T) {
					testCrossEntropy[float32](t, s[0], s[1], s[2], smoothing, weighted, 2e-6)
					testCrossEntropy[float64](t, s[0], s[1], s[2], smoothing, weighted, 1e-13)
				})
			}
		}
	}
}

func testCrossEntropy[T Float](t *testing.T, n, c, s int, smoothing float64, weighted bool, eps float64) {
	x, _ := kerneltest.Random[T](n*c*s, 1)
	dloss, _ := kerneltest.Random[T](n*s, 2)
	p := CrossEntropy[T]{N: n, C: c, S: s, Target: make([]int64, n*s), Ignore: -100, Smoothing: smoothing}
	weight := func(int) float64 { return 1 }
	if weighted {
		p.Weight, _ = kerneltest.Random[T](c, 3)
		for i := range p.Weight {
			p.Weight[i] = T(math.Abs(float64(p.Weight[i])))
		}
		weight = func(c int) float64 { return float64(p.Weight[c]) }
	}
	loss, weights, dx := make([]float64, n*s), make([]float64, n*s), make([]float64, len(x))
	for i := range p.Target {
		p.Target[i] = int64(i * 7 % c)
		if i%5 == 3 {
			p.Target[i] = p.Ignore
			continue
		}
		at := func(k int) int { return (i/s*c+k)*s + i%s }
		sum := 0.0
		for k := range c {
			sum += math.Exp(float64(x[at(k)]))
		}
		// the target distribution of label smoothing, by class
		weights[i] = weight(int(p.Target[i]))
		for k := range c {
			q := smoothing / float64(c)
			if k == int(p.Target[i]) {
				q += 1 - smoothing
			}
			loss[i] += q * weight(k) * (math.Log(sum) - float64(x[at(k)]))
			for j := range c {
				d := math.Exp(float64(x[at(j)])) / sum
				if j == k {
					d--
				}
				dx[at(j)] += q * weight(k) * d * float64(dloss[i])
			}
		}
	}
	require.NoError(t, p.Check())
	got, check := kerneltest.Random[T](n*s, 4)
	p.Loss(got, x)
	kerneltest.Near(t, loss, got, eps)
	p.Weights(got)
	kerneltest.Near(t, weights, got, 0)
	check(t)
	grad, check := kerneltest.Random[T](len(x), 5)
	p.Grad(grad, x, dloss)
	kerneltest.Near(t, dx, grad, eps)
	check(t)
}

func TestCrossEntropyCheck(t *testing.T) {
	p := CrossEntropy[float32]{N: 3, C: 5, S: 1, Target: []int64{4, -100, 5}, Ignore: -100}
	require.EqualError(t, p.Check(), "Target 5 is out of bounds.")
	p.Target[2] = -1
	require.EqualError(t, p.Check(), "Target -1 is out of bounds.")
	p.Ignore = 5
	p.Target[1], p.Target[2] = 0, 5 // an ignored class may be anything
	require.NoError(t, p.Check())
}

func TestCrossEntropyFarLogits(t *testing.T) {
	p := CrossEntropy[float32]{N: 2, C: 2, S: 1, Target: []int64{0, 1}, Ignore: -100}
	x, loss, dx := []float32{1000, -1000, 1000, -1000}, make([]float32, 2), make([]float32, 4)
	p.Loss(loss, x)
	require.Equal(t, []float32{0, 2000}, loss)
	p.Grad(dx, x, []float32{1, 1})
	require.Equal(t, []float32{0, 0, 1, -1}, dx)
}
