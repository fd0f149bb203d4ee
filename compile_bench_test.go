// SPDX-License-Identifier: MIT

package stheno_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/debug"
)

// bottlenecks is a residual network with as many operations as ResNet-50, of few
// channels: compiling does not depend on sizes.
type bottlenecks struct{ params []*stheno.Variable }

const bottleneckChannels = 4

// next returns parameter i, made when it is first asked for.
func (b *bottlenecks) next(i *int, shape ...int) *stheno.Variable {
	if *i == len(b.params) {
		b.params = append(b.params, stheno.Randn(shape...).WithGrad())
	}
	*i++
	return b.params[*i-1]
}

func (b *bottlenecks) block(i *int, x *stheno.Variable, kernel int) *stheno.Variable {
	const c = bottleneckChannels
	w := b.next(i, c, c, kernel, kernel)
	g, s := b.next(i, c), b.next(i, c)
	y := x.Conv2d(w, nil, stheno.Conv2dConfig{Same: true})
	return y.BatchNorm(stheno.BatchNormState{Weight: g, Bias: s, Eps: new(1e-5), Training: true})
}

func (b *bottlenecks) loss(x *stheno.Variable) *stheno.Variable {
	i := 0
	x = b.block(&i, x, 3).ReLU()
	for k := range 16 {
		y := b.block(&i, x, 1).ReLU()
		y = b.block(&i, y, 3).ReLU()
		y = b.block(&i, y, 1)
		if k%4 == 0 {
			x = b.block(&i, x, 1)
		}
		x = y.Add(x).ReLU()
	}
	return x.Mean()
}

// BenchmarkCompileResNet50 records, differentiates, plans and runs a training step of
// ResNet-50's size on images of 4x4.
func BenchmarkCompileResNet50(b *testing.B) {
	net := &bottlenecks{}
	x := stheno.Randn(1, bottleneckChannels, 4, 4)
	for b.Loop() {
		debug.ResetCache()
		require.NoError(b, net.loss(x).Backward())
	}
	require.EqualValues(b, 1, debug.ReadCacheStats().Compiles)
}

// BenchmarkRecordResNet50 is the same step once it is compiled: what recording, the
// key and the look-up cost.
func BenchmarkRecordResNet50(b *testing.B) {
	net := &bottlenecks{}
	x := stheno.Randn(1, bottleneckChannels, 4, 4)
	require.NoError(b, net.loss(x).Backward())
	b.ReportAllocs()
	for b.Loop() {
		net.loss(x)
	}
}
