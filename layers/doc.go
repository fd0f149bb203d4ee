// SPDX-License-Identifier: MIT

// Package layers holds torch.nn's layers, activations and losses under their names,
// with their defaults, initialisation and parameter names.
//
// A layer is a struct whose exported Variables are its parameters. Arguments that make
// no sense are no panic: the layer reports them by Check, which [stheno.Check] calls,
// and its Forward returns a failed Variable.
package layers

import (
	"errors"

	"github.com/stheno-go/stheno"
)

// faulty is embedded by layers whose constructors check their arguments.
type faulty struct{ err error }

// Check returns what was wrong with the constructor's arguments.
func (f faulty) Check() error { return f.err }

// failed returns the Variable that Forward returns of a faulty layer.
func (f faulty) failed(layer string) *stheno.Variable {
	return stheno.Failed(layer, stheno.ErrValue, "%v", f.err)
}

// firstError returns the first error among the conditions that hold.
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
