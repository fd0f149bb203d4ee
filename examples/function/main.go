// SPDX-License-Identifier: MIT

// Function is a custom operation with its gradient, like torch's autograd.Function.
// The straight-through estimator rounds to eighths, and passes the gradient on as if it had
// not, so that rounded weights can be trained.
//
//	$ go run ./function
//	target:  0.5 -0.75 0.25
//	trained: [0.5 -0.75 0.25]
//	0 stheno: round_through: stheno: data: tensor is float64, asked for float32: dtype mismatch
package main

import (
	"fmt"
	"log"
	"math"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/layers"
	"github.com/stheno-go/stheno/trainers/optim"
)

// roundThrough rounds each element to the nearest eighth. A Function is made once, and is
// known by its address.
var roundThrough = &stheno.Function{
	Name: "round_through",
	// Forward computes: y is memory for the result, of x's shape and type.
	Forward: func(y *stheno.Tensor, x ...*stheno.Tensor) error {
		to, err := stheno.Data[float32](y)
		if err != nil {
			return err
		}
		from, err := stheno.Data[float32](x[0])
		if err != nil {
			return err
		}
		for i, v := range from {
			to[i] = float32(math.Round(float64(v)*8) / 8)
		}
		return nil
	},
	// Backward records: the gradient of each operand, weighted by dy.
	Backward: func(dy, _ *stheno.Variable, _ ...*stheno.Variable) []*stheno.Variable {
		return []*stheno.Variable{dy}
	},
}

func main() {
	log.SetFlags(0)
	stheno.Seed(1)
	x := stheno.Randn(256, 3)
	y := x.MatMul(stheno.New([]float32{0.5, -0.75, 0.25}, 3, 1))

	w := stheno.Zeros(3, 1).WithGrad()
	mse, opt := layers.MSELoss{}, optim.NewSGD([]*stheno.Variable{w}, 0.1, optim.SGDConfig{})
	for range 60 {
		opt.ZeroGrad()
		loss := mse.Forward(x.MatMul(roundThrough.Apply(w)), y)
		if err := loss.Backward(); err != nil {
			log.Fatal(err)
		}
		if err := opt.Step(); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Println("target:  0.5 -0.75 0.25")
	fmt.Println("trained:", roundThrough.Apply(w).Flatten(0))

	// Invalid operands are an error when the result is computed.
	fmt.Println(roundThrough.Apply(stheno.New([]float64{1})).Item())
}
