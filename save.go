// SPDX-License-Identifier: MIT

package stheno

import (
	"fmt"
	"io"
	"path/filepath"

	"github.com/stheno-go/stheno/internal/atomicfile"
	"github.com/stheno-go/stheno/internal/codec/safetensors"
	"github.com/stheno-go/stheno/internal/codec/torchpickle"
	"github.com/stheno-go/stheno/internal/dtype"
)

// Format is a format of files of weights.
type Format int

const (
	Safetensors Format = iota // .safetensors
	PyTorch                   // .pth, .pt and .th, as torch.save writes them
)

// Save writes m's parameters and buffers to a file. The extension determines the format: .safetensors,
// or .pth, .pt or .th of PyTorch. The file is replaced atomically.
func Save(path string, m any) error {
	state, err := StateDict(m)
	if err != nil {
		return err
	}
	return SaveState(path, state)
}

// SaveTo writes m's parameters and buffers to w. Unlike with [Save], the output is incomplete if
// writing fails.
func SaveTo(w io.Writer, m any, f Format) error {
	state, err := StateDict(m)
	if err != nil {
		return err
	}
	return SaveStateTo(w, state, f)
}

// SaveState writes named tensors to a file, atomically. The extension determines the format, as with
// [Save]; torch.load(weights_only=True) reads those of PyTorch.
func SaveState(path string, state []NamedTensor) error {
	f := Safetensors
	switch ext := filepath.Ext(path); ext {
	case ".safetensors":
	case ".pth", ".pt", ".th":
		f = PyTorch
	default:
		return fmt.Errorf("stheno: %s: unknown format %q, expects .safetensors, .pth, .pt or .th", path, ext)
	}
	list, err := encodable(state)
	if err != nil {
		return err
	}
	return atomicfile.Write(path, func(w io.Writer) error { return f.encode(w, list) })
}

// SaveStateTo writes named tensors to w.
func SaveStateTo(w io.Writer, state []NamedTensor, f Format) error {
	if w == nil {
		return fmt.Errorf("stheno: save: the writer is nil: %w", ErrValue)
	}
	list, err := encodable(state)
	if err != nil {
		return err
	}
	return f.encode(w, list)
}

func (f Format) encode(w io.Writer, list []safetensors.Tensor) error {
	switch f {
	case Safetensors:
		return safetensors.Encode(w, &safetensors.File{Tensors: list, Metadata: map[string]string{"format": "pt"}})
	case PyTorch:
		return torchpickle.Encode(w, list)
	}
	return fmt.Errorf("stheno: save: invalid format %d, must be Safetensors or PyTorch: %w", int(f), ErrValue)
}

var safetensorNames = map[dtype.DType]string{
	dtype.Float32: safetensors.F32, dtype.Float64: safetensors.F64, dtype.Int64: safetensors.I64,
	dtype.Uint8: safetensors.U8, dtype.Bool: safetensors.Bool,
}

// encodable returns a state as tensors of a file.
func encodable(state []NamedTensor) ([]safetensors.Tensor, error) {
	list := make([]safetensors.Tensor, len(state))
	for i, e := range state {
		if e.Tensor == nil {
			return nil, fmt.Errorf("stheno: save: entry %q has no tensor", e.Name)
		}
		if err := e.Tensor.Err(); err != nil {
			return nil, fmt.Errorf("stheno: save: entry %q: %w", e.Name, err)
		}
		list[i] = safetensors.Tensor{
			Name: e.Name, DType: safetensorNames[e.Tensor.data.DType()], Shape: e.Tensor.dims.Slice(), Data: e.Tensor.bytes(),
		}
	}
	return list, nil
}
