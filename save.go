// SPDX-License-Identifier: MIT

package stheno

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/stheno-go/stheno/internal/atomicfile"
	"github.com/stheno-go/stheno/internal/codec/safetensors"
	"github.com/stheno-go/stheno/internal/dtype"
	"github.com/stheno-go/stheno/internal/shape"
	"github.com/stheno-go/stheno/internal/storage"
)

// Save writes m's parameters and buffers to a file whose extension tells the format:
// .safetensors. A reader finds the old file or the whole new one, whatever happens.
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

func checkFormat(path string) error {
	if ext := filepath.Ext(path); ext != ".safetensors" {
		return fmt.Errorf("stheno: %s: format %q is not known, want .safetensors", path, ext)
	}
	return nil
}

// SaveState writes named tensors to a file, atomically.
func SaveState(path string, state []NamedTensor) error {
	if err := checkFormat(path); err != nil {
		return err
	}
	f := &safetensors.File{Metadata: map[string]string{"format": "pt"}}
	for _, e := range state {
		if e.Tensor == nil || e.Tensor.err != nil {
			return fmt.Errorf("stheno: save: entry %q holds no tensor", e.Name)
		}
		f.Tensors = append(f.Tensors, safetensors.Tensor{
			Name: e.Name, DType: safetensorNames[e.Tensor.data.DType()], Shape: e.Tensor.dims.Slice(), Data: e.Tensor.data.Bytes(),
		})
	}
	return atomicfile.Write(path, func(w io.Writer) error { return safetensors.Encode(w, f) })
}

// LoadState reads the named tensors of a file. Half-precision floats become float32,
// small integers int64.
func LoadState(path string) ([]NamedTensor, error) {
	if err := checkFormat(path); err != nil {
		return nil, err
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	f, err := safetensors.Decode(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	state := make([]NamedTensor, len(f.Tensors))
	for i, t := range f.Tensors {
		x, err := decode(t)
		if err != nil {
			return nil, fmt.Errorf("%s: tensor %q: %w", path, t.Name, err)
		}
		state[i] = NamedTensor{t.Name, x}
	}
	return state, nil
}

func decode(t safetensors.Tensor) (*Tensor, error) {
	dims, err := shape.Of(t.Shape...)
	if err != nil {
		return nil, err
	}
	for d, name := range safetensorNames {
		if name == t.DType {
			b := storage.New(d, dims.Size())
			copy(b.Bytes(), t.Data)
			return &Tensor{data: b, dims: dims}, nil
		}
	}
	b, err := widen(t, dims.Size())
	if err != nil {
		return nil, err
	}
	return &Tensor{data: b, dims: dims}, nil
}
