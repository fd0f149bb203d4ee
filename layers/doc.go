// SPDX-License-Identifier: MIT

// Package layers implements the layers, activations and losses of torch.nn under their names, with
// the same defaults, initialization and parameter names.
//
// A layer is a struct whose exported Variables are its parameters. Layers with parameters have
// constructors; the others are used as literals:
//
//	net := layers.Sequential{
//		layers.NewConv2d(3, 16, 3, layers.Padding(1)), layers.ReLU{},
//		layers.NewMaxPool2d(2), layers.Flatten{},
//		layers.NewLinear(16*16*16, 10),
//	}
//	logits := net.Forward(x) // x (N,3,32,32), logits (N,10)
//	loss := layers.CrossEntropyLoss{}.Forward(logits, classes)
//
// Any struct with a Forward method is a module, and can have layers and other modules as fields.
//
// Invalid arguments do not panic. [stheno.Check] returns the error, and Forward returns a Variable
// that carries it.
package layers

import (
	"errors"

	"github.com/stheno-go/stheno"
)

// faulty is embedded in layers whose constructors check their arguments.
type faulty struct{ err error }

// Check returns the error in the constructor's arguments.
func (f faulty) Check() error { return f.err }

// failed returns the result of Forward for a faulty layer.
func (f faulty) failed(layer string) *stheno.Variable {
	return stheno.Failed(layer, stheno.ErrValue, "%v", f.err)
}

// firstError returns the error of the first condition that is true.
func firstError(conditions ...condition) error {
	for _, c := range conditions {
		if c.wrong {
			return errors.New(c.text)
		}
	}
	return nil
}

type condition struct {
	wrong bool
	text  string
}
