// SPDX-License-Identifier: MIT

// Command resample writes the assembly of package resample: go generate there runs it. What
// the functions compute is written at the fields of implementation and at
// horizontalGeneric and verticalGeneric.
package main

import "github.com/stheno-go/stheno/internal/asm/emit"

const (
	precision = 22 // binary places of a weight
	lowBits   = 11 // of the half of it that comes second
	unrolled  = 4  // pairs of weights that have a loop of their own
)

func main() {
	f := emit.New("../resample", "resample", "amd64")
	const half = 1 << (precision - 1)
	c := constants{
		takeA:  words32(f, "takeA", 0x80_04_80_01_80_03_80_00, 0x80_80_80_80_80_05_80_02),
		takeB:  words32(f, "takeB", 0x80_0a_80_07_80_09_80_06, 0x80_80_80_80_80_0b_80_08),
		pixels: words32(f, "pixels", 0x80_80_0a_09_08_02_01_00, 0x80_80_0e_0d_0c_06_05_04),
		round:  words32(f, "round", half<<32|half, half<<32|half),
	}
	for _, vnni := range []bool{false, true} {
		(&writer{File: f, memory: c, vnni: vnni}).horizontal()
		(&writer{File: f, memory: c, vnni: vnni}).vertical()
	}
	emit.Write(f)
}

// constants are byte orders and numbers in memory.
type constants struct {
	takeA, takeB emit.Symbol // old pixels 0, 1 and 2, 3 of 16 bytes, as words r0 r1 g0 g1 b0 b1
	pixels       emit.Symbol // two new pixels of two rows, row by row
	round        emit.Symbol // half of the last place, for each sum
}

// words32 writes the words twice.
func words32(f *emit.File, name string, low, high uint64) emit.Symbol {
	return f.Data(name, 8, low, high, low, high)
}

// writer writes a function. VNNI does in one instruction what takes AVX2 two.
type writer struct {
	*emit.File
	emit.Vectors
	memory  constants
	vnni    bool
	product emit.Y // of AVX2
}

func (w *writer) begin(name, parameters string) {
	if w.vnni {
		name += "VNNI"
	} else {
		name += "AVX2"
	}
	w.Func(name+"("+parameters+")", 0)
}

// multiplyAdd adds to sums the products of two 16-bit numbers each.
func (w *writer) multiplyAdd(weights, data, sums emit.Y) {
	if w.vnni {
		w.Op("VPDPWSSD", weights, data, sums)
		return
	}
	w.Op("VPMADDWD", weights, data, w.product)
	w.Op("VPADDD", w.product, sums, sums)
}
