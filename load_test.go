// SPDX-License-Identifier: MIT

package stheno_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/codec/safetensors"
	"github.com/stheno-go/stheno/layers"
)

func numbers(t *testing.T, v *stheno.Variable) []float64 {
	t.Helper()
	x, err := v.Tensor()
	require.NoError(t, err)
	return x.Floats()
}

func saved(t *testing.T, name string, list ...safetensors.Tensor) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, safetensors.Encode(&b, &safetensors.File{Tensors: list}))
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, b.Bytes(), 0o600))
	return path
}

// TestTypesOfTorch reads a file of torch's with all values of its 8-bit floats beside what
// torch makes of them, large integers, and what cannot be held.
func TestTypesOfTorch(t *testing.T) {
	state, err := stheno.LoadState(torchFixtures + "types.pth")
	require.NoError(t, err)
	by := map[string]*stheno.Tensor{}
	for _, e := range state {
		by[e.Name] = e.Tensor
	}
	for _, kind := range []string{"float8_e4m3fn", "float8_e5m2", "float8_e8m0fnu", "float8_e4m3fnuz", "float8_e5m2fnuz"} {
		got, err := stheno.Data[float32](by[kind])
		require.NoError(t, err)
		want, err := stheno.Data[float32](by[kind+".want"])
		require.NoError(t, err)
		require.Len(t, got, 256)
		for i := range got {
			if want[i] != want[i] {
				require.True(t, got[i] != got[i], "%s %d", kind, i)
				continue
			}
			require.Equal(t, math.Float32bits(want[i]), math.Float32bits(got[i]), "%s %d", kind, i)
		}
	}
	require.Equal(t, []float64{0, 1, 65535}, by["uint16"].Floats())
	require.Equal(t, []float64{0, 4294967295}, by["uint32"].Floats())
	large, err := stheno.Data[int64](by["uint64"])
	require.NoError(t, err)
	require.Equal(t, []int64{1, math.MaxInt64}, large)
	require.ErrorContains(t, by["large"].Err(), "the uint64 9223372036854775808 exceeds")
	require.ErrorContains(t, by["complex"].Err(), "type C64 is not supported")
	require.ErrorIs(t, by["sparse"].Err(), stheno.ErrDType)
	require.Equal(t, []float64{1.5, 2.5}, by["plain"].Floats())
	require.NotContains(t, by, "part._extra_state")
}

func TestOneOddTensorBlocksNothing(t *testing.T) {
	plain := safetensors.Tensor{Name: "weight", DType: safetensors.F32, Shape: []int{1, 1}, Data: []byte{0, 0, 0x80, 0x3f}}
	for _, odd := range []safetensors.Tensor{
		{Name: "odd", DType: safetensors.C64, Shape: []int{1, 1}, Data: make([]byte, 8)},
		{Name: "odd", DType: safetensors.U64, Shape: []int{1, 1}, Data: bytes.Repeat([]byte{0xff}, 8)},
		{Name: "odd", DType: safetensors.U8, Shape: []int{1, 1, 1, 1, 1, 1, 1, 1, 1}, Data: []byte{1}},
	} {
		m := layers.NewLinear(1, 1, layers.Bias(false))
		path := saved(t, "x.safetensors", odd, plain)
		require.NoError(t, stheno.Load(path, m, stheno.NonStrict()))
		require.Equal(t, []float64{1}, numbers(t, m.Weight))
		require.ErrorContains(t, stheno.Load(path, m), `Unexpected key(s) in state_dict: "odd"`)
		state, err := stheno.LoadState(path)
		require.NoError(t, err)
		require.ErrorContains(t, stheno.SaveState(path, state), `entry "odd": `)
		odd.Name = "weight"
		require.ErrorContains(t, stheno.Load(saved(t, "x.safetensors", odd), m), "no tensor for weight: ")
	}
	// A type that is not known is no reason to give up either.
	header := `{"a":{"dtype":"F4","shape":[4],"data_offsets":[0,2]},"weight":{"dtype":"F32","shape":[1,1],"data_offsets":[2,6]}}`
	b := append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header+"\x00\x00\x00\x00\x00\x40"...)
	path := filepath.Join(t.TempDir(), "x.safetensors")
	require.NoError(t, os.WriteFile(path, b, 0o600))
	m := layers.NewLinear(1, 1, layers.Bias(false))
	require.NoError(t, stheno.Load(path, m, stheno.NonStrict()))
	require.Equal(t, []float64{2}, numbers(t, m.Weight))
}

