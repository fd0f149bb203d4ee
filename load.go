// SPDX-License-Identifier: MIT

package stheno

import (
	"fmt"
	"io"
	"math"
)

// Load reads m's tensors from a file of [Save] or of another library, in any format of [LoadState]. If
// it returns an error, m is unchanged.
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

// LoadFrom is [Load] for a reader, such as a file of an embed.FS or a [bytes.Reader]. It reads r to the
// end, and detects the format from the content.
//
// From safetensors it keeps only tensors that fit m, so that memory is bounded by m's size. PyTorch's
// format is read as a whole, up to 64 MiB plus 16 times m's size; more is an error. [LoadState] and
// [LoadStateFrom] have no such limit.
func LoadFrom(r io.Reader, m any, opts ...LoadOption) error {
	own, err := StateDict(m)
	if err != nil {
		return err
	}
	limit := int64(64 << 20)
	for _, e := range own {
		limit += 16 * int64(len(e.Tensor.bytes()))
	}
	f, err := readState(r, limit)
	if err != nil {
		return err
	}
	return load(m, f, opts)
}

// LoadState reads the named tensors of a file in the safetensors format or of torch.save, detected
// from its content, or of the files listed in an index (.index.json). From a training checkpoint it
// reads the state dict: the only dictionary of tensors, or the one named state_dict,
// model_state_dict, model or net. No code in a file is executed.
//
// Floats of 8 and 16 bits are converted to float32, other integers to int64. Unsupported tensors
// (complex, quantized, sparse, or with a uint64 above the largest int64) carry an error
// ([Tensor.Err]), so that the others can be used.
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

// LoadStateFrom is [LoadState] for a reader, which it reads to the end. It has no limit on the length;
// use an [io.LimitReader] to set one.
func LoadStateFrom(r io.Reader) ([]NamedTensor, error) {
	f, err := readState(r, math.MaxInt64-1)
	if err != nil {
		return nil, err
	}
	return f.all()
}
