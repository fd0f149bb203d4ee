// SPDX-License-Identifier: MIT

package torchpickle

import (
	"bytes"
	"errors"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno/internal/codec/safetensors"
)

func fixture(t testing.TB, name string) []byte {
	b, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	return b
}

func values(t testing.TB) []Tensor {
	f, err := safetensors.Decode(fixture(t, "values.safetensors"))
	require.NoError(t, err)
	return f.Tensors
}

func TestTorchFiles(t *testing.T) {
	for _, name := range []string{"state.pth", "legacy.pth", "protocol4.pth"} {
		t.Run(name, func(t *testing.T) {
			b := fixture(t, name)
			require.True(t, Detect(b))
			v, err := Decode(b)
			require.NoError(t, err)
			got, err := State(v)
			require.NoError(t, err)
			assert.ElementsMatch(t, values(t), got)
			assert.Equal(t, "dtype.f64", got[0].Name, "torch's order")
		})
	}
}

func TestCheckpoint(t *testing.T) {
	v, err := Decode(fixture(t, "checkpoint.pt"))
	require.NoError(t, err)
	d := v.(*Dict)
	for key, want := range map[string]any{
		"epoch": int64(3), "best": 91.75, "name": "résumé", "done": false, "nothing": nil,
		"large": new(big.Int).Lsh(big.NewInt(1), 70), "negative": int64(-1 << 40),
		"history": []any{int64(1), int64(300), int64(70000), int64(-1),
			&Dict{[]Entry{{"loss", []any{0.5, 0.25}}}}},
		"milestones": &Dict{[]Entry{{int64(30), int64(1)}, {int64(60), int64(2)}}},
		"classes":    []any{"cat"}, "shape": []any{int64(2), int64(3)},
		"device": "cuda:1", "dtype": "torch.bfloat16",
	} {
		got, ok := d.Get(key)
		assert.True(t, ok, key)
		assert.Equal(t, want, got, key)
	}
	state, err := State(v)
	require.NoError(t, err)
	require.Len(t, state, 7)
	assert.Equal(t, "0.weight", state[0].Name)
	optimizer, _ := d.Get("optimizer")
	groups, _ := optimizer.(*Dict).Get("param_groups")
	lr, _ := groups.([]any)[0].(*Dict).Get("lr")
	assert.Equal(t, 0.1, lr)
	_, ok := d.Get("missing")
	assert.False(t, ok)
}

func TestState(t *testing.T) {
	x := &Tensor{DType: safetensors.U8, Shape: []int{1}, Data: []byte{1}}
	dict := func(pairs ...any) *Dict {
		d := &Dict{}
		for i := 0; i < len(pairs); i += 2 {
			d.Entries = append(d.Entries, Entry{pairs[i], pairs[i+1]})
		}
		return d
	}
	inner := dict("w", x)
	for _, c := range []struct {
		name string
		in   any
		want string // an error, or the name of the one tensor
	}{
		{"itself", inner, "w"},
		{"wrapped", dict("state_dict", inner, "epoch", int64(1)), "w"},
		{"any name", dict("weights", inner, "config", dict("a", int64(1))), "w"},
		{"usual name", dict("ema", dict("v", x), "net", inner), "w"},
		{"more usual name", dict("model", dict("v", x), "state_dict", inner), "w"},
		{"beside a tensor", dict("best", x, "model", inner), "w"},
		{"two", dict("a", inner, "b", inner), `several dictionaries of tensors: ["a" "b"]`},
		{"none", dict("epoch", int64(1)), `no dictionary of tensors is in it, only the entries ["epoch"]`},
		{"numbered", dict(int64(1), x), "no dictionary of tensors"},
		{"a tensor", x, "it holds a tensor, want a state dict"},
		{"a number", int64(1), "it holds a number, want a state dict"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := State(c.in)
			if err != nil {
				require.ErrorIs(t, err, ErrFormat)
				require.ErrorContains(t, err, c.want)
				return
			}
			require.Len(t, got, 1)
			assert.Equal(t, c.want, got[0].Name)
		})
	}
}

func encode(t testing.TB, state []Tensor) []byte {
	var b bytes.Buffer
	require.NoError(t, Encode(&b, state))
	return b.Bytes()
}

