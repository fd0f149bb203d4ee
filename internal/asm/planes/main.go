// SPDX-License-Identifier: MIT

// Command planes writes the assembly of package planes: go generate there runs it. What the
// functions compute is written at the fields of implementation.
package main

import (
	"fmt"

	"github.com/stheno-go/stheno/internal/asm/emit"
)

func main() {
	w := writer{emit.New("../planes", "planes", "amd64")}
	w.split("split", false, w.masks("forward", 0x09_06_03_00))
	w.split("mirror", true, w.masks("backward", 0x00_03_06_09))
	emit.Write(w.File)
}

type writer struct{ *emit.File }

// masks are byte orders that take one channel of four pixels, each to 32 bits: the
// indices of red are the bytes of order.
func (w writer) masks(name string, order uint32) emit.Symbol {
	var values []uint64
	for channel := range 3 {
		for range 2 {
			for pixel := range 4 {
				values = append(values, uint64(0x80_80_80_00|order>>(8*pixel)&0xff+uint32(channel)))
			}
		}
	}
	return w.Data(name, 4, values...)
}

// split does 8 pixels at a time.
func (w writer) split(name string, mirror bool, masks emit.Symbol) {
	const (
		src, k       = "BX", "DI"
		at, last, p  = "R8", "SI", "R9"
		data, v, sum = emit.Y(11), emit.Y(12), emit.Y(13)
		// 1/255 as a sum of two, as every factor is.
		byteHigh, byteLow = emit.Y(0), emit.Y(1)
	)
	to := [3]string{"AX", "CX", "DX"}
	take, high, low := [3]emit.Y{2, 5, 8}, [3]emit.Y{3, 6, 9}, [3]emit.Y{4, 7, 10}
	constant := func(i int) string { return fmt.Sprintf("%d(%s)", 32*i, k) }

	w.Func(name+"AVX2(red, green, blue *float32, src *uint8, n int, k *float32)", 0)
	w.LoadAll("red", to[0], "green", to[1], "blue", to[2], "src", src, "n", last, "k", k)
	w.Op("VMOVUPS", constant(0), byteHigh)
	w.Op("VMOVUPS", constant(1), byteLow)
	for c := range 3 {
		w.Op("VMOVDQU", masks.Plus(32*c), take[c])
		w.Op("VMOVUPS", constant(3+3*c), high[c])
		w.Op("VMOVUPS", constant(4+3*c), low[c])
	}
	w.Overlapping("pixels", 8, last, at, func() {
		first, second := 0, 12 // bytes from p of the first four pixels and of the others
		if mirror {
			w.Op("MOVQ", last, p)
			w.Op("SUBQ", at, p)
			w.P("LEAQ (%[1]s)(%[1]s*2), %[1]s", p)
			first, second = second, first
		} else {
			w.P("LEAQ (%[1]s)(%[1]s*2), %[2]s", at, p)
		}
		w.Op("ADDQ", src, p)
		w.P("VMOVDQU %d(%s), %v", first, p, emit.X(data))
		w.P("VINSERTI128 $1, %d(%s), %v, %[3]v", second, p, data)
		for c := range 3 {
			w.Op("VPSHUFB", take[c], data, v)
			w.Op("VCVTDQ2PS", v, v)
			w.Op("VMULPS", byteLow, v, sum)
			w.Op("VFMADD231PS", byteHigh, v, sum)
			w.Op("VSUBPS", constant(2+3*c), sum, v)
			w.Op("VMULPS", low[c], v, sum)
			w.Op("VFMADD231PS", high[c], v, sum)
			w.P("VMOVUPS %v, (%s)(%s*4)", sum, to[c], at)
		}
	})
	w.End()
}
