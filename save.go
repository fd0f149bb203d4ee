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

// Save writes m's parameters and buffers to a file whose extension tells the format:
// .safetensors, or .pth, .pt or .th of PyTorch. A reader finds the old file or the
// whole new one, whatever happens.
func Save(path string, m any) error {
	state, err := StateDict(m)
	if err != nil {
		return err
	}
	return SaveState(path, state)
}

// Load reads a file that [Save] or another library wrote into m. When it returns an
// error, m is as it was.
func Load(path string, m any, opts ...LoadOption) error {
	state, err := LoadState(path)
	if err != nil {
		return err
	}
	if err := LoadStateDict(m, state, opts...); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

var safetensorNames = map[dtype.DType]string{
	dtype.Float32: safetensors.F32, dtype.Float64: safetensors.F64, dtype.Int64: safetensors.I64,
	dtype.Uint8: safetensors.U8, dtype.Bool: safetensors.Bool,
}

// SaveState writes named tensors to a file, atomically. Its extension tells the format,
// as with [Save]; torch.load(weights_only=True) reads those of PyTorch.
func SaveState(path string, state []NamedTensor) error {
	var encode func(io.Writer, []safetensors.Tensor) error
	switch ext := filepath.Ext(path); ext {
	case ".safetensors":
		encode = func(w io.Writer, list []safetensors.Tensor) error {
			return safetensors.Encode(w, &safetensors.File{Tensors: list, Metadata: map[string]string{"format": "pt"}})
		}
	case ".pth", ".pt", ".th":
		encode = torchpickle.Encode
	default:
		return fmt.Errorf("stheno: %s: format %q is not known, want .safetensors, .pth, .pt or .th", path, ext)
	}
	list := make([]safetensors.Tensor, len(state))
	for i, e := range state {
		if e.Tensor == nil {
			return fmt.Errorf("stheno: save: entry %q holds no tensor", e.Name)
		}
		if err := e.Tensor.Err(); err != nil {
			return fmt.Errorf("stheno: save: entry %q: %w", e.Name, err)
		}
		list[i] = safetensors.Tensor{
			Name: e.Name, DType: safetensorNames[e.Tensor.data.DType()], Shape: e.Tensor.dims.Slice(), Data: e.Tensor.data.Bytes(),
		}
	}
	return atomicfile.Write(path, func(w io.Writer) error { return encode(w, list) })
}