func TestEncode(t *testing.T) {
	want := values(t)
	b := encode(t, want)
	assert.Equal(t, b, encode(t, want), "the same tensors must give the same bytes")
	v, err := Decode(b)
	require.NoError(t, err)
	got, err := State(v)
	require.NoError(t, err)
	assert.Equal(t, want, got)

	a, err := openArchive(b)
	require.NoError(t, err)
	for _, f := range a.files {
		at, err := f.DataOffset()
		require.NoError(t, err)
		assert.Zero(t, at%alignment, f.Name)
	}
	empty, err := Decode(encode(t, nil))
	require.NoError(t, err)
	assert.Equal(t, &Dict{Entries: []Entry{}}, empty)
}

func TestEncodeRejects(t *testing.T) {
	ok := Tensor{Name: "x", DType: safetensors.U8, Shape: []int{1}, Data: []byte{1}}
	for _, c := range []struct {
		state []Tensor
		want  string
	}{
		{[]Tensor{ok, ok}, `two tensors have the name "x"`},
		{[]Tensor{{Name: "\xff", DType: safetensors.U8, Shape: []int{0}}}, `tensor name "\xff" is not UTF-8`},
		{[]Tensor{{Name: "x", DType: "F4", Shape: []int{0}}}, `tensor "x" has the unknown dtype "F4"`},
		{[]Tensor{{Name: "x", DType: safetensors.U8, Shape: []int{-1}}}, `tensor "x" has the shape [-1]`},
		{[]Tensor{{Name: "x", DType: safetensors.U8, Shape: make([]int, 65)}}, `tensor "x" has 65 dimensions`},
		{[]Tensor{{Name: "x", DType: safetensors.F64, Shape: []int{2}, Data: make([]byte, 8)}}, `needs 16 bytes, but has 8`},
	} {
		var b bytes.Buffer
		err := Encode(&b, c.state)
		require.ErrorIs(t, err, ErrFormat)
		assert.ErrorContains(t, err, c.want)
		assert.Zero(t, b.Len(), "nothing may be written")
	}
}

type failingWriter struct{ left int }

func (w *failingWriter) Write(p []byte) (int, error) {
	if w.left -= len(p); w.left < 0 {
		return 0, errors.New("disk full")
	}
	return len(p), nil
}

func TestEncodeWriteErrors(t *testing.T) {
	state := []Tensor{{Name: "x", DType: safetensors.U8, Shape: []int{5000}, Data: make([]byte, 5000)}}
	n := len(encode(t, state))
	for left := 0; left < n; left += 50 {
		require.ErrorContains(t, Encode(&failingWriter{left}, state), "disk full")
	}
	require.NoError(t, Encode(&failingWriter{n}, state))
}

// TestTorchReads runs where STHENO_PYTHON names a Python that has torch: torch.load
// must read what Encode wrote.
func TestTorchReads(t *testing.T) {
	python := os.Getenv("STHENO_PYTHON")
	if python == "" {
		t.Skip("STHENO_PYTHON does not name a Python with torch and safetensors")
	}
	dir := t.TempDir()
	state := values(t)
	state = append(state, Tensor{Name: "large", DType: safetensors.U8, Shape: []int{70000}, Data: bytes.Repeat([]byte{3}, 70000)})
	require.NoError(t, os.WriteFile(filepath.Join(dir, "x.pth"), encode(t, state), 0o600))
	var want bytes.Buffer
	require.NoError(t, safetensors.Encode(&want, &safetensors.File{Tensors: state}))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "x.safetensors"), want.Bytes(), 0o600))
	out, err := exec.Command(python, "-c", `
import sys, torch
from safetensors.torch import load_file
want = load_file(sys.argv[1] + "/x.safetensors")
for mmap in (False, True):
    got = torch.load(sys.argv[1] + "/x.pth", weights_only=True, mmap=mmap)
    assert type(got).__name__ == "OrderedDict" and len(got) == len(want)
    for key, value in want.items():
        assert got[key].dtype == value.dtype and torch.equal(got[key], value), key
        assert got[key].is_contiguous() and got[key].data_ptr() % 64 == 0 or mmap or not value.numel(), key
print("read", len(got))
`, dir).CombinedOutput()
	require.NoError(t, err, "%s", out)
	assert.Contains(t, string(out), "read 19")
}
