package stheno

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorgonia.org/gorgonia"

	"github.com/stheno-go/stheno/internal/ops"
)

func TestSlice(t *testing.T) {
	for _, stock := range []bool{false, true} {
		if stock {
			UseMachine(func(g *gorgonia.ExprGraph) gorgonia.VM { return gorgonia.NewTapeMachine(g) })
			defer UseMachine(nil)
		}
		x := New([]float32{1, 2, 3}, 3).WithGrad()
		y := x.Mul(2)
		require.NoError(t, y.Backward(New([]float32{0.1, 1, 10}, 3)))
		fmt.Println(x.Grad(), y)
		require.ErrorIs(t, y.Backward(New([]float32{0.1, 1, 10}, 3)), ErrFreed)
		z := New([]float64{-1, 2}, 2).WithGrad()
		w := z.Pow(3).Sum()
		g := Grad(w, z)[0]
		h := Grad(g.Sum(), z)[0]
		k := Grad(h.Sum(), z)[0]
		fmt.Println(g, h, k)
		require.NoError(t, g.Square().Sum().Backward())
		fmt.Println(z.Grad())
		a := New([]float32{1, 2, 3, 4, 5, 6}, 2, 3).WithGrad()
		b := New([]float32{1, 2, 3}, 3).WithGrad()
		l := a.Transpose(0, 1).MatMul(a.Add(b)).Slice(0, 0, 3, 2).Mean()
		require.NoError(t, l.Backward())
		fmt.Println(l, a.Grad(), b.Grad())
		fmt.Println(a.Add(New([]float32{1, 2}, 2)))
	}
}

func linearStep(t testing.TB) (func(), *Variable, *Variable) {
	xs, ys := make([]float64, 15), make([]float64, 15)
	for i := range xs {
		xs[i] = float64(i) / 7
		ys[i] = 2*xs[i] + 1
	}
	x, y := New(xs, 15, 1), New(ys, 15, 1)
	w, b := New([]float64{0}, 1, 1).WithGrad(), New([]float64{0}, 1).WithGrad()
	return func() {
		loss := recordN(ops.Linear, x, w, b).Sub(y).Square().Mean()
		w.ZeroGrad()
		b.ZeroGrad()
		if err := loss.Backward(); err != nil {
			t.Fatal(err)
		}
	}, w, b
}

func BenchmarkLinearStep(bb *testing.B) {
	step, w, _ := linearStep(bb)
	bb.ReportAllocs()
	for bb.Loop() {
		step()
	}
	_ = w
	t0 := time.Now()
	for range 1000 {
		step()
	}
	bb.Logf("%v/step", time.Since(t0)/1000)
}