// TestLoadConverts: as torch's strict load, but never to another number.
func TestLoadConverts(t *testing.T) {
	bn := layers.NewBatchNorm1d(2)
	full, err := stheno.StateDict(bn)
	require.NoError(t, err)
	with := func(name string, x *stheno.Tensor) []stheno.NamedTensor {
		var list []stheno.NamedTensor
		for _, e := range full {
			if e.Name == name {
				e.Tensor = x
			}
			list = append(list, stheno.NamedTensor{Name: e.Name, Tensor: e.Tensor.Clone()})
		}
		return list
	}
	counter := func() float64 { return numbers(t, bn.NumBatchesTracked)[0] }
	for _, c := range []struct {
		x    *stheno.Tensor
		want float64
		err  string
	}{
		{stheno.ScalarOf(float32(7)), 7, ""},
		{stheno.ScalarOf(float64(8)), 8, ""},
		{stheno.TensorOf([]int64{9}, 1), 9, ""},
		{stheno.TensorOf([]float32{10}, 1), 10, ""},
		{stheno.ScalarOf(uint8(11)), 11, ""},
		{stheno.ScalarOf(float32(0.5)), 0, "dtype mismatch for num_batches_tracked: copying a param of float32 from checkpoint, the current model has int64: it cannot represent 0.5."},
		{stheno.ScalarOf(float32(math.Inf(1))), 0, "it cannot represent +Inf"},
		{stheno.ScalarOf(math.NaN()), 0, "it cannot represent NaN"},
		{stheno.ScalarOf(1e300), 0, "it cannot represent 1e+300"},
		{stheno.TensorOf([]int64{1, 2}, 2), 0, "size mismatch for num_batches_tracked"},
		{stheno.TensorOf([]int64{1}, 1, 1), 0, "size mismatch for num_batches_tracked"},
	} {
		err := stheno.LoadStateDict(bn, with("num_batches_tracked", c.x))
		if c.err != "" {
			require.ErrorContains(t, err, c.err)
			continue
		}
		require.NoError(t, err)
		require.Equal(t, c.want, counter())
	}
	require.ErrorContains(t, stheno.LoadStateDict(bn, with("weight", stheno.TensorOf([]float64{1, 1e39}))), "it cannot represent 1e+39")
	require.NoError(t, stheno.LoadStateDict(bn, with("weight", stheno.TensorOf([]float64{1, math.Inf(1)}))))
	require.NoError(t, stheno.LoadStateDict(bn, with("weight", stheno.TensorOf([]int64{1, -3}))))
	require.Equal(t, []float64{1, -3}, numbers(t, bn.Weight))
	require.ErrorContains(t, stheno.LoadStateDict(bn, with("weight", stheno.TensorOf([]int64{1, 1<<24 + 1}))), "it cannot represent 1.6777217e+07")
}

// TestLoadHalf reads what `{k: v.half() for k, v in state.items()}` leaves.
func TestLoadHalf(t *testing.T) {
	bn := layers.NewBatchNorm1d(1)
	for _, c := range []struct {
		dtype    string
		one, ten uint16
	}{{safetensors.F16, 0x3c00, 0x4900}, {safetensors.BF16, 0x3f80, 0x4120}} {
		two := func(v uint16) []byte { return binary.LittleEndian.AppendUint16(nil, v) }
		var list []safetensors.Tensor
		for _, name := range []string{"weight", "bias", "running_mean", "running_var"} {
			list = append(list, safetensors.Tensor{Name: name, DType: c.dtype, Shape: []int{1}, Data: two(c.one)})
		}
		list = append(list, safetensors.Tensor{Name: "num_batches_tracked", DType: c.dtype, Shape: []int{}, Data: two(c.ten)})
		require.NoError(t, stheno.Load(saved(t, "half.safetensors", list...), bn))
		require.Equal(t, []float64{10}, numbers(t, bn.NumBatchesTracked))
	}
}

func TestLoadOfWrappers(t *testing.T) {
	lin := layers.NewLinear(1, 1)
	one := stheno.TensorOf([]float32{3}, 1, 1)
	for _, p := range []string{"model.", "model._orig_mod.", "module.module.", "model.module."} {
		require.NoError(t, stheno.LoadStateDict(lin, []stheno.NamedTensor{{Name: p + "weight", Tensor: one}, {Name: p + "bias", Tensor: stheno.TensorOf([]float32{1})}}), p)
	}
	averaged := []stheno.NamedTensor{{Name: "n_averaged", Tensor: stheno.ScalarOf(int64(4))}, {Name: "module.weight", Tensor: one}, {Name: "module.bias", Tensor: stheno.TensorOf([]float32{1})}}
	require.NoError(t, stheno.LoadStateDict(lin, averaged))
	require.Equal(t, []float64{3}, numbers(t, lin.Weight))
	extra := append(averaged[1:3:3], stheno.NamedTensor{Name: "module._extra_state", Tensor: one})
	require.NoError(t, stheno.LoadStateDict(lin, extra))
	require.ErrorContains(t, stheno.LoadStateDict(lin, append(averaged[:3:3], stheno.NamedTensor{Name: "other", Tensor: one})), "n_averaged")
}

