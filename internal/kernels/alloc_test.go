// SPDX-License-Identifier: MIT

//go:build !race

package kernels

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Small problems must leave no garbage: a step of a small network runs dozens of them.
// Under the race detector a sync.Pool drops things at random.
func TestSmallProblemsAllocateNothing(t *testing.T) {
	x, y, w, stats := make([]float32, 1024), make([]float32, 1024), make([]float32, 1024), make([]float32, 256)
	index := make([]int64, 256)
	pool := Pool{Planes: 4, H: 8, W: 8, KH: 2, KW: 2, StrideH: 2, StrideW: 2, DilationH: 1, DilationW: 1, OH: 4, OW: 4}
	xent := CrossEntropy[float32]{N: 8, C: 10, S: 1, Target: make([]int64, 8), Ignore: -100}
	for name, f := range map[string]func(){
		"max pool":         func() { MaxPool(&pool, y, x) },
		"max pool index":   func() { MaxPoolIndex(&pool, index, x) },
		"max pool grad":    func() { MaxPoolGrad(&pool, y, x, w) },
		"avg pool":         func() { AvgPool(&pool, y, x) },
		"avg pool grad":    func() { AvgPoolGrad(&pool, y, x) },
		"adaptive":         func() { AdaptiveAvgPool(&pool, y, x) },
		"adaptive grad":    func() { AdaptiveAvgPoolGrad(&pool, y, x) },
		"batch stats":      func() { BatchNormStats(4, 8, 16, stats, x, 1e-5) },
		"batch apply":      func() { BatchNormApply(4, 8, 16, y, x, stats, nil, nil) },
		"batch eval":       func() { BatchNormEval(4, 8, 16, y, x, stats, stats[8:], nil, nil, 1e-5) },
		"batch grad stats": func() { BatchNormGradStats(4, 8, 16, w, x, stats, y) },
		"batch grad":       func() { BatchNormGradInput(4, 8, 16, y, x, stats, nil, x, stats) },
		"row norm":         func() { RowNorm(8, 16, y, x, 1e-5) },
		"row norm grad":    func() { RowNormGrad(8, 16, y, x, w, 1e-5) },
		"softmax":          func() { Softmax(y, x, 8, 10, 1) },
		"softmax inner":    func() { Softmax(y, x, 2, 10, 5) },
		"log softmax":      func() { LogSoftmax(y, x, 8, 10, 1) },
		"log sum exp":      func() { LogSumExp(y, x, 8, 10, 1) },
		"softmax grad":     func() { SoftmaxGrad(y, x, w, 8, 10, 1) },
		"log softmax grad": func() { LogSoftmaxGrad(y, x, w, 8, 10, 1) },
		"cross entropy":    func() { xent.Loss(y, x) },
		"its weights":      func() { xent.Weights(y) },
		"its grad":         func() { xent.Grad(y, x, w) },
		"embedding":        func() { _ = Embedding(y, x, xent.Target, 4, 8) },
		"embedding grad":   func() { EmbeddingGrad(y, x, xent.Target, 4, 8, -1) },
	} {
		t.Run(name, func(t *testing.T) {
			f()
			require.Zero(t, testing.AllocsPerRun(100, f))
		})
	}
}
