// SPDX-License-Identifier: MIT

package stheno_test

import (
	"fmt"

	"github.com/stheno-go/stheno"
)

// A gradient weighted by a seed, as torch's y.backward(v).
func ExampleVariable_Backward() {
	x := stheno.New([]float32{1, 2, 3}).WithGrad()
	y := x.Mul(2)
	if err := y.Backward(stheno.New([]float32{1, 0.1, 20})); err != nil {
		fmt.Println(err)
	}
	fmt.Println(x.Grad())
	// Output: [2 0.2 40]
}

// The third derivative of x³ is 6.
func ExampleGrad() {
	x := stheno.New([]float64{-1, 2}).WithGrad()
	first := stheno.Grad(x.Pow(3), x)[0]
	second := stheno.Grad(first, x)[0]
	third := stheno.Grad(second, x)[0]
	fmt.Println(first, second, third)
	// Output: [3 12] [-6 12] [6 6]
}

// A wrong shape does not panic: the Variable carries the error, and reading it returns it.
func ExampleOpError() {
	x := stheno.Zeros(2, 3)
	w := stheno.Zeros(4, 5)
	y := x.MatMul(w).ReLU().Sum()
	_, err := y.Item()
	fmt.Println(err)
	// Output: stheno: matmul: mat1 and mat2 shapes cannot be multiplied (2x3 and 4x5): operands (2,3), (4,5) [example_test.go:36]: shape mismatch
}
