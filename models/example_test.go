// SPDX-License-Identifier: MIT

package models_test

import (
	"fmt"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/layers"
	"github.com/stheno-go/stheno/models"
)

func ExampleNew() {
	net, err := models.New("resnet20_cifar", models.Config{Classes: 100})
	fmt.Println(net.Forward(stheno.Zeros(1, 3, 32, 32)).Shape(), err)
	_, err = models.New("resnet20-cifar", models.Config{})
	fmt.Println(err)
	// Output:
	// (1,100) <nil>
	// models: no model "resnet20-cifar" (did you mean "resnet20_cifar"?): invalid value
}

// Fine-tune a network for other classes: replace the last layer and train only that.
func ExampleReplaceHead() {
	net := models.NewCIFARResNet(20, models.CIFARConfig{}) // stheno.Load(path, net)
	fmt.Println(models.ReplaceHead(net, 5), models.FreezeBody(net))
	for name, p := range stheno.NamedParameters(net) {
		if p.RequiresGrad() {
			fmt.Println(name, p.Shape())
		}
	}
	// Output:
	// <nil> <nil>
	// linear.weight (5,64)
	// linear.bias (5)
}

// Any module can be the head, here one with a hidden layer and dropout.
func ExampleHeaded() {
	net := models.NewCIFARResNet(20, models.CIFARConfig{})
	net.SetHead(layers.Sequential{
		layers.NewLinear(64, 32),
		layers.ReLU{},
		layers.NewDropout(0.2),
		layers.NewLinear(32, 5),
	})
	fmt.Println(models.FreezeBody(net))
	for name, p := range stheno.NamedParameters(net) {
		if p.RequiresGrad() {
			fmt.Println(name, p.Shape())
		}
	}
	fmt.Println(stheno.Call(net, stheno.Zeros(1, 3, 32, 32)).Shape())
	// Output:
	// <nil>
	// linear.0.weight (32,64)
	// linear.0.bias (32)
	// linear.3.weight (5,32)
	// linear.3.bias (5)
	// (1,5)
}
