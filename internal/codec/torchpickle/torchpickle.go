// SPDX-License-Identifier: MIT

// Package torchpickle reads and writes PyTorch's files (.pth, .pt, .th): the zip
// archive of torch.save since 1.6, and reads the legacy format before it.
//
// Both hold a pickle, which in Python is a program. Here it is read by a machine that
// knows how to build numbers, strings, lists, dictionaries and tensors and nothing
// else: no name in a file is looked up, no code runs, and a global that is not on a
// short list is refused by its name. Memory stays in proportion to the file.
//
// Tensors are those of package safetensors: dtype names, and bytes that are
// little-endian and in row-major order.
package torchpickle

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"

	"github.com/stheno-go/stheno/internal/codec/safetensors"
)

// ErrFormat is wrapped by every error about the content of a file, read or about to be
// written.
var ErrFormat = errors.New("torchpickle: bad file")

// Tensor is an array; tensors within a dictionary have no name. One that is
// not a plain array (sparse, quantized, meta) has what it is for a dtype and no data.
type Tensor = safetensors.Tensor

// Dict is a Python dictionary, in the order in which it was filled.
type Dict struct{ Entries []Entry }

// Entry is one pair of a dictionary. Key is a string, int64, *big.Int, float64, complex128,
// bool, [Bytes], nil, or a *[Tuple] of such.
type Entry struct{ Key, Value any }

// Tuple is a key of a dictionary; as a value a tuple is a list.
type Tuple struct{ Items []any }

// Bytes is a byte string.
type Bytes string

// Get returns the value of a key, and whether there is one.
func (d *Dict) Get(key any) (any, bool) {
	for _, e := range d.Entries {
		if e.Key == key {
			return e.Value, true
		}
	}
	return nil, false
}

const (
	zipMagic   = "PK\x03\x04"
	protoMagic = 0x80 // the first byte of a pickle
)

// Detect reports whether b, a file or its beginning, may be one that [Decode] reads.
func Detect(b []byte) bool {
	return bytes.HasPrefix(b, []byte(zipMagic)) || len(b) > 0 && b[0] == protoMagic
}

// Decode reads a whole file from memory and returns what torch.load would, in Go's
// terms: nil, bool, int64, *big.Int, float64, complex128, string, [Bytes], []any (of lists,
// tuples and sets), *[Dict] and *[Tensor]. A device or dtype is its name as a string. Data
// of tensors that are contiguous are parts of b, not copies.
func Decode(b []byte) (any, error) {
	switch {
	case bytes.HasPrefix(b, []byte(zipMagic)):
		return decodeZip(b)
	case len(b) > 0 && b[0] == protoMagic:
		return decodeLegacy(b)
	}
	return nil, bad("it begins with %q, want a zip archive or a pickle", b[:min(len(b), 4)])
}

func bad(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrFormat}, args...)...)
}

// quote shortens long names: they come from files that nobody has checked.
func quote(name string) string {
	const most = 100
	if len(name) > most {
		return strconv.Quote(name[:most]) + "..."
	}
	return strconv.Quote(name)
}

// describe names the kind of a value for an error.
func describe(v any) string {
	switch v := v.(type) {
	case nil:
		return "None"
	case bool:
		return "a bool"
	case string:
		return "the string " + quote(v)
	case Bytes:
		return "a byte string"
	case odd:
		return v.what
	case *list, []any, *Tuple:
		return "a list or tuple"
	case *dict, *Dict:
		return "a dictionary"
	case global:
		return "the global " + quote(string(v))
	case *view, *Tensor:
		return "a tensor"
	case *array:
		return "an array"
	case elements:
		return "a dtype"
	case *storage:
		return "a storage"
	case mark:
		return "a mark"
	}
	return "a number"
}