func TestLoadShards(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	w := stheno.NamedTensor{Name: "weight", Tensor: stheno.TensorOf([]float32{3}, 1, 1)}
	b := stheno.NamedTensor{Name: "bias", Tensor: stheno.TensorOf([]float32{5})}
	require.NoError(t, stheno.SaveState(at("one.safetensors"), []stheno.NamedTensor{w}))
	require.NoError(t, stheno.SaveState(at("two.pth"), []stheno.NamedTensor{b, {Name: "weight", Tensor: stheno.TensorOf([]float32{9}, 1, 1)}}))
	require.NoError(t, os.Rename(at("two.pth"), at("two.bin")))
	index := at("model.safetensors.index.json")
	load := func(text string) error {
		require.NoError(t, os.WriteFile(index, []byte(text), 0o600))
		lin := layers.NewLinear(1, 1)
		if err := stheno.Load(index, lin); err != nil {
			return err
		}
		require.Equal(t, []float64{3}, numbers(t, lin.Weight))
		require.Equal(t, []float64{5}, numbers(t, lin.Bias))
		return nil
	}
	require.NoError(t, load(`{"metadata": {"total_size": 8}, "weight_map": {"weight": "one.safetensors", "bias": "two.bin"}}`))
	for text, want := range map[string]string{
		`{"weight_map": {"weight": "one.safetensors", "bias": "one.safetensors"}}`: `no tensor "bias" in one.safetensors`,
		`{"weight_map": {"weight": "../one.safetensors"}}`:                         "must be in the folder of the index",
		`{"weight_map": {"weight": "/etc/passwd"}}`:                                "must be in the folder of the index",
		`{"weight_map": {"weight": "model.safetensors.index.json"}}`:               "must be in the folder of the index",
		`{"weight_map": {"weight": "none.safetensors"}}`:                           "none.safetensors",
		`{"weight_map": {}}`: "missing weight_map",
		`[`:                  "unexpected end of JSON",
	} {
		err := load(text)
		require.ErrorContains(t, err, want)
		require.ErrorContains(t, err, dir)
	}
}

func TestLoadOfWhatIsNoFile(t *testing.T) {
	for _, path := range []string{"/dev/zero", t.TempDir()} {
		if _, err := os.Stat(path); err != nil {
			continue
		}
		_, err := stheno.LoadState(path)
		require.ErrorContains(t, err, "want a regular file", path)
	}
	path := filepath.Join(t.TempDir(), "zeros.safetensors") // and does not fit into memory
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	require.NoError(t, os.Truncate(path, 1<<40))
	_, err := stheno.LoadState(path)
	require.ErrorIs(t, err, safetensors.ErrFormat)
}

// TestLoadOfHoles claims gigabytes in each format: a file of no size on the disk must not be
// asked of memory.
func TestLoadOfHoles(t *testing.T) {
	if runtime.GOOS == "windows" || runtime.GOARCH == "wasm" {
		t.Skip("what a file takes on the disk is not known here")
	}
	const size = 3 << 30
	header := fmt.Sprintf(`{"w":{"dtype":"F32","shape":[%d],"data_offsets":[0,%d]}}`, int64(size/4), int64(size))
	for name, start := range map[string]string{
		"w.safetensors": string(binary.LittleEndian.AppendUint64(nil, uint64(len(header)))) + header,
		"w.pt":          "PK\x03\x04",
		"w.pth":         "\x80\x02",
	} {
		path := filepath.Join(t.TempDir(), name)
		require.NoError(t, os.WriteFile(path, []byte(start), 0o600))
		_, err := stheno.LoadState(path) // truncated
		require.Error(t, err)
		require.NoError(t, os.Truncate(path, int64(8+len(header))+size))
		_, err = stheno.LoadState(path)
		if errors.Is(err, safetensors.ErrFormat) && math.MaxInt == math.MaxInt32 {
			continue // too many elements for this machine
		}
		require.ErrorIs(t, err, stheno.ErrValue, name)
		require.ErrorContains(t, err, "holes", name)
	}
}
