// SPDX-License-Identifier: MIT

package gorgonia_test

import (
	"fmt"
	"log"

	G "gorgonia.org/gorgonia"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/gorgonia"
	"github.com/stheno-go/stheno/layers"
)

// A module of stheno in a Gorgonia graph, trained by a solver of Gorgonia.
func ExampleLower() {
	stheno.Seed(1)
	net := layers.Sequential{layers.NewLinear(1, 8), layers.Tanh{}, layers.NewLinear(8, 1)}

	g := G.NewGraph()
	x := G.NewMatrix(g, G.Float32, G.WithShape(16, 1), G.WithName("x"))
	target := G.NewMatrix(g, G.Float32, G.WithShape(16, 1), G.WithName("target"))
	y, err := gorgonia.Lower(g, net, x)
	if err != nil {
		log.Fatal(err)
	}
	loss := G.Must(G.Mean(G.Must(G.Square(G.Must(G.Sub(y, target))))))
	if _, err := G.Grad(loss, gorgonia.Nodes(g, net)...); err != nil {
		log.Fatal(err)
	}

	in := stheno.Linspace(-1, 1, 16).Reshape(16, 1)
	for node, v := range map[*G.Node]*stheno.Variable{x: in, target: in.Square()} {
		t, err := v.Tensor()
		if err != nil {
			log.Fatal(err)
		}
		value, err := gorgonia.Value(t)
		if err != nil {
			log.Fatal(err)
		}
		if err := G.Let(node, value); err != nil {
			log.Fatal(err)
		}
	}
	m := gorgonia.NewMachine(g)
	defer m.Close()
	solver := G.NewAdamSolver(G.WithLearnRate(0.02))
	for range 600 {
		if err := m.RunAll(); err != nil {
			log.Fatal(err)
		}
		if err := solver.Step(G.NodesToValueGrads(gorgonia.Nodes(g, net))); err != nil {
			log.Fatal(err)
		}
		m.Reset()
	}

	// The module was trained, not a copy of it.
	p, err := net.Forward(stheno.New([]float32{0.5}, 1, 1)).Item()
	fmt.Printf("0.5² is about %.2f (%v)\n", p, err)
	// Output: 0.5² is about 0.25 (<nil>)
}

// An operation of Gorgonia's in define-by-run code.
func ExampleApply() {
	g := G.NewGraph()
	cube := G.Must(G.Cube(G.NewVector(g, G.Float64, G.WithShape(3)))).Op()

	x := stheno.New([]float64{1, 2, 3}).WithGrad()
	y := gorgonia.Apply(cube, x).Keep()
	fmt.Println(y, y.Sum().Backward())
	fmt.Println(x.Grad())
	// Output:
	// [1 8 27] <nil>
	// [3 12 27]
}
