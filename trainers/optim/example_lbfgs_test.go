// SPDX-License-Identifier: MIT

package optim_test

import (
	"fmt"
	"log"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/trainers/optim"
)

// The minimum of Rosenbrock's function, which is in a narrow valley.
func ExampleLBFGS() {
	p := stheno.New([]float64{-1.2, 1}).WithGrad()
	opt := optim.NewLBFGS([]*stheno.Variable{p}, 1, optim.LBFGSConfig{StrongWolfe: true})
	closure := func() (float64, error) {
		opt.ZeroGrad()
		x, y := p.Select(0, 0), p.Select(0, 1)
		loss := x.Neg().Add(1).Square().Add(y.Sub(x.Square()).Square().Mul(100)).Keep()
		if err := loss.Backward(); err != nil {
			return 0, err
		}
		return loss.Item()
	}
	for range 3 {
		loss, err := opt.Step(closure)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%.4f\n", loss)
	}
	fmt.Printf("%.4f\n", stheno.Must(stheno.Values[float64](p)))
	// Output:
	// 24.2000
	// 0.4235
	// 0.0000
	// [1.0000 1.0000]
}
