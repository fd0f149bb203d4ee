// SPDX-License-Identifier: MIT

package stheno

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/stheno-go/stheno/internal/codec/safetensors"
	"github.com/stheno-go/stheno/internal/codec/torchpickle"
	"github.com/stheno-go/stheno/internal/regular"
	"github.com/stheno-go/stheno/internal/shape"
	"github.com/stheno-go/stheno/internal/storage"
)

// LoadState reads the named tensors of a file in the safetensors format or one of
// torch.save's, which its content tells, or of the files that an index (.index.json)
// names. Of a training checkpoint it reads the state dict: the one dictionary of tensors,
// or that named state_dict, model_state_dict, model or net. Nothing in a file is executed.
//
// Floats of 8 and 16 bits become float32, other integers int64. What no Tensor can hold
// (complex, quantized and sparse ones, a uint64 above the largest int64) becomes one that
// carries an error ([Tensor.Err]), so that the others can be used.
func LoadState(path string) ([]NamedTensor, error) {
	if strings.HasSuffix(path, indexName) {
		return loadShards(path)
	}
	f, err := regular.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	state, err := loadFile(f, filepath.Ext(path))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return state, nil
}

// loadFile looks at the beginning of a file before it reads the rest.
func loadFile(f *os.File, ext string) ([]NamedTensor, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	start := make([]byte, 8)
	n, err := f.ReadAt(start, 0)
	if err != nil && err != io.EOF {
		return nil, err
	}
	holes := regular.CheckHoles(info)
	if ext != ".safetensors" && torchpickle.Detect(start[:n]) {
		if holes != nil {
			return nil, fmt.Errorf("stheno: %w: %w", holes, ErrValue)
		}
		return loadTorch(f, info.Size())
	}
	r, err := safetensors.NewReader(f, info.Size())
	if errors.Is(err, safetensors.ErrFormat) && (ext == ".pth" || ext == ".pt" || ext == ".th" || ext == ".bin") {
		return nil, fmt.Errorf("stheno: this is neither a file of torch.save's nor one in the safetensors format: %w", ErrValue)
	}
	if err != nil {
		return nil, err
	}
	if holes != nil {
		return nil, fmt.Errorf("stheno: %w: %w", holes, ErrValue)
	}
	state := make([]NamedTensor, len(r.Entries()))
	for i, e := range r.Entries() {
		t := safetensors.Tensor{Name: e.Name, DType: e.DType, Shape: e.Shape, Data: make([]byte, e.Size)}
		if err := r.Read(e.Name, t.Data); err != nil {
			return nil, err
		}
		state[i] = NamedTensor{e.Name, decode(t)}
	}
	return state, nil
}

func loadTorch(f *os.File, size int64) ([]NamedTensor, error) {
	if size > math.MaxInt {
		return nil, fmt.Errorf("stheno: the file has %d bytes, more than this machine can address: %w", size, ErrValue)
	}
	b := make([]byte, size)
	if _, err := io.ReadFull(io.NewSectionReader(f, 0, size), b); err != nil {
		return nil, err
	}
	v, err := torchpickle.Decode(b)
	if err != nil {
		return nil, err
	}
	list, err := torchpickle.State(v)
	if err != nil {
		return nil, err
	}
	state := make([]NamedTensor, len(list))
	for i, t := range list {
		state[i] = NamedTensor{t.Name, decode(t)}
	}
	return state, nil
}

// indexName ends the names of files that say which tensors lie in which files.
const (
	indexName = ".index.json"
	maxIndex  = 100 << 20 // bytes
)

// loadShards reads the files beside an index, {"weight_map": {name of tensor: file}}.
func loadShards(path string) ([]NamedTensor, error) {
	b, err := regular.ReadFile(path, maxIndex)
	if err != nil {
		return nil, err
	}
	var index struct {
		Map map[string]string `json:"weight_map"`
	}
	if err := json.Unmarshal(b, &index); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(index.Map) == 0 {
		return nil, fmt.Errorf("%s: stheno: it has no weight_map: %w", path, ErrValue)
	}
	files := map[string]bool{}
	for name, file := range index.Map {
		if !filepath.IsLocal(file) || strings.HasSuffix(file, indexName) {
			return nil, fmt.Errorf("%s: stheno: tensor %q lies in %q, want a file beside the index: %w", path, name, file, ErrValue)
		}
		files[file] = true
	}
	var state []NamedTensor
	for _, file := range slices.Sorted(maps.Keys(files)) {
		part, err := LoadState(filepath.Join(filepath.Dir(path), file))
		if err != nil {
			return nil, err
		}
		for _, e := range part {
			if index.Map[e.Name] == file {
				state = append(state, e)
				delete(index.Map, e.Name)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(index.Map)) {
		return nil, fmt.Errorf("%s: stheno: there is no tensor %q in %s: %w", path, name, index.Map[name], ErrValue)
	}
	return state, nil
}

// decode returns a tensor of a file; what cannot be held carries an error.
func decode(t safetensors.Tensor) *Tensor {
	dims, err := shape.Of(t.Shape...)
	if err != nil {
		return &Tensor{err: err}
	}
	for d, name := range safetensorNames {
		if name == t.DType {
			b := storage.New(d, dims.Size())
			copy(b.Bytes(), t.Data)
			return &Tensor{data: b, dims: dims}
		}
	}
	b, err := widen(t, dims.Size())
	if err != nil {
		return &Tensor{err: err}
	}
	return &Tensor{data: b, dims: dims}
}
