// SPDX-License-Identifier: MIT

// Sigmoid shows why deep nets of sigmoids do not learn: on its way back through each layer
// the gradient is multiplied by the sigmoid's slope, which is 1/4 at most, so that next to
// nothing is left in the first layers. A ReLU's slope is 1 wherever it is not 0.
//
//	$ go run ./sigmoid
//	sigmoid
//	  gradient of layer 1: 2e-08
//	  gradient of layer 2: 3e-07
//	  gradient of layer 3: 2e-06
//	  gradient of layer 4: 1e-05
//	  gradient of layer 5: 1e-04
//	  gradient of layer 6: 7e-04
//	  gradient of layer 7: 6e-03
//	  gradient of layer 8: 4e-02
//	  loss from 0.692 to 0.691
//	ReLU
//	  gradient of layer 1: 1e-04
//	  gradient of layer 2: 6e-04
//	  gradient of layer 3: 5e-04
//	  gradient of layer 4: 4e-04
//	  gradient of layer 5: 8e-04
//	  gradient of layer 6: 1e-03
//	  gradient of layer 7: 4e-03
//	  gradient of layer 8: 9e-03
//	  loss from 0.692 to 0.002
package main

import (
	"fmt"
	"log"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/layers"
	"github.com/stheno-go/stheno/trainers/optim"
)

const depth, width = 8, 32

// newNet returns depth layers with an activation between them, and one output.
func newNet(activation stheno.Module) layers.Sequential {
	net := layers.Sequential{layers.NewLinear(2, width)}
	for range depth - 2 {
		net = append(net, activation, layers.NewLinear(width, width))
	}
	net = append(net, activation, layers.NewLinear(width, 1))
	return net
}

// train returns the norm of the gradient of each layer's weight in the first step, and the
// losses of the first and of the last step.
func train(net layers.Sequential, x, y *stheno.Variable) (norms []float64, first, last float64, err error) {
	bce := layers.BCEWithLogitsLoss{}
	opt := optim.NewSGD(stheno.Parameters(net), 0.1, optim.SGDConfig{Momentum: 0.9})
	for step := range 400 {
		opt.ZeroGrad()
		loss := bce.Forward(net.Forward(x), y)
		if err := loss.Backward(); err != nil {
			return nil, 0, 0, err
		}
		if last, err = loss.Item(); err != nil {
			return nil, 0, 0, err
		}
		if step == 0 {
			first = last
			for _, m := range net {
				l, ok := m.(*layers.Linear)
				if !ok {
					continue
				}
				norm, err := l.Weight.Grad().Norm(2).Item()
				if err != nil {
					return nil, 0, 0, err
				}
				norms = append(norms, norm)
			}
		}
		if err := opt.Step(); err != nil {
			return nil, 0, 0, err
		}
	}
	return norms, first, last, nil
}

func main() {
	log.SetFlags(0)
	stheno.Seed(1)
	x := stheno.Rand(512, 2).Mul(2).Sub(1)
	y := x.Prod(1).Gt(0).To(stheno.Float32).Unsqueeze(1) // opposite quarters: exclusive or

	for _, a := range []struct {
		name   string
		module stheno.Module
	}{{"sigmoid", layers.Sigmoid{}}, {"ReLU", layers.ReLU{}}} {
		norms, first, last, err := train(newNet(a.module), x, y)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(a.name)
		for i, n := range norms {
			fmt.Printf("  gradient of layer %d: %.0e\n", i+1, n)
		}
		fmt.Printf("  loss from %.3f to %.3f\n", first, last)
	}
}
