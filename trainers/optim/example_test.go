// SPDX-License-Identifier: MIT

package optim_test

import (
	"fmt"
	"log"
	"math"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/trainers/optim"
)

// A line is fitted to points in a training loop.
func Example() {
	x := stheno.New([]float32{-1, 0, 1, 2}, 4, 1)
	y := stheno.New([]float32{-1, 2, 5, 8}, 4, 1) // 3x + 2
	weight, bias := stheno.Zeros(1, 1).WithGrad(), stheno.Zeros(1).WithGrad()

	opt := optim.NewSGD([]*stheno.Variable{weight, bias}, 0.1, optim.SGDConfig{Momentum: 0.9})
	schedule := optim.Warmup(5, optim.Cosine(200))
	for epoch := range 200 {
		optim.Apply(opt, schedule, epoch, 1)
		opt.ZeroGrad()
		d := x.Linear(weight, bias).Sub(y)
		if err := d.Mul(d).Mean().Backward(); err != nil {
			log.Fatal(err)
		}
		if err := opt.Step(); err != nil {
			log.Fatal(err)
		}
	}
	w, _ := weight.Item()
	b, _ := bias.Item()
	fmt.Printf("%.3f %.3f\n", w, b)
	// Output: 3.000 2.000
}

// The layers of the head learn ten times as fast, and biases are not decayed.
func ExampleGroup() {
	body, head, bias := stheno.Ones(2).WithGrad(), stheno.Ones(2).WithGrad(), stheno.Ones(2).WithGrad()
	opt := optim.NewAdamW(nil, 1e-4, optim.AdamConfig{Groups: []optim.GroupConfig{
		{Params: []*stheno.Variable{body}},
		{Params: []*stheno.Variable{head}, LR: new(1e-3)},
		{Params: []*stheno.Variable{bias}, WeightDecay: new(0.0)},
	}})
	for _, g := range opt.Groups() {
		fmt.Println(g.LR, g.WeightDecay)
	}
	// Output:
	// 0.0001 0.01
	// 0.001 0.01
	// 0.0001 0
}

// Invalid settings are returned as an error by Step.
func ExampleOptimizer_step() {
	w := stheno.Ones(1).WithGrad()
	opt := optim.NewSGD([]*stheno.Variable{w}, -1, optim.SGDConfig{})
	fmt.Println(opt.Step())
	// Output: optim: Invalid learning rate: -1: invalid value
}

func ExampleClipGradNorm() {
	w := stheno.Ones(2).WithGrad()
	if err := w.Mul(stheno.New([]float32{3, 4})).Sum().Backward(); err != nil {
		log.Fatal(err)
	}
	norm, err := optim.ClipGradNorm([]*stheno.Variable{w}, 1, 2)
	fmt.Println(norm, err, w.Grad())
	// Output: 5 <nil> [0.6 0.8]
}

func ExampleAbove() {
	s := optim.Above(0.1, optim.Cosine(10)) // torch's CosineAnnealingLR with an eta_min
	fmt.Println(s(0, 1), s(5, 1), s(10, 1))
	// Output: 1 0.55 0.1
}

// signum is the update rule of Bernstein et al., 2018: a step of fixed size along the sign of a momentum.
func signum[T float32 | float64](u *optim.Update[T]) {
	m := u.Slots[0]
	for i, g := range u.Grad {
		m[i] = 0.9*m[i] + 0.1*g
		u.Param[i] -= T(u.LR) * (T(math.Copysign(1, float64(m[i]))) + T(u.WeightDecay)*u.Param[i])
	}
}

// A custom optimizer.
func ExampleNewCustom() {
	w := stheno.New([]float32{3, -2}).WithGrad()
	rule := optim.Rule{Name: "Signum", Slots: []string{"exp_avg"}, Step32: signum[float32], Step64: signum[float64]}
	opt := optim.NewCustom(rule, []*stheno.Variable{w}, 0.25, optim.CustomConfig{})
	for range 8 {
		opt.ZeroGrad()
		if err := w.Square().Sum().Backward(); err != nil {
			log.Fatal(err)
		}
		if err := opt.Step(); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Println(w)
	// Output: [1 0]
}
