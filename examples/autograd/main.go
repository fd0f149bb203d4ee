// SPDX-License-Identifier: MIT

// Autograd differentiates a vector: with a seed, by its sum, and twice.
//
//	$ go run ./autograd
//	y = [1 4 9]
//	seed [0.1 1 10]: dy/dx = [0.2 4 60]
//	once more, they add up: [0.4 8 120]
//	by the weighted sum: [0.2 4 60]
//	second derivative of x³: [6 12 18]
package main

import (
	"fmt"
	"log"

	"github.com/stheno-go/stheno"
)

func main() {
	log.SetFlags(0)
	x := stheno.New([]float32{1, 2, 3}).WithGrad()
	seed := stheno.New([]float32{0.1, 1, 10})

	// A result of several elements needs a seed: the weight of each in the gradient.
	y := x.Square()
	fmt.Println("y =", y)
	if err := y.Backward(seed); err != nil {
		log.Fatal(err)
	}
	fmt.Println("seed [0.1 1 10]: dy/dx =", x.Grad())

	// Gradients add up until they are cleared, so an optimizer's ZeroGrad begins each step.
	if err := x.Square().Backward(seed); err != nil {
		log.Fatal(err)
	}
	fmt.Println("once more, they add up:", x.Grad())
	x.ZeroGrad()

	// A seed is the same as weights in a sum, and a sum needs none.
	if err := x.Square().Mul(seed).Sum().Backward(); err != nil {
		log.Fatal(err)
	}
	fmt.Println("by the weighted sum:", x.Grad())

	// Grad returns a gradient that can itself be differentiated.
	first := stheno.Grad(x.Pow(3).Sum(), x)[0]
	second := stheno.Grad(first.Sum(), x)[0]
	fmt.Println("second derivative of x³:", second)
}
