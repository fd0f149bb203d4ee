// SPDX-License-Identifier: MIT

package stheno

import (
	"testing"
	"unsafe"
)

// BenchmarkLinearStep is a linear regression of 15 points: forward, backward
// and the update.
func BenchmarkLinearStep(b *testing.B) {
	xs, ys := make([]float32, 15), make([]float32, 15)
	for i := range xs {
		xs[i] = float32(i) / 7
		ys[i] = 2*xs[i] + 1
	}
	x, y := New(xs, 15, 1), New(ys, 15, 1)
	w, c := NewParameter(NewTensor(Float32, 1, 1)), NewParameter(NewTensor(Float32, 1))
	b.ReportAllocs()
	for b.Loop() {
		w.ZeroGrad()
		c.ZeroGrad()
		if err := x.Linear(w, c).MSELoss(y).Backward(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRecordOnly(b *testing.B) {
	x, y := Zeros(15, 1), Zeros(15, 1)
	w, c := NewParameter(NewTensor(Float32, 1, 1)), NewParameter(NewTensor(Float32, 1))
	b.ReportAllocs()
	b.Logf("a Variable has %d bytes", unsafe.Sizeof(Variable{}))
	for b.Loop() {
		_ = x.Linear(w, c).MSELoss(y)
	}
}
