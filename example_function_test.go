// SPDX-License-Identifier: MIT

package stheno_test

import (
	"fmt"
	"math"

	"github.com/stheno-go/stheno"
)

// An operation that the library does not have, with its gradient.
func ExampleFunction() {
	arcTan := &stheno.Function{
		Name: "arctan",
		Forward: func(y *stheno.Tensor, x ...*stheno.Tensor) error {
			to, err := stheno.Data[float64](y)
			if err != nil {
				return err
			}
			for i, v := range x[0].Floats() {
				to[i] = math.Atan(v)
			}
			return nil
		},
		Backward: func(dy, _ *stheno.Variable, x ...*stheno.Variable) []*stheno.Variable {
			return []*stheno.Variable{dy.Div(x[0].Square().Add(1))}
		},
	}
	x := stheno.New([]float64{0, 1, 3}).WithGrad()
	if err := arcTan.Apply(x).Sum().Backward(); err != nil {
		fmt.Println(err)
	}
	fmt.Println(x.Grad())
	// Output: [1 0.5 0.1]
}
