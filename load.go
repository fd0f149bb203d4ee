// SPDX-License-Identifier: MIT

package stheno

import (
	"fmt"
	"io"
	"math"
)

// Load reads a file that [Save] or another library wrote into m: one that [LoadState]
// reads, from which only m's tensors are taken. When it returns an error, m is as it was.
func Load(path string, m any, opts ...LoadOption) error {
	f, err := openState(path)
	if err != nil {
		return err
	}
	defer f.close()
	if err := load(m, f, opts); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// LoadFrom is [Load] of r, which it reads to its end: a file of an embed.FS, an answer of a
// server, a [bytes.Reader]. The content tells the format.
//
// Of safetensors it holds what fits m and no more, whatever r claims. PyTorch's format is
// read as a whole, of which more than 64 MiB and 16 times m's size is an error; [LoadState]
// and [LoadStateFrom] have no such limit.
func LoadFrom(r io.Reader, m any, opts ...LoadOption) error {
	own, err := StateDict(m)
	if err != nil {
		return err
	}
	limit := int64(64 << 20)
	for _, e := range own {
		limit += 16 * int64(len(e.Tensor.data.Bytes()))
	}
	f, err := readState(r, limit)
	if err != nil {
		return err
	}
	return load(m, f, opts)
}

// LoadState reads the named tensors of a file in the safetensors format or one of
// torch.save's, which its content tells, or of the files that an index (.index.json)
// names. Of a training checkpoint it reads the state dict: the one dictionary of tensors,
// or that named state_dict, model_state_dict, model or net. Nothing in a file is executed.
//
// Floats of 8 and 16 bits become float32, other integers int64. What no Tensor can hold
// (complex, quantized and sparse ones, a uint64 above the largest int64) becomes one that
// carries an error ([Tensor.Err]), so that the others can be used.
func LoadState(path string) ([]NamedTensor, error) {
	f, err := openState(path)
	if err != nil {
		return nil, err
	}
	defer f.close()
	state, err := f.all()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return state, nil
}

// LoadStateFrom is [LoadState] of r, which it reads to its end. Its length is the only
// limit: an [io.LimitReader] sets one.
func LoadStateFrom(r io.Reader) ([]NamedTensor, error) {
	f, err := readState(r, math.MaxInt64-1)
	if err != nil {
		return nil, err
	}
	return f.all()
}
