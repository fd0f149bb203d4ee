// SPDX-License-Identifier: MIT

package stheno_test

import (
	"bytes"
	"embed"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"runtime"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/codec/safetensors"
	"github.com/stheno-go/stheno/layers"
)

//go:embed internal/codec/torchpickle/testdata/state.pth internal/codec/torchpickle/testdata/values.safetensors
var embedded embed.FS

// encoded returns m in a format.
func encoded(t *testing.T, m any, f stheno.Format) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, stheno.SaveTo(&b, m, f))
	return b.Bytes()
}

func TestSaveToLoadFrom(t *testing.T) {
	for _, f := range []stheno.Format{stheno.Safetensors, stheno.PyTorch} {
		m := layers.NewLinear(3, 2)
		b := encoded(t, m, f)
		for name, r := range map[string]io.Reader{"whole": bytes.NewReader(b), "bytes": iotest.OneByteReader(bytes.NewReader(b)), "late EOF": iotest.DataErrReader(bytes.NewReader(b))} {
			n := layers.NewLinear(3, 2)
			require.NoError(t, stheno.LoadFrom(r, n), name)
			require.Equal(t, numbers(t, m.Weight), numbers(t, n.Weight))
			require.Equal(t, numbers(t, m.Bias), numbers(t, n.Bias))
		}
		for size := range b {
			n := layers.NewLinear(3, 2)
			before := numbers(t, n.Weight)
			require.Error(t, stheno.LoadFrom(bytes.NewReader(b[:size]), n), size)
			require.Equal(t, before, numbers(t, n.Weight))
		}
		require.ErrorIs(t, stheno.LoadFrom(io.MultiReader(bytes.NewReader(b[:len(b)-1]), iotest.ErrReader(io.ErrClosedPipe)), m), io.ErrClosedPipe)
	}
	m := layers.NewLinear(3, 2)
	b := encoded(t, m, stheno.Safetensors)
	require.ErrorContains(t, stheno.LoadFrom(bytes.NewReader(append(b, 0)), m), "does not end after the")
	require.ErrorContains(t, stheno.LoadFrom(bytes.NewReader([]byte("hello, world")), m), "neither a file of torch.save's nor")
	require.ErrorContains(t, stheno.LoadFrom(nil, m), "the reader is nil")
	require.ErrorContains(t, stheno.SaveTo(nil, m, stheno.Safetensors), "the writer is nil")
	require.ErrorContains(t, stheno.SaveTo(io.Discard, m, 2), "invalid format 2")
}

func TestLoadFromAnEmbeddedFile(t *testing.T) {
	var states [][]stheno.NamedTensor
	for _, name := range []string{"state.pth", "values.safetensors"} {
		f, err := embedded.Open(torchFixtures + name)
		require.NoError(t, err)
		defer f.Close()
		state, err := stheno.LoadStateFrom(f)
		require.NoError(t, err)
		states = append(states, state)
	}
	require.Len(t, states[0], len(states[1]))
	values := map[string][]float64{}
	for _, e := range states[1] {
		values[e.Name] = e.Tensor.Floats()
	}
	for _, e := range states[0] {
		require.Equal(t, values[e.Name], e.Tensor.Floats(), e.Name)
	}
}

// TestLoadTellsSafetensorsFromPickles: a header of 640 bytes begins as a pickle does.
func TestLoadTellsSafetensorsFromPickles(t *testing.T) {
	header := `{"weight":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]}}`
	header += string(bytes.Repeat([]byte{' '}, 640-len(header)))
	b := append(binary.LittleEndian.AppendUint64(nil, 640), header+"\x00\x00\x00\x40"...)
	require.Equal(t, byte(0x80), b[0])
	m := layers.NewLinear(1, 1, layers.Bias(false))
	require.NoError(t, stheno.LoadFrom(bytes.NewReader(b), m))
	require.Equal(t, []float64{2}, numbers(t, m.Weight))
}

// claim is the header of a file whose weight is claimed to have n elements.
func claim(n int64, more string) []byte {
	header := fmt.Sprintf(`{"weight":{"dtype":"F32","shape":[%d],"data_offsets":[0,%d]}%s}`, n, 4*n, more)
	return append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header...)
}

func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// TestLoadAllocatesWhatFits gives small modules what claims to be large, or is.
func TestLoadAllocatesWhatFits(t *testing.T) {
	const most = 4 << 20
	m := layers.NewLinear(1, 1)
	big := int64(min(1<<40, math.MaxInt/8))
	length := binary.LittleEndian.AppendUint64(nil, safetensors.MaxHeader)
	for name, b := range map[string][]byte{"tensor": claim(big, ""), "header": append(length, "{"...)} {
		require.Less(t, allocated(func() {
			require.ErrorIs(t, stheno.LoadFrom(bytes.NewReader(b), m), io.ErrUnexpectedEOF, name)
			_, err := stheno.LoadStateFrom(bytes.NewReader(b))
			require.ErrorIs(t, err, io.ErrUnexpectedEOF, name)
		}), uint64(most), name)
	}

	// What is there and does not fit is read, but not kept.
	const there = 64 << 20
	other := fmt.Sprintf(`,"bias":{"dtype":"F32","shape":[1],"data_offsets":[%d,%d]}`, there, there+4)
	file := append(claim(there/4, other), make([]byte, there+4)...)
	path := saved(t, "large.safetensors", safetensors.Tensor{Name: "weight", DType: safetensors.F32, Shape: []int{there / 4}, Data: file[:there]})
	require.Less(t, allocated(func() {
		require.ErrorContains(t, stheno.LoadFrom(bytes.NewReader(file), m), "copying a param with shape (16777216) from checkpoint")
		require.ErrorContains(t, stheno.Load(path, m), "copying a param with shape (16777216) from checkpoint")
	}), uint64(most))

	torch := []byte("PK\x03\x04 and so on")
	endless := io.MultiReader(bytes.NewReader(torch), bytes.NewReader(make([]byte, 80<<20)))
	require.ErrorContains(t, stheno.LoadFrom(endless, m), "want at most 64 MiB and 16 times the module's size")
}
