// SPDX-License-Identifier: MIT

// Command roofline writes the loops that measure a processor's peaks: go generate in package
// roofline runs it. fma executes n times some multiply-adds of whole vectors; read adds up
// 64-byte lines, a multiple of four, from p.
package main

import "github.com/stheno-go/stheno/internal/asm/emit"

func main() {
	emit.Write(amd64(), arm64())
}

func amd64() *emit.File {
	const chains = 12 // independent sums, which hide the latency of one instruction
	w := emit.New("../roofline", "loops", "amd64")
	for _, m := range []struct {
		suffix, vector string
		bytes          int
	}{{"AVX512", "Z", 64}, {"AVX2", "Y", 32}} {
		zero := func() { // VEX instructions zero what is above the lanes they name
			for i := range emit.X(16) {
				w.Op("VXORPS", i, i, i)
			}
		}
		w.Func("fma"+m.suffix+"(n int)", 0)
		w.Load("n", "AX")
		zero()
		w.Label("loop")
		for i := range chains {
			w.P("VFMADD231PS %[1]s15, %[1]s15, %[1]s%[2]d", m.vector, i)
		}
		w.P("DECQ AX")
		w.P("JNZ %s", w.At("loop"))
		w.End()

		w.Func("read"+m.suffix+"(p *float32, lines int)", 0)
		w.LoadAll("p", "DI", "lines", "AX")
		zero()
		w.Label("loop")
		for at := 0; at < 256; at += m.bytes {
			w.P("VADDPS %[1]d(DI), %[2]s%[3]d, %[2]s%[3]d", at, m.vector, at/m.bytes)
		}
		w.P("ADDQ $256, DI")
		w.P("SUBQ $4, AX")
		w.P("JG %s", w.At("loop"))
		w.End()
	}
	return w
}

func arm64() *emit.File {
	const chains = 24 // as many as a tile of a matrix product has
	w := emit.New("../roofline", "loops", "arm64")
	zero := func(r int) { w.P("VEOR V%[1]d.B16, V%[1]d.B16, V%[1]d.B16", r) }

	w.Func("fmaNEON(n int)", 0)
	w.Load("n", "R0")
	for i := range chains {
		zero(i)
	}
	zero(31)
	w.Label("loop")
	for i := range chains {
		w.P("VFMLA V31.S4, V31.S4, V%d.S4", i)
	}
	w.P("SUBS $1, R0")
	w.P("BNE %s", w.At("loop"))
	w.End()

	w.Func("readNEON(p *float32, lines int)", 0)
	w.LoadAll("p", "R0", "lines", "R1")
	w.Label("loop")
	for i := 0; i < 16; i += 4 {
		w.P("VLD1.P 64(R0), [V%d.S4, V%d.S4, V%d.S4, V%d.S4]", i, i+1, i+2, i+3)
	}
	for i := range 16 {
		w.P("VADD V%d.S4, V%[2]d.S4, V%[2]d.S4", i, 16+i)
	}
	w.P("SUBS $4, R1")
	w.P("BGT %s", w.At("loop"))
	w.End()
	return w
}
