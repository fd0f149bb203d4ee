// SPDX-License-Identifier: MIT

// Twoconv is a module of two convolutions: PyTorch's first example of one.
//
//	$ go run ./twoconv
//	conv1.weight (20,1,5,5)
//	conv1.bias (20)
//	conv2.weight (20,20,5,5)
//	conv2.bias (20)
//	module  type    output        parameters  multiplications
//	conv1   Conv2d  (1,20,24,24)  520         288000
//	conv2   Conv2d  (1,20,20,20)  10020       4000000
//	10540 parameters, 10540 of them trained; 4288000 multiplications for input (1,1,28,28), output (1,20,20,20)
//	output (8,20,20,20) gradient of conv1.weight (20,1,5,5)
//	stheno: conv2d: Given groups=1, weight of size [20 1 5 5], expected input[8 3 28 28] to have 1 channels, but got 3 channels instead: operands (8,3,28,28), (20,1,5,5), (20) [conv1, main.go:42]: shape mismatch
package main

import (
	"fmt"
	"log"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/layers"
)

// Model is a module because it has a Forward method. Its parameters are those of the layers
// in its exported fields; nothing is registered.
type Model struct {
	Conv1, Conv2 *layers.Conv2d // conv1.weight, conv1.bias, conv2.weight, conv2.bias
}

// NewModel returns a Model with initial weights.
func NewModel() *Model {
	return &Model{
		Conv1: layers.NewConv2d(1, 20, 5),
		Conv2: layers.NewConv2d(20, 20, 5),
	}
}

// Forward maps pictures (N,1,H,W) to (N,20,H-8,W-8).
func (m *Model) Forward(x *stheno.Variable) *stheno.Variable {
	x = m.Conv1.Forward(x).ReLU()
	return m.Conv2.Forward(x).ReLU()
}

func main() {
	log.SetFlags(0)
	stheno.Seed(1)
	model := NewModel()
	for name, p := range stheno.NamedParameters(model) {
		fmt.Println(name, p.Shape())
	}
	table, err := stheno.Summary(model, 1, 1, 28, 28)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(table)

	y := stheno.Call(model, stheno.Rand(8, 1, 28, 28))
	if err := y.Mean().Backward(); err != nil {
		log.Fatal(err)
	}
	fmt.Println("output", y.Shape(), "gradient of conv1.weight", model.Conv1.Weight.Grad().Shape())

	// What does not fit is an error with the place, not a panic.
	fmt.Println(stheno.Call(model, stheno.Rand(8, 3, 28, 28)).Err())
}
