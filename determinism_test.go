// SPDX-License-Identifier: MIT

package stheno_test

import (
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/debug"
	"github.com/stheno-go/stheno/internal/kernels/par"
)

// convNet is a small network with most kinds of operations.
type convNet struct{ conv, gamma, beta, fc, bias *V }

func newConvNet(seed uint64) *convNet {
	g := stheno.NewGenerator(seed)
	p := func(shape ...int) *V { return stheno.NewParameter(g.Normal(stheno.Float32, 0, 0.2, shape...)) }
	return &convNet{p(16, 3, 3, 3), p(16), p(16), p(10, 16*8*8), p(10)}
}

func (m *convNet) params() []*V { return []*V{m.conv, m.gamma, m.beta, m.fc, m.bias} }

func (m *convNet) loss(x, target *V) *V {
	y := x.Conv2d(m.conv, nil, stheno.Conv2dConfig{Padding: [2]int{1, 1}})
	y = y.BatchNorm(stheno.BatchNormState{Weight: m.gamma, Bias: m.beta, Eps: new(1e-5), Training: true}).ReLU()
	y = y.MaxPool2d(stheno.Pool2dConfig{Kernel: [2]int{2, 2}}).Flatten(1).Dropout(0.2).Linear(m.fc, m.bias)
	return y.CrossEntropy(target)
}

func TestSameBitsForAnyNumberOfThreads(t *testing.T) {
	g := stheno.NewGenerator(1)
	images := stheno.FromTensor(g.Normal(stheno.Float32, 0, 1, 16, 3, 16, 16))
	target := make([]int64, 16)
	for i := range target {
		target[i] = int64(i % 10)
	}
	large := stheno.FromTensor(g.Normal(stheno.Float32, 0, 1, 1000, 1003))
	a, b := stheno.FromTensor(g.Normal(stheno.Float32, 0, 1, 301, 257)), stheno.FromTensor(g.Normal(stheno.Float32, 0, 1, 257, 199))
	run := func() (bits []float32) {
		stheno.Seed(3)
		m := newConvNet(2)
		loss := m.loss(images, stheno.New(target))
		require.NoError(t, loss.Backward())
		values := []*V{loss}
		for _, p := range m.params() {
			values = append(values, p.Grad())
		}
		values = append(values, large.Sum(), large.Mean(0), large.Mean(1), large.Var(1, 0), large.Std(1), large.LogSumExp(1),
			large.Softmax(0).Sum(1), large.Exp().Mul(large).Mean(), large.Norm(3), large.Cumsum(0).Max(), a.MatMul(b))
		for _, v := range values {
			x, err := stheno.Values[float32](v)
			require.NoError(t, err)
			bits = append(bits, x...)
		}
		return bits
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	defer par.SetThreads(par.SetThreads(0))
	var want []float32
	for _, n := range []int{1, 2, 4} {
		runtime.GOMAXPROCS(n)
		for _, limit := range []int{0, 1} {
			par.SetThreads(limit)
			got := run()
			if want == nil {
				want = got
			}
			assert.True(t, slices.Equal(want, got), "GOMAXPROCS %d, limit %d", n, limit)
		}
	}
}

// smallStep is a step of linear regression by hand.
func smallStep(t testing.TB) func() {
	x, y := stheno.Linspace(0, 1, 16).Reshape(16, 1), stheno.Linspace(1, 3, 16).Reshape(16, 1)
	require.NoError(t, stheno.Run(x, y))
	w, b := stheno.Zeros(1, 1).WithGrad(), stheno.Zeros(1).WithGrad()
	return func() {
		loss := x.Linear(w, b).Sub(y).Square().Mean()
		w.ZeroGrad()
		b.ZeroGrad()
		if err := loss.Backward(); err != nil {
			t.Fatal(err)
		}
		touch(w) // as an optimizer would
		touch(b)
	}
}

func TestStepsLeakNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("10,000 steps")
	}
	step := smallStep(t)
	heap := func() uint64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	for range 1000 {
		step()
	}
	before, routines, compiles := heap(), runtime.NumGoroutine(), debug.ReadCacheStats().Compiles
	for range 10_000 {
		step()
	}
	assert.Equal(t, routines, runtime.NumGoroutine())
	assert.Equal(t, compiles, debug.ReadCacheStats().Compiles)
	// One leaked node a step would be over two megabytes.
	assert.Less(t, int64(heap())-int64(before), int64(200_000))
}

func TestStepAllocations(t *testing.T) {
	step := smallStep(t)
	step()
	// Four recorded nodes, and one to hold a value. A plan made again takes hundreds.
	assert.LessOrEqual(t, testing.AllocsPerRun(200, step), 6.0)
}

func TestTwoGoroutinesTrainDifferentModels(t *testing.T) {
	g := stheno.NewGenerator(1)
	data := g.Normal(stheno.Float32, 0, 1, 4, 3, 16, 16)
	train := func(seed uint64) (losses []float64) {
		m := newConvNet(seed)
		x := stheno.FromTensor(data) // the memory is shared and only read
		for range 8 {
			y := x.Conv2d(m.conv, nil, stheno.Conv2dConfig{Padding: [2]int{1, 1}}).ReLU().
				MaxPool2d(stheno.Pool2dConfig{Kernel: [2]int{2, 2}}).Flatten(1).Linear(m.fc, m.bias)
			loss := y.Square().Mean()
			if !assert.NoError(t, loss.Backward()) {
				return nil
			}
			v, err := loss.Item()
			assert.NoError(t, err)
			losses = append(losses, v)
			for _, p := range []*V{m.conv, m.fc, m.bias} {
				next, err := p.Detach().Sub(p.Grad().Mul(0.01)).Tensor()
				assert.NoError(t, err)
				*p = *stheno.NewParameter(next)
			}
		}
		return losses
	}
	want := [][]float64{train(1), train(2)}
	var wait sync.WaitGroup
	for i := range 4 {
		wait.Go(func() { assert.Equal(t, want[i%2], train(uint64(1+i%2))) })
	}
	wait.Wait()
	assert.Less(t, want[0][7], want[0][0])
}
