// SPDX-License-Identifier: MIT

// Command pointwise writes the assembly of loops over elements of float32: go generate
// in internal/kernels runs it. Each computes the bits that the loop in Go does: nothing
// is fused that Go rounds. It also writes the polynomials of the loops in Go.
package main

import (
	"fmt"
	"log"
	"math"
	"os"
	"strings"

	"github.com/stheno-go/stheno/internal/asm/approx"
	"github.com/stheno-go/stheno/internal/asm/emit"
)

func main() {
	w := writer{File: emit.New("../kernels", "pointwise", "amd64")}
	for _, w.wide = range []bool{true, false} {
		w.simple()
		w.functions()
		w.singles()
		w.updates()
		w.rows()
	}
	emit.Write(w.File)
	source, err := approx.Source("kernels")
	if err == nil {
		err = os.WriteFile("../kernels/polynomials.go", source, 0o644)
	}
	if err != nil {
		log.Fatal(err)
	}
}

// writer collects assembly.
type writer struct {
	*emit.File
	wide bool // AVX-512, else AVX2
	bits []uint64
}

// constant is 8 bytes, of which four copies are in memory.
type constant emit.Symbol

// word returns the constant of these bits.
func (w *writer) word(bits uint64) constant {
	for i, b := range w.bits {
		if b == bits {
			return constant(w.Data(fmt.Sprint("pointwise", i), 8, b, b, b, b))
		}
	}
	w.bits = append(w.bits, bits)
	return w.word(bits)
}

func (w *writer) number(x float64) constant { return w.word(math.Float64bits(x)) }

// single is the constant of a float32, twice.
func (w *writer) single(x float64) constant {
	return w.word(uint64(math.Float32bits(float32(x))) * (1<<32 + 1))
}

// begin starts a function.
func (w *writer) begin(name, signature string) {
	name = "vec" + strings.ToUpper(name[:1]) + name[1:] + "AVX2"
	if w.wide {
		name = strings.TrimSuffix(name, "2") + "512"
	}
	w.Func(name+signature, 0)
}

// reg is the number of a vector register.
type reg int

// width is the number of bytes of a vector.
func (w *writer) width() int {
	if w.wide {
		return 64
	}
	return 32
}

func (w *writer) reg(r reg) string {
	if w.wide {
		return fmt.Sprintf("Z%d", r)
	}
	return fmt.Sprintf("Y%d", r)
}

// op writes an instruction on vectors: registers, constants of 8 bytes or other text.
func (w *writer) op(name string, args ...any) {
	text := make([]string, len(args))
	for i, a := range args {
		switch a := a.(type) {
		case reg:
			text[i] = w.reg(a)
		case constant:
			text[i] = emit.Symbol(a).String()
			if w.wide && name != "VBROADCASTSD" && name != "VBROADCASTSS" {
				name += ".BCST"
			}
		default:
			text[i] = fmt.Sprint(a)
		}
	}
	w.P("%s %s", name, strings.Join(text, ", "))
}

// zero clears a register.
func (w *writer) zero(r reg) {
	if w.wide {
		w.op("VPXORQ", r, r, r)
	} else {
		w.op("VXORPS", r, r, r)
	}
}

// elements writes the loop over CX elements, whole vectors of lanes, four vectors at a
// time and then one. The pointers advance by that many bytes per vector.
func (w *writer) elements(pointers []string, bytes, lanes int, each func(vector int)) {
	w.P("SUBQ $%d, CX", 4*lanes)
	w.P("JLT %s", w.At("rest"))
	w.Label("four")
	for v := range 4 {
		each(v)
	}
	for _, p := range pointers {
		w.P("ADDQ $%d, %s", 4*bytes, p)
	}
	w.P("SUBQ $%d, CX", 4*lanes)
	w.P("JGE %s", w.At("four"))
	w.Label("rest")
	w.P("ADDQ $%d, CX", 4*lanes)
	w.P("JZ %s", w.At("end"))
	w.Label("one")
	each(0)
	for _, p := range pointers {
		w.P("ADDQ $%d, %s", bytes, p)
	}
	w.P("SUBQ $%d, CX", lanes)
	w.P("JNZ %s", w.At("one"))
	w.Label("end")
	w.End()
}
