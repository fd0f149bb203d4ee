// SPDX-License-Identifier: MIT

// Package golden gives tests the fixtures in testdata: inputs, results and
// gradients that PyTorch computed. It is for tests and for stheno verify; package parity
// repeats what the files have. How they are generated and their keys are described at the
// top of gen.py and its parts.
package golden

import (
	"embed"
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stheno-go/stheno/internal/codec/safetensors"
)

//go:embed testdata/*.safetensors
var files embed.FS

var (
	mu     sync.Mutex
	loaded = map[string]*Fixture{}
)

// Fixture is one file of testdata. A missing key or a wrong dtype ends the test
// that loaded it.
type Fixture struct {
	name    string
	file    *safetensors.File
	tensors map[string]*Tensor
}

// Load is Open for a test, which an error ends.
func Load(t testing.TB, name string) *Fixture {
	t.Helper()
	f, err := Open(name)
	if err != nil {
		t.Fatalf("golden: %v", err)
	}
	return f
}

// Open reads testdata/<name>.safetensors. A file is parsed once a process.
func Open(name string) (*Fixture, error) {
	mu.Lock()
	defer mu.Unlock()
	if f := loaded[name]; f != nil {
		return f, nil
	}
	b, err := files.ReadFile("testdata/" + name + ".safetensors")
	if err != nil {
		return nil, err
	}
	file, err := safetensors.Decode(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	f := &Fixture{name: name, file: file, tensors: make(map[string]*Tensor, len(file.Tensors))}
	for i := range file.Tensors {
		x := &file.Tensors[i]
		f.tensors[x.Name] = &Tensor{Name: x.Name, DType: x.DType, Shape: x.Shape, data: x.Data}
	}
	loaded[name] = f
	return f, nil
}

// Has reports whether the fixture has a tensor of that key.
func (f *Fixture) Has(key string) bool { return f.tensors[key] != nil }

// Find returns the tensor of that key, nil if there is none.
func (f *Fixture) Find(key string) *Tensor { return f.tensors[key] }

// Get returns the tensor of that key.
func (f *Fixture) Get(t testing.TB, key string) *Tensor {
	t.Helper()
	x := f.tensors[key]
	if x == nil {
		t.Fatalf("golden: %s has no tensor %q; under %q it has %v", f.name, key, parent(key), f.Keys(parent(key)))
	}
	return x
}

// Keys returns the sorted keys that begin with prefix.
func (f *Fixture) Keys(prefix string) []string {
	var keys []string
	for key := range f.tensors {
		if strings.HasPrefix(key, prefix) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// Names returns the sorted first parts of all keys: the cases of a file.
func (f *Fixture) Names() []string {
	seen := map[string]bool{}
	var names []string
	for key := range f.tensors {
		name, _, _ := strings.Cut(key, "/")
		if !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Note returns what PyTorch ran for a case, for the text of a failure; it is
// empty if there is no such case.
func (f *Fixture) Note(name string) string { return f.file.Metadata[name] }

// Noted returns the sorted names that have a Note.
func (f *Fixture) Noted() []string { return slices.Sorted(maps.Keys(f.file.Metadata)) }

func parent(key string) string { return key[:strings.LastIndexByte(key, '/')+1] }

// Tensor is one array of a fixture.
type Tensor struct {
	Name  string
	DType string // as in package safetensors: F32, F64, I64, U8, BOOL
	Shape []int
	data  []byte
}

// Len returns the number of elements.
func (x *Tensor) Len() int { return len(x.data) / safetensors.Size(x.DType) }

// Bytes returns the elements, little-endian. They are not to be written.
func (x *Tensor) Bytes() []byte { return x.data }

// Float32s returns the elements of an F32 tensor.
func (x *Tensor) Float32s(t testing.TB) []float32 {
	t.Helper()
	x.want(t, safetensors.F32)
	return convert(x, func(i int) float32 { return math.Float32frombits(binary.LittleEndian.Uint32(x.data[4*i:])) })
}

// Float64s returns the elements of an F64 tensor, or those of an F32 tensor,
// which float64 holds exactly.
func (x *Tensor) Float64s(t testing.TB) []float64 {
	t.Helper()
	if x.DType == safetensors.F32 {
		return convert(x, func(i int) float64 {
			return float64(math.Float32frombits(binary.LittleEndian.Uint32(x.data[4*i:])))
		})
	}
	x.want(t, safetensors.F64)
	return convert(x, func(i int) float64 { return math.Float64frombits(binary.LittleEndian.Uint64(x.data[8*i:])) })
}

// Int64s returns the elements of an I64 tensor.
func (x *Tensor) Int64s(t testing.TB) []int64 {
	t.Helper()
	x.want(t, safetensors.I64)
	return convert(x, func(i int) int64 { return int64(binary.LittleEndian.Uint64(x.data[8*i:])) })
}

// Bools returns the elements of a BOOL tensor.
func (x *Tensor) Bools(t testing.TB) []bool {
	t.Helper()
	x.want(t, safetensors.Bool)
	return convert(x, func(i int) bool { return x.data[i] != 0 })
}

func (x *Tensor) want(t testing.TB, dtype string) {
	t.Helper()
	if x.DType != dtype {
		t.Fatalf("golden: %s has dtype %s, not %s", x.Name, x.DType, dtype)
	}
}

func convert[T any](x *Tensor, at func(i int) T) []T {
	out := make([]T, x.Len())
	for i := range out {
		out[i] = at(i)
	}
	return out
}
