// SPDX-License-Identifier: MIT

// Package garments is a small net that classifies ten kinds of clothes, with its weights.
package garments

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/layers"
)

// Side is the width and height of a picture in pixels.
const Side = 28

// Classes are the names of the classes, in the order of the net's outputs.
var Classes = []string{"ankle-boot", "bag", "coat", "dress", "pullover", "sandal", "shirt", "sneaker", "t-shirt", "trouser"}

// New returns the net with initial weights. Shape: (N,1,28,28), grey, 0 is black and 1 white,
// -> (N,10).
func New() layers.Sequential {
	return layers.Sequential{
		layers.NewConv2d(1, 16, 3, layers.Padding(1)), layers.ReLU{}, layers.NewMaxPool2d(2),
		layers.NewConv2d(16, 32, 3, layers.Padding(1)), layers.ReLU{}, layers.NewMaxPool2d(2),
		layers.Flatten{},
		layers.NewDropout(0.1),
		layers.NewLinear(32*7*7, len(Classes)),
	}
}

// weights is what ../train has left.
//
//go:embed weights.safetensors
var weights []byte

// Load returns the trained net in evaluation mode.
func Load() (layers.Sequential, error) {
	net := New()
	if err := stheno.LoadFrom(bytes.NewReader(weights), net); err != nil {
		return nil, err
	}
	return net, stheno.Eval(net)
}

// Compile returns a program that makes probabilities (N,10) of pictures (N,1,28,28).
func Compile(net stheno.Module) *stheno.Program {
	return stheno.Compile(func(in ...*stheno.Variable) []*stheno.Variable {
		return []*stheno.Variable{stheno.Call(net, in[0]).Softmax(1)}
	})
}

// Classify returns the probabilities of the classes for one picture, row by row, 0 is black
// and 255 white.
func Classify(p *stheno.Program, picture []byte) ([]float32, error) {
	if len(picture) != Side*Side {
		return nil, fmt.Errorf("garments: got %d pixels, want %d", len(picture), Side*Side)
	}
	x := make([]float32, len(picture))
	for i, v := range picture {
		x[i] = float32(v) / 255
	}
	out, err := p.Run(context.Background(), stheno.New(x, 1, 1, Side, Side))
	if err != nil {
		return nil, err
	}
	return stheno.Values[float32](out[0])
}
