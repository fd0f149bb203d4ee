// SPDX-License-Identifier: MIT

package picture

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno/internal/codec/safetensors"
)

// fixture is a file and what Pillow decodes it to.
type fixture struct {
	name string
	data []byte
	w, h int
	want []uint8
}

// fixtures returns those of testdata, written by testdata/gen.py, whose names begin with
// prefix.
func fixtures(t testing.TB, prefix string) []fixture {
	b, err := os.ReadFile("testdata/expected.safetensors")
	require.NoError(t, err)
	expected, err := safetensors.Decode(b)
	require.NoError(t, err)
	var list []fixture
	for _, e := range expected.Tensors {
		if !strings.HasPrefix(e.Name, prefix) {
			continue
		}
		data, err := os.ReadFile("testdata/" + e.Name)
		require.NoError(t, err)
		list = append(list, fixture{e.Name, data, e.Shape[1], e.Shape[0], e.Data})
	}
	require.NotEmpty(t, list)
	return list
}

// decode decodes to new memory.
func decode(data []byte, limit Limit) (rgb []uint8, w, h int, err error) {
	w, h, err = Decode(data, func(w, h int) []uint8 {
		rgb = make([]uint8, 3*w*h)
		return rgb
	}, limit)
	return rgb, w, h, err
}

// TestPillow expects every pixel of every fixture as Pillow decodes it.
func TestPillow(t *testing.T) { backends(t, testPillow) }

func testPillow(t *testing.T) {
	for _, f := range fixtures(t, "") {
		t.Run(f.name, func(t *testing.T) {
			w, h, kind, err := Size(f.data)
			require.NoError(t, err)
			require.Equal(t, []int{f.w, f.h}, []int{w, h})
			require.True(t, strings.HasPrefix(f.name, kind), "%s is %s", f.name, kind)
			got, w, h, err := decode(f.data, Limit{})
			require.NoError(t, err)
			require.Equal(t, []int{f.w, f.h}, []int{w, h})
			requirePixels(t, f.want, got, w)
		})
	}
}

func requirePixels(t *testing.T, want, got []uint8, w int) {
	t.Helper()
	require.Len(t, got, len(want))
	different, first, largest := 0, -1, 0
	for i := range want {
		if d := max(int(want[i])-int(got[i]), int(got[i])-int(want[i])); d > 0 {
			if different++; first < 0 {
				first = i
			}
			largest = max(largest, d)
		}
	}
	if different > 0 {
		p := first / 3
		require.Failf(t, "pixels differ", "%d of %d values, at most by %d; the first at x %d, y %d, channel %d: want %d, got %d",
			different, len(want), largest, p%w, p/w, first%3, want[first], got[first])
	}
}
