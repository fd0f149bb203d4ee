// SPDX-License-Identifier: MIT

package idx_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno/internal/codec/idx"
)

func file(dims []int, data ...uint8) []byte {
	b := []byte{0, 0, 8, byte(len(dims))}
	for _, d := range dims {
		b = binary.BigEndian.AppendUint32(b, uint32(d))
	}
	return append(b, data...)
}

func zipped(b []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	z.Write(b)
	z.Close()
	return out.Bytes()
}

func TestRead(t *testing.T) {
	want := idx.Array{Dims: []int{2, 1, 3}, Data: []uint8{1, 2, 3, 4, 5, 6}}
	plain := file(want.Dims, want.Data...)
	for name, b := range map[string][]byte{"plain": plain, "gzip": zipped(plain)} {
		got, err := idx.Read(bytes.NewReader(b), 6)
		require.NoError(t, err, name)
		require.Equal(t, want, got, name)
	}
	got, err := idx.Read(bytes.NewReader(file([]int{0, 28})), 0)
	require.NoError(t, err)
	require.Empty(t, got.Data)
}

func TestReadErrors(t *testing.T) {
	good := file([]int{2, 2}, 1, 2, 3, 4)
	packed := zipped(good)
	for _, c := range []struct {
		name, want string
		file       []byte
	}{
		{"empty", "no header: the file is truncated", nil},
		{"a PNG", "starts with bytes 89 50, want 00 00: not an idx file", []byte("\x89PNG")},
		{"floats", "has elements of type 0x0d, want unsigned bytes (0x08)", []byte{0, 0, 0xd, 1}},
		{"no dimensions", "has 0 dimensions, want 1 to 8", []byte{0, 0, 8, 0}},
		{"header cut", "the header ends early: the file is truncated", good[:7]},
		{"data cut", "has 3 bytes, but dimensions [2 2] want 4: the file is truncated", good[:len(good)-1]},
		{"data too long", "has more than the 4 bytes that dimensions [2 2] want", append(bytes.Clone(good), 5)},
		{"too large", "dimensions [64], then 65, are more than the limit of 4096 bytes", file([]int{64, 65})},
		{"overflow", "are more than the limit of 4096 bytes", file([]int{1 << 30, 1 << 30, 1 << 30})},
		{"gzip cut", "the file is truncated", packed[:len(packed)-9]},
		{"gzip broken", "gzip: invalid checksum", append(bytes.Clone(packed[:len(packed)-8]), 0, 0, 0, 0, 0, 0, 0, 0)},
	} {
		_, err := idx.Read(bytes.NewReader(c.file), 4096)
		require.ErrorContains(t, err, c.want, c.name)
		require.ErrorContains(t, err, "idx: ", c.name)
	}
}

func FuzzRead(f *testing.F) {
	good := file([]int{2, 2}, 1, 2, 3, 4)
	f.Add(good)
	f.Add(zipped(good))
	f.Add(file([]int{1 << 30, 1 << 30}))
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := idx.Read(bytes.NewReader(b), 1<<16)
		if err != nil {
			return
		}
		again, err := idx.Read(bytes.NewReader(file(a.Dims, a.Data...)), 1<<16)
		require.NoError(t, err)
		require.Equal(t, a, again)
	})
}
