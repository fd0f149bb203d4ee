// SPDX-License-Identifier: MIT

// Linear fits a line to noisy points by gradient descent, beside the closed form.
//
//	$ go run ./linear
//	step   0: loss 9.134
//	step  25: loss 0.012
//	step  50: loss 0.011
//	step  75: loss 0.011
//	step 100: loss 0.011
//	trained:     [[2.994]] [1.997]
//	closed form: 2.994 1.997
package main

import (
	"fmt"
	"log"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/layers"
	"github.com/stheno-go/stheno/trainers/optim"
)

func main() {
	log.SetFlags(0)
	stheno.Seed(1)
	x := stheno.Randn(256, 1)
	y := x.Mul(3).Add(2).Add(stheno.Randn(256, 1).Mul(0.1)) // y = 3x + 2 + noise

	model, mse := layers.NewLinear(1, 1), layers.MSELoss{}
	opt := optim.NewSGD(stheno.Parameters(model), 0.1, optim.SGDConfig{})
	for step := range 101 {
		opt.ZeroGrad()
		loss := mse.Forward(model.Forward(x), y)
		if err := loss.Backward(); err != nil {
			log.Fatal(err)
		}
		if err := opt.Step(); err != nil {
			log.Fatal(err)
		}
		if step%25 == 0 {
			fmt.Printf("step %3d: loss %.3f\n", step, stheno.Must(loss.Item()))
		}
	}
	fmt.Println("trained:    ", model.Weight, model.Bias)

	// Least squares: the slope is the covariance over the variance.
	dx, dy := x.Sub(x.Mean()), y.Sub(y.Mean())
	slope := dx.Mul(dy).Sum().Div(dx.Square().Sum())
	fmt.Println("closed form:", slope, y.Mean().Sub(slope.Mul(x.Mean())))
}
