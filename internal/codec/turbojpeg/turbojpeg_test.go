// SPDX-License-Identifier: MIT

package turbojpeg

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno/internal/codec/jpeg"
)

const testdata = "../picture/testdata/"

// need skips where the library is not: it is no part of stheno.
func need(t testing.TB) {
	if Library() == "" {
		t.Skip("no libturbojpeg on this machine")
	}
}

// TestEqualsGo expects the same bytes from both, of whole and of damaged files.
func TestEqualsGo(t *testing.T) {
	need(t)
	names, err := filepath.Glob(testdata + "*.jpeg")
	require.NoError(t, err)
	require.NotEmpty(t, names)
	for _, name := range names {
		data, err := os.ReadFile(name)
		require.NoError(t, err)
		h, err := jpeg.ReadHeader(data)
		require.NoError(t, err)
		want, got := make([]uint8, 3*h.Width*h.Height), make([]uint8, 3*h.Width*h.Height)
		ok := Decode(got, data, h.Width, h.Height)
		if strings.Contains(name, "cmyk") {
			assert.False(t, ok, name)
			continue
		}
		require.True(t, ok, name)
		require.NoError(t, jpeg.Decode(want, data))
		require.True(t, bytes.Equal(want, got), name)

		assert.False(t, Decode(got, data[:len(data)/2], h.Width, h.Height), "half of %s", name)
		// With an end, the half is a file that libjpeg warns of.
		half := append(bytes.Clone(data[:len(data)-5]), 0xff, 0xd9)
		Decode(got, half, h.Width, h.Height)
		require.NoError(t, jpeg.Decode(want, half))
		assert.True(t, bytes.Equal(want, got), "the beginning of %s", name)
	}
}

// TestDamagedEqualsGo turns a bit of each file again and again. What the library does not
// complain of must be the same in Go.
func TestDamagedEqualsGo(t *testing.T) {
	need(t)
	r := rand.New(rand.NewPCG(1, 2))
	names, err := filepath.Glob(testdata + "*.jpeg")
	require.NoError(t, err)
	taken := 0
	for _, name := range names {
		data, err := os.ReadFile(name)
		require.NoError(t, err)
		for range 60 {
			b := bytes.Clone(data)
			at := r.IntN(len(b))
			b[at] ^= 1 << r.IntN(8)
			h, err := jpeg.ReadHeader(b)
			if err != nil || h.Width*h.Height > 1<<14 || !jpeg.Complete(b) {
				continue
			}
			want, got := make([]uint8, 3*h.Width*h.Height), make([]uint8, 3*h.Width*h.Height)
			if !Decode(got, b, h.Width, h.Height) {
				continue
			}
			taken++
			require.NoError(t, jpeg.Decode(want, b), "%s, byte %d", name, at)
			require.True(t, bytes.Equal(want, got), "%s, byte %d", name, at)
		}
	}
	require.Greater(t, taken, 500)
}

func TestManyAtOnce(t *testing.T) {
	need(t)
	data, err := os.ReadFile(testdata + "jpeg_420.jpeg")
	require.NoError(t, err)
	want := make([]uint8, 3*37*29)
	require.NoError(t, jpeg.Decode(want, data))
	var wait sync.WaitGroup
	for range 16 {
		wait.Go(func() {
			got := make([]uint8, len(want))
			for range 50 {
				clear(got)
				if !Decode(got, data, 37, 29) || !bytes.Equal(want, got) {
					t.Error("not the picture")
					return
				}
			}
		})
	}
	wait.Wait()
}

func TestWrongArguments(t *testing.T) {
	assert.False(t, Decode(make([]uint8, 3), nil, 1, 1))
	assert.False(t, Decode(make([]uint8, 2), []byte{0xff, 0xd8}, 1, 1))
	assert.False(t, Decode(nil, []byte{0xff, 0xd8}, 0, 1))
}
