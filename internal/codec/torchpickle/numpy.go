// SPDX-License-Identifier: MIT

package torchpickle

import (
	"strings"

	"github.com/stheno-go/stheno/internal/codec/safetensors"
)

// array is a NumPy array of bytes: all that DecodePlain reads of NumPy.
type array struct {
	shape []int
	data  string
	set   bool
}

// elements is a NumPy dtype, by its name without the byte order.
type elements string

// plainNames and plainCalls are names and calls for a machine that reads plain pickles,
// beside those of torch's files.
var plainNames = map[global]bool{"numpy.ndarray": true}

var plainCalls = map[global]func(m *machine, args []any) (any, error){
	"numpy.core.multiarray._reconstruct":  (*machine).reconstruct,
	"numpy._core.multiarray._reconstruct": (*machine).reconstruct,
	"numpy.dtype":                         (*machine).elements,
}

// DecodePlain reads one pickle that is not of torch: what [Decode] returns, byte strings as strings, and arrays of NumPy as *[Tensor]s, if their elements are bytes.
func DecodePlain(b []byte) (any, error) {
	m := newMachine(b, func([]any) (any, error) { return nil, bad("a persistent id, which only torch's files have") })
	m.plain = true
	v, err := m.run()
	if err != nil {
		return nil, err
	}
	return (&plain{done: map[any]any{}}).value(v, 0)
}

// reconstruct stands for numpy._core.multiarray._reconstruct(ndarray, (0,), b"b"): an
// array that is filled later.
func (m *machine) reconstruct(args []any) (any, error) {
	if len(args) != 3 || args[0] != global("numpy.ndarray") {
		return nil, wrongArgs("_reconstruct", args)
	}
	return &array{}, nil
}

// elements stands for numpy.dtype(name, align, copy).
func (m *machine) elements(args []any) (any, error) {
	if len(args) > 0 {
		if name, ok := args[0].(string); ok {
			return elements(strings.TrimLeft(name, "|<>=")), nil
		}
	}
	return nil, wrongArgs("numpy.dtype", args)
}

// fillArray sets what an array holds: (version, shape, dtype, Fortran order, bytes).
func (m *machine) fillArray(a *array, state any) error {
	l, ok := state.(*list)
	if !ok || len(l.items) != 5 {
		return bad("an array is filled with %s, want five values", describe(state))
	}
	shape, ok := sizes(l.items[1])
	kind, ok1 := l.items[2].(elements)
	data, ok2 := l.items[4].(string)
	if !ok || !ok1 || !ok2 {
		return wrongArgs("ndarray.__setstate__", l.items)
	}
	if kind != "u1" {
		return bad("an array has elements of type %s, want u1", quote(string(kind)))
	}
	if l.items[3] != false && len(shape) > 1 {
		return bad("an array of shape %v is in Fortran order, want C order", shape)
	}
	n := 1
	for _, d := range shape {
		if d > 0 && n > len(data)/d {
			return bad("an array of shape %v has %d bytes", shape, len(data))
		}
		n *= d
	}
	if n != len(data) {
		return bad("an array of shape %v has %d bytes", shape, len(data))
	}
	a.shape, a.data, a.set = shape, data, true
	return m.spend(n) // many arrays may share one string
}

func (a *array) tensor() (*Tensor, error) {
	if !a.set {
		return nil, bad("an array is not filled")
	}
	return &Tensor{DType: safetensors.U8, Shape: a.shape, Data: []byte(a.data)}, nil
}
