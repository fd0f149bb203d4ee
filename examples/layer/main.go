// SPDX-License-Identifier: MIT

// Layer is a custom layer: RMSNorm (Zhang and Sennrich, 2019). Its scale is a
// parameter, found, trained and saved like those of the library's layers, and its
// gradient comes from the operations that it is made of.
//
//	$ go run ./layer
//	[[1 1 1 1]
//	 [1 -1 1 -1]]
//	0.weight (16,2)
//	0.bias (16)
//	1.weight (16)
//	3.weight (1,16)
//	3.bias (1)
//	step   0: loss 1.06
//	step 100: loss 0.02
//	step 200: loss 0.01
//	step 300: loss 0.01
package main

import (
	"fmt"
	"log"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/layers"
	"github.com/stheno-go/stheno/trainers/optim"
)

// RMSNorm divides the rows of its input by their root mean square, and multiplies them by a
// weight. Shape: (N,features) -> (N,features).
type RMSNorm struct {
	Weight *stheno.Variable // (features), ones at first
	Eps    float64
}

// NewRMSNorm returns an RMSNorm of n features.
func NewRMSNorm(features int) *RMSNorm {
	return &RMSNorm{Weight: stheno.NewParameter(layers.Fill(1, features)), Eps: 1e-6}
}

// Forward returns the normalized rows. Of a wrong shape the operations make an error.
func (n *RMSNorm) Forward(x *stheno.Variable) *stheno.Variable {
	scale := x.Square().Mean(1).Add(n.Eps).Rsqrt().Unsqueeze(1) // (N,1)
	return x.Mul(scale).Mul(n.Weight)
}

func main() {
	log.SetFlags(0)
	stheno.Seed(1)
	fmt.Println(NewRMSNorm(4).Forward(stheno.New([]float32{1, 1, 1, 1, 3, -3, 3, -3}, 2, 4)))

	net := layers.Sequential{layers.NewLinear(2, 16), NewRMSNorm(16), layers.ReLU{}, layers.NewLinear(16, 1)}
	for name, p := range stheno.NamedParameters(net) {
		fmt.Println(name, p.Shape())
	}
	x := stheno.Randn(256, 2)
	y := x.Prod(1).Unsqueeze(1)
	mse, opt := layers.MSELoss{}, optim.NewAdam(stheno.Parameters(net), 0.02, optim.AdamConfig{})
	for step := range 301 {
		opt.ZeroGrad()
		loss := mse.Forward(net.Forward(x), y)
		if err := loss.Backward(); err != nil {
			log.Fatal(err)
		}
		if step%100 == 0 {
			fmt.Printf("step %3d: loss %.2f\n", step, stheno.Must(loss.Item()))
		}
		if err := opt.Step(); err != nil {
			log.Fatal(err)
		}
	}
}
