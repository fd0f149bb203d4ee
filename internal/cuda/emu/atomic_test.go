// SPDX-License-Identifier: MIT

package emu

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno/internal/cuda/ptx"
)

// TestAtomics runs every form of atom and red on random values, one thread after the other, and on
// one word by all threads of several blocks.
func TestAtomics(t *testing.T) {
	g := rand.New(rand.NewPCG(9, 10))
	forms := 0
	for _, e := range ptx.Examples() {
		if e.Op != "atom" && e.Op != "red" {
			continue
		}
		forms++
		mods := strings.Split(strings.Fields(e.Text)[0], ".")[1:]
		space := mods[0]
		op, typ := mods[len(mods)-2], mods[len(mods)-1]
		size := map[string]int{"32": 4, "64": 8}[typ[1:]]
		reg := map[string]string{"f32": "%f", "f64": "%g"}[typ]
		if reg == "" {
			reg = map[int]string{4: "%r", 8: "%d"}[size]
		}
		// Thread i: old value at 8·i, operands at 8·(32+i) and 8·(64+i), result at 8·(96+i).
		r := newRig(t, Config{}, 8*128)
		old, b, c := make([]uint64, 32), make([]uint64, 32), make([]uint64, 32)
		buf := make([]byte, 8*128)
		for i := range 32 {
			for k, list := range [][]uint64{old, b, c} {
				list[i] = drawInteger(g) & mask(size)
				if typ[0] == 'f' {
					list[i] = drawFloat(g, map[int]ptx.Type{4: ptx.F32, 8: ptx.F64}[size])
				}
				store(buf[8*(32*k+i):], 8, list[i])
			}
			if op == "cas" && i%2 == 0 {
				b[i] = old[i]
				store(buf[8*(32+i):], 8, b[i])
			}
		}
		require.NoError(t, r.dev.Write(r.base, buf))
		at := map[string]string{"global": "a0", "shared": "%r5"}[space]
		if at == "" {
			at = "a0"
		}
		dst, more := "", ""
		if e.Op == "atom" {
			dst = reg + "3, "
		}
		if op == "cas" {
			more = ", " + reg + "2"
		}
		r.block[0] = 8
		r.grid[0] = 4 // shared memory has 8 values
		body := fmt.Sprintf("mad.wide.u32 a0, ix, 8, base; mov.b64 %%d6, 0;\n"+
			"ld.global.b%[1]d %[2]s0, [a0]; ld.global.b%[1]d %[2]s1, [a0+256]; ld.global.b%[1]d %[2]s2, [a0+512];\n"+
			"mov.u32 %%r6, %%tid.x; mov.u32 %%r5, sv; mad.lo.u32 %%r5, %%r6, 8, %%r5; st.shared.b%[1]d [%%r5], %[2]s0;\n"+
			"%[3]s %[4]s[%[5]s], %[2]s1%[6]s;\n", 8*size, reg, strings.Fields(e.Text)[0], dst, at, more)
		if space == "shared" {
			body += fmt.Sprintf("ld.shared.b%[1]d %[2]s0, [%%r5]; st.global.b%[1]d [a0], %[2]s0;\n", 8*size, reg)
		}
		if e.Op == "atom" {
			body += fmt.Sprintf("st.global.b%d [a0+768], %s3;", 8*size, reg)
		}
		r.ok(body)
		require.NoError(t, r.dev.Read(buf[:8*32], r.base))
		for i := range 32 {
			want := atomicReference(op, typ, old[i], b[i], c[i])
			got := load(buf[8*i:], size)
			nan := typ == "f64" && math.IsNaN(f64(want)) && math.IsNaN(f64(got))
			require.True(t, got == want || nan, "%s of %#x, %#x, %#x: %#x instead of %#x", e.Text, old[i], b[i], c[i], got, want)
		}
		if e.Op == "atom" {
			require.NoError(t, r.dev.Read(buf[8*96:], r.base+8*96))
			for i := range 32 {
				require.Equal(t, old[i], load(buf[8*(96+i):], size), e.Text)
			}
		}
	}
	require.Greater(t, forms, 100)

	for seed := range uint64(4) {
		r := newRig(t, Config{Seed: seed}, 4*300)
		require.NoError(t, r.dev.Write(r.base, make([]byte, 1200)))
		r.grid[0], r.block[0] = 5, 50
		r.ok("atom.global.add.u32 %r0, [base], 1; st.global.u32 [at+4], %r0;")
		seen := map[uint32]bool{}
		for _, v := range r.read(4, 250) {
			seen[v] = true
		}
		require.Len(t, seen, 250)
		require.Equal(t, []uint32{250}, r.read(0, 1))
	}
}

func atomicReference(op, typ string, old, b, c uint64) uint64 {
	t := map[string]ptx.Type{"u32": ptx.U32, "u64": ptx.U64, "s32": ptx.S32, "s64": ptx.S64, "b32": ptx.B32, "b64": ptx.B64, "f32": ptx.F32, "f64": ptx.F64}[typ]
	if t.Float() {
		return valueOf(old, t).add(valueOf(b, t), big.ToNearestEven).bitsOf(t, big.ToNearestEven)
	}
	x, y := integerOf(old, t), integerOf(b, t)
	switch op {
	case "add":
		return lowBits(x.Add(x, y), t.Bits())
	case "min":
		if x.Cmp(y) <= 0 {
			return old
		}
		return b
	case "max":
		if x.Cmp(y) >= 0 {
			return old
		}
		return b
	case "inc":
		if old >= b {
			return 0
		}
		return old + 1
	case "dec":
		if old == 0 || old > b {
			return b
		}
		return old - 1
	case "and":
		return old & b
	case "or":
		return old | b
	case "xor":
		return old ^ b
	case "cas":
		if old == b {
			return c
		}
		return old
	}
	return b
}
