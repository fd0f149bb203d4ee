// SPDX-License-Identifier: MIT

// Gorgonia puts a module of stheno's into a graph of Gorgonia's, trains it there with a solver
// of Gorgonia's, and then uses it as any other module: they share the parameters' memory.
//
//	$ go run ./gorgonia
//	-0.8² is about 0.65
//	0.0² is about 0.00
//	0.5² is about 0.25
package main

import (
	"fmt"
	"log"

	G "gorgonia.org/gorgonia"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/gorgonia"
	"github.com/stheno-go/stheno/layers"
)

// let gives an input of the graph its value.
func let(n *G.Node, v *stheno.Variable) error {
	t, err := v.Tensor()
	if err != nil {
		return err
	}
	value, err := gorgonia.Value(t)
	if err != nil {
		return err
	}
	return G.Let(n, value)
}

func run() error {
	stheno.Seed(1)
	net := layers.Sequential{layers.NewLinear(1, 8), layers.Tanh{}, layers.NewLinear(8, 1)}

	// The graph: a module of stheno's, a loss of Gorgonia's operations.
	g := G.NewGraph()
	x := G.NewMatrix(g, G.Float32, G.WithShape(16, 1), G.WithName("x"))
	target := G.NewMatrix(g, G.Float32, G.WithShape(16, 1), G.WithName("target"))
	y, err := gorgonia.Lower(g, net, x)
	if err != nil {
		return err
	}
	loss, err := G.Mean(G.Must(G.Square(G.Must(G.Sub(y, target)))))
	if err != nil {
		return err
	}
	if _, err := G.Grad(loss, gorgonia.Nodes(g, net)...); err != nil {
		return err
	}

	in := stheno.Linspace(-1, 1, 16).Reshape(16, 1)
	if err := let(x, in); err != nil {
		return err
	}
	if err := let(target, in.Square()); err != nil {
		return err
	}
	m := gorgonia.NewMachine(g) // or G.NewTapeMachine(g, G.BindDualValues(…))
	defer m.Close()
	solver := G.NewAdamSolver(G.WithLearnRate(0.02))
	for range 600 {
		if err := m.RunAll(); err != nil {
			return err
		}
		if err := solver.Step(G.NodesToValueGrads(gorgonia.Nodes(g, net))); err != nil {
			return err
		}
		m.Reset()
	}

	// The module was trained, not a copy of it.
	for _, v := range []float32{-0.8, 0, 0.5} {
		fmt.Printf("%.1f² is about %.2f\n", v, stheno.Must(net.Forward(stheno.New([]float32{v}, 1, 1)).Item()))
	}
	return nil
}

func main() {
	log.SetFlags(0)
	if err := run(); err != nil {
		log.Fatal(err)
	}
}
