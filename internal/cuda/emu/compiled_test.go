// SPDX-License-Identifier: MIT

package emu

import (
	"math"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// launchOn runs a compiled kernel with pointers (uint64) and numbers (uint32).
func launchOn(t *testing.T, d *Device, file, name string, grid, block int, args ...any) {
	t.Helper()
	text, err := os.ReadFile("../ptx/testdata/" + file)
	require.NoError(t, err)
	m, err := d.Load(string(text))
	require.NoError(t, err)
	k, err := m.Kernel(name)
	require.NoError(t, err)
	places := k.Params()
	require.Len(t, places, len(args))
	last := places[len(places)-1]
	params := make([]byte, last.Offset+last.Size)
	for i, a := range args {
		switch v := a.(type) {
		case uint64:
			store(params[places[i].Offset:], 8, v)
		case int:
			store(params[places[i].Offset:], 4, uint64(v))
		}
	}
	require.NoError(t, d.Launch(k, [3]int{grid, 1, 1}, [3]int{block, 1, 1}, 0, params))
}

// put allocates memory with floats.
func put(t *testing.T, d *Device, x []float32) uint64 {
	b := make([]byte, 4*len(x))
	for i, v := range x {
		store(b[4*i:], 4, b32(v))
	}
	p, err := d.Alloc(len(b))
	require.NoError(t, err)
	require.NoError(t, d.Write(p, b))
	return p
}

func get(t *testing.T, d *Device, p uint64, n int) []float32 {
	b := make([]byte, 4*n)
	require.NoError(t, d.Read(b, p))
	out := make([]float32, n)
	for i := range out {
		out[i] = f32(load(b[4*i:], 4))
	}
	return out
}

// TestCompiledKernels runs what clang and NVIDIA's compiler wrote, in three orders.
func TestCompiledKernels(t *testing.T) {
	g := rand.New(rand.NewPCG(15, 16))
	for _, c := range []Config{{}, {Seed: 7, Adverse: true}, {Seed: 8}} {
		for _, n := range []int{1, 255, 1000} {
			d := New(c)
			x, y := make([]float32, n), make([]float32, n)
			bytes, counts := make([]byte, n), make([]uint32, 32)
			for i := range x {
				x[i], y[i], bytes[i] = float32(g.NormFloat64()), float32(g.NormFloat64()), byte(g.Uint32())
				counts[bytes[i]>>3]++
			}
			room := func() uint64 {
				p, err := d.Alloc(4 * n)
				require.NoError(t, err)
				return p
			}
			a, b, out := put(t, d, x), put(t, d, y), room()
			launchOn(t, d, "clang.ptx", "vec_add", 3, 128, a, b, out, n)
			for i, v := range get(t, d, out, n) {
				require.Equal(t, x[i]+y[i], v)
			}
			launchOn(t, d, "nvrtc.ptx", "gelu", (n+255)/256, 256, a, out, n)
			for i, v := range get(t, d, out, n) {
				u := float64(x[i])
				require.InDelta(t, 0.5*u*(1+math.Erf(u*0.70710678)), float64(v), 1e-6)
			}
			sum, most := 0.0, math.Inf(-1)
			for _, v := range x {
				most = math.Max(most, float64(v))
			}
			for _, v := range x {
				sum += math.Exp(float64(v) - most)
			}
			for file, name := range map[string]string{"clang.ptx": "row_softmax", "nvrtc.ptx": "softmax"} {
				out := room()
				launchOn(t, d, file, name, 1, 128, a, out, n)
				for i, v := range get(t, d, out, n) {
					require.InEpsilon(t, math.Exp(float64(x[i])-most)/sum, float64(v), 3e-6)
				}
			}
			p, err := d.Alloc(n)
			require.NoError(t, err)
			require.NoError(t, d.Write(p, bytes))
			h := put(t, d, make([]float32, 32))
			launchOn(t, d, "nvrtc.ptx", "histogram", 2, 64, p, h, n)
			for i, v := range get(t, d, h, 32) {
				require.Equal(t, counts[i], math.Float32bits(v))
			}
		}
	}
}

// TestBlocksStartAfresh: a block sees nothing of the registers and memories of one before it.
func TestBlocksStartAfresh(t *testing.T) {
	const first = "mov.u32 t2, %ctaid.x; setp.eq.u32 q, t2, 0;\n"
	for _, c := range []struct{ want, body string }{
		{"shared memory, which was never written", "@q st.shared.u32 [sv], 1;\n@!q ld.shared.u32 %r0, [sv];"},
		{"local memory, which was never written", "@q st.local.u32 [lv], 1;\n@!q ld.local.u32 %r0, [lv];"},
		{"register %r0, which was never written", "@q mov.u32 %r0, 1;\n@!q add.u32 %r1, %r0, 1;"},
		{"register %p0, which was never written", "@q setp.eq.u32 %p0, ix, 1;\n@!q selp.u32 %r1, 1, 0, %p0;"},
	} {
		r := newRig(t, Config{}, 64)
		r.grid[0], r.block[0] = 2, 1
		r.fault(2, c.want, first+c.body)
	}
}
