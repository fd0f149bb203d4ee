// SPDX-License-Identifier: MIT

// Command gemm writes the assembly of the matrix kernels for amd64: go generate in
// internal/kernels runs it. Each kernel is written once for all element types and vector sizes.
package main

import (
	"fmt"
	"strings"

	"github.com/stheno-go/stheno/internal/asm/emit"
)

// machine is an instruction set with an element type.
type machine struct {
	suffix  string // of the functions' names
	elem    int    // bytes of an element
	width   int    // bytes of a vector
	rows    int    // of a register tile; it is two vectors wide
	vector  string // register prefix: Z or Y
	packed  string // suffix of instructions on vectors: PS or PD
	avx512  bool   // masks, broadcasts in the multiplication and 32 registers
	sumRegs int    // first register of the tile's sums
}

var machines = []machine{
	{"F32AVX512", 4, 64, 12, "Z", "PS", true, 8},
	{"F64AVX512", 8, 64, 12, "Z", "PD", true, 8},
	{"F32AVX2", 4, 32, 6, "Y", "PS", false, 4},
	{"F64AVX2", 8, 32, 6, "Y", "PD", false, 4},
}

func main() {
	w := writer{File: emit.New("../kernels/gemm", "gemm", "amd64")}
	w.firstBytes = w.Data("firstBytes", 8, 1<<64-1, 1<<64-1, 1<<64-1, 1<<64-1, 0, 0, 0, 0)
	for _, m := range machines {
		w.machine = m
		w.tile()
		w.edge()
		if m.avx512 {
			w.direct()
		}
		w.dot()
		w.axpy()
		w.copyRows()
	}
	w.transpose8()
	w.transpose4()
	emit.Write(w.File)
}

// writer collects assembly for one machine.
type writer struct {
	*emit.File
	machine
	firstBytes emit.Symbol // a window of 32 bytes slides over it to mask the first bytes
}

// begin starts a function, in whose signature float is the element type.
func (w *writer) begin(name, signature string) {
	w.Func(name+w.suffix+strings.ReplaceAll(signature, "float", w.float()), 0)
}

// float is the Go name of the element type, lanes how many of them a vector has and
// shift the logarithm of their size.
func (m machine) float() string { return fmt.Sprintf("float%d", 8*m.elem) }
func (m machine) lanes() int    { return m.width / m.elem }
func (m machine) shift() int    { return map[int]int{4: 2, 8: 3}[m.elem] }

// scalar is the suffix of instructions on one element.
func (m machine) scalar() string { return strings.Replace(m.packed, "P", "S", 1) }

// sum is the register of vector v of row r of a tile.
func (m machine) sum(r, v int) string { return m.reg(m.sumRegs + 2*r + v) }

func (m machine) reg(i int) string { return fmt.Sprintf("%s%d", m.vector, i) }
