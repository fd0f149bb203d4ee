// SPDX-License-Identifier: MIT

// Optimizer is a custom optimizer, Lion (Chen et al., 2023), compared with Adam. Only the
// arithmetic is written here; groups, schedules, decay and checkpoints come with it.
//
//	$ go run ./optimizer
//	Adam: loss 0.0002
//	Lion: loss 0.0001
package main

import (
	"fmt"
	"log"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/layers"
	"github.com/stheno-go/stheno/models"
	"github.com/stheno-go/stheno/trainers/optim"
)

// lion steps one parameter by one length, along the sign of a momentum.
func lion[T float32 | float64](u *optim.Update[T]) {
	momentum, rate := u.Slots[0], T(u.LR)
	for i, g := range u.Grad {
		direction := 0.9*momentum[i] + 0.1*g
		momentum[i] = 0.99*momentum[i] + 0.01*g
		u.Param[i] -= rate * T(u.WeightDecay) * u.Param[i]
		switch {
		case direction > 0:
			u.Param[i] -= rate
		case direction < 0:
			u.Param[i] += rate
		}
	}
}

// NewLion returns a Lion. Its momentum is saved under the name that it has in PyTorch.
func NewLion(params []*stheno.Variable, lr float64, c optim.CustomConfig) *optim.Custom {
	rule := optim.Rule{Name: "Lion", Slots: []string{"exp_avg"}, Step32: lion[float32], Step64: lion[float64]}
	return optim.NewCustom(rule, params, lr, c)
}

func main() {
	log.SetFlags(0)
	for _, name := range []string{"Adam", "Lion"} {
		stheno.Seed(1)
		x := stheno.Rand(256, 1).Mul(6).Sub(3)
		y := x.Mul(2).Sin()
		net, mse := models.NewMLP(layers.Tanh{}, 1, 32, 32, 1), layers.MSELoss{}
		var opt optim.Optimizer
		if name == "Adam" {
			opt = optim.NewAdam(stheno.Parameters(net), 0.01, optim.AdamConfig{})
		} else {
			opt = NewLion(stheno.Parameters(net), 0.003, optim.CustomConfig{WeightDecay: 0.01})
		}
		const steps = 1000
		schedule := optim.Cosine(steps)
		var last float64
		for step := range steps {
			optim.Apply(opt, schedule, step, 1)
			opt.ZeroGrad()
			loss := mse.Forward(net.Forward(x), y)
			if err := loss.Backward(); err != nil {
				log.Fatal(err)
			}
			if err := opt.Step(); err != nil {
				log.Fatal(err)
			}
			last = stheno.Must(loss.Item())
		}
		fmt.Printf("%s: loss %.4f\n", name, last)
	}
}
