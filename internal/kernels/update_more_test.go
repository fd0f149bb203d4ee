// SPDX-License-Identifier: MIT

package kernels

import (
	"fmt"
	"maps"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno/internal/kernels/par"
)

type updateCase = struct {
	slots int
	step  func(x [][]float32, step int)
}

func init() {
	maps.Copy(updates, map[string]updateCase{
		"adadelta": {2, func(x [][]float32, _ int) {
			AdadeltaStep(&Adadelta{LR: 0.1, Rho: 0.9, Eps: 1e-6, WeightDecay: 0.1, Maximize: true}, x[0], x[1], x[2], x[3])
		}},
		"adamax": {2, func(x [][]float32, _ int) {
			AdamaxStep(&Adamax{LR: 0.1, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, WeightDecay: 0.1, Bias1: 0.1}, x[0], x[1], x[2], x[3])
		}},
		"nadam": {2, func(x [][]float32, _ int) {
			NAdamStep(&NAdam{LR: 0.1, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, WeightDecay: 0.1, Bias2: 0.001, OfGrad: 0.1, OfMean: 0.2}, x[0], x[1], x[2], x[3])
		}},
		"radam": {2, func(x [][]float32, _ int) {
			RAdamStep(&RAdam{LR: 0.1, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, WeightDecay: 0.1, Bias1: 0.1, Bias2: 0.001, Rect: 0.3, Decoupled: true}, x[0], x[1], x[2], x[3])
		}},
		"asgd": {1, func(x [][]float32, _ int) {
			ASGDStep(&ASGD{Shrink: 0.99, Eta: 0.1, Mu: 0.5, WeightDecay: 0.1}, x[0], x[1], x[2])
		}},
		"rprop": {2, func(x [][]float32, _ int) {
			RpropStep(&Rprop{Minus: 0.5, Plus: 1.2, Min: 1e-6, Max: 50}, x[0], x[1], x[2], x[3])
		}},
		"lion": {1, func(x [][]float32, _ int) {
			LionStep(&Lion{LR: 0.1, Beta1: 0.9, Beta2: 0.99, WeightDecay: 0.1}, x[0], x[1], x[2])
		}},
		"adafactor of a vector": {1, func(x [][]float32, step int) {
			o := &Adafactor{LR: 0.1, Rate: 0.1, Rest: 0.5, Eps1: 1e-7, Eps2: 1e-3, D: 1}
			for i := range x[0] { // a step of one element scales by that element alone
				AdafactorStep(o, x[0][i:i+1], x[1][i:i+1], nil, nil, x[2][i:i+1], 0, 0)
			}
		}},
	})
}

// TestMatrixUpdatesOnAnyThreads: the same bits, whatever the number of threads.
func TestMatrixUpdatesOnAnyThreads(t *testing.T) {
	steps := map[string]func(x [][]float32, rows, cols int){
		"muon": func(x [][]float32, rows, cols int) {
			o := &Muon{LR: 0.1, Size: 0.1, Momentum: 0.95, WeightDecay: 0.1, Eps: 1e-7, A: 3.4445, B: -4.7750, C: 2.0315, Steps: 5, Nesterov: true}
			MuonStep(o, x[0], x[1], x[2], rows, cols)
		},
		"adafactor": func(x [][]float32, rows, cols int) {
			o := &Adafactor{LR: 0.1, Rate: 0.1, Rest: 0.5, Eps1: 1e-7, Eps2: 1e-3, D: 1}
			AdafactorStep(o, x[0], x[1], x[2][:rows], x[3][:cols], nil, rows, cols)
		},
		"adafactor of a vector": func(x [][]float32, rows, cols int) {
			o := &Adafactor{LR: 0.1, Rate: 0.1, Rest: 0.5, Eps1: 1e-7, Eps2: 1e-3, D: 1}
			AdafactorStep(o, x[0], x[1], nil, nil, x[2], 0, 0)
		},
	}
	for name, step := range steps {
		for _, size := range [][2]int{{3, 5}, {7, 1}, {64, 700}, {900, 33}} {
			var want [][]float32
			for _, threads := range []int{1, 2, 5} {
				x := make([][]float32, 4)
				for i := range x {
					x[i] = make([]float32, size[0]*size[1])
				}
				Normal(x[0], 1, 1)
				Normal(x[1], 1, 2)
				old := par.SetThreads(threads)
				step(x, size[0], size[1])
				step(x, size[0], size[1])
				par.SetThreads(old)
				if want == nil {
					want = x
				}
				require.Equal(t, want, x, fmt.Sprint(name, size, threads))
			}
		}
	}
}

// TestMuonIsOrthogonal: the update of a matrix has singular values near 1.
func TestMuonIsOrthogonal(t *testing.T) {
	for _, size := range [][2]int{{8, 20}, {20, 8}, {16, 16}} {
		rows, cols := size[0], size[1]
		w, g, buf := make([]float64, rows*cols), make([]float64, rows*cols), make([]float64, rows*cols)
		Normal(g, 1, 3)
		o := &Muon{Size: 1, Momentum: 0, Eps: 1e-7, A: 3.4445, B: -4.7750, C: 2.0315, Steps: 5}
		MuonStep(o, w, g, buf, rows, cols)
		// ⟨g, u⟩ is the sum of g's singular values times those of u, ‖u‖² that of u's squares.
		along, size := 0.0, 0.0
		for i := range w {
			along -= w[i] * g[i]
			size += w[i] * w[i]
		}
		require.Positive(t, along)
		require.InDelta(t, 0.8, size/float64(min(rows, cols)), 0.4)
	}
}
