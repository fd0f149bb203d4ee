// SPDX-License-Identifier: MIT

package layers_test

import (
	"fmt"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/layers"
)

// Scale is a custom layer. It multiplies each feature by a parameter.
type Scale struct {
	Weight *stheno.Variable // (features), initially 1
}

func NewScale(features int) *Scale {
	return &Scale{Weight: stheno.NewParameter(layers.Fill(1, features))}
}

func (l *Scale) Forward(x *stheno.Variable) *stheno.Variable { return x.Mul(l.Weight) }

// A layer is a struct with a Forward method. The parameters in its exported fields are named, trained
// and saved.
func Example() {
	net := layers.Sequential{layers.NewLinear(3, 2), NewScale(2)}
	for name, p := range stheno.NamedParameters(net) {
		fmt.Println(name, p.Shape())
	}
	y := stheno.Call(net, stheno.Ones(4, 3))
	fmt.Println(y.Shape(), y.Sum().Backward(), net[1].(*Scale).Weight.Grad().Shape())
	// Output:
	// 0.weight (2,3)
	// 0.bias (2)
	// 1.weight (2)
	// (4,2) <nil> (2)
}

func ExampleInit() {
	xavier := func(shape ...int) *stheno.Tensor { return layers.XavierNormal(1, shape...) }
	l := layers.NewLinear(64, 10, layers.Init(xavier), layers.Bias(false))
	fmt.Println(l.Weight.Shape(), stheno.Check(l))
	// Output: (10,64) <nil>
}
