// SPDX-License-Identifier: MIT

// Command channels writes the assembly of batch normalization and pooling in the blocked
// layout: go generate in internal/kernels runs it. What the functions compute is written
// at channelKernels.
package main

import (
	"fmt"
	"strings"

	"github.com/stheno-go/stheno/internal/asm/emit"
)

func main() {
	w := writer{File: emit.New("../kernels/conv", "channels", "amd64")}
	for _, w.wide = range []bool{true, false} {
		w.sums()
		w.gradSums()
		w.affine()
		w.grad()
		w.maxWindows()
		w.sumWindows()
		w.maxWindowsIndices()
		w.maxWindowsScatter()
		w.sumWindowsGrad()
	}
	emit.Write(w.File)
}

// writer collects assembly. A block of channels is one register with AVX-512 and two
// with AVX2.
type writer struct {
	*emit.File
	wide bool // AVX-512, else AVX2
}

// begin starts a function.
func (w *writer) begin(name, parameters string) {
	name += "AVX2"
	if w.wide {
		name = strings.TrimSuffix(name, "2") + "512"
	}
	w.Func(name+"("+parameters+")", 0)
}

// block names the registers of a block: number i of those that fit.
type block int

// op writes an instruction on blocks. Operands are blocks, addresses of blocks, or
// other text, in which %h stands for the half.
func (w *writer) op(name string, args ...any) {
	halves := 2
	if w.wide {
		halves = 1
	}
	for h := range halves {
		text := make([]string, len(args))
		for i, a := range args {
			switch a := a.(type) {
			case block:
				text[i] = w.reg(int(a)*halves + h)
			case address:
				text[i] = fmt.Sprintf("%d%s", a.offset+32*h, a.base)
			default:
				text[i] = fmt.Sprint(a)
			}
		}
		w.P("%s %s", name, strings.Join(text, ", "))
	}
}

func (w *writer) reg(i int) string {
	if w.wide {
		return fmt.Sprintf("Z%d", i)
	}
	return fmt.Sprintf("Y%d", i)
}

// address is of a block in memory.
type address struct {
	offset int
	base   string // "(AX)" and the like
}

func (w *writer) zero(b block) {
	if w.wide {
		w.op("VPXORQ", b, b, b)
	} else {
		w.op("VXORPS", b, b, b)
	}
}
