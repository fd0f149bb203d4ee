// SPDX-License-Identifier: MIT

// Command neon writes the assembly for arm64: go generate in internal/kernels runs it.
// What the functions compute is written where the tables of kernels are declared.
package main

import (
	"fmt"
	"strings"

	"github.com/stheno-go/stheno/internal/asm/emit"
)

func main() {
	for _, f := range []struct {
		dir, name string
		write     func(w *writer)
	}{
		{"../kernels/gemm", "gemm", gemm},
		{"../kernels/conv", "blocked", blocked},
		{"../kernels/conv", "channels", channels},
		{"../kernels", "pointwise", pointwise},
	} {
		w := &writer{File: emit.New(f.dir, f.name, "arm64"), elem: 4, pool: pool{name: f.name + "Constants"}}
		f.write(w)
		w.pool.data(w.File)
		emit.Write(w.File)
	}
}

// writer collects assembly.
type writer struct {
	*emit.File
	elem int // bytes of an element: 4 or 8
	pool pool
	job  string // the type of the function's parameter
}

// begin starts a function, in whose signature float is the element type.
func (w *writer) begin(name, signature string, frame int) {
	float := fmt.Sprint("float", 8*w.elem)
	w.Func(fmt.Sprintf("%sF%dNEON%s", name, 8*w.elem, strings.ReplaceAll(signature, "float", float)), frame)
}

// argument loads a parameter that is an element, result stores one.
func (w *writer) argument(name string, d reg) {
	w.P("%s %s, F%d", w.moveElement(), w.Arg(name), int(d))
}
func (w *writer) result(d reg, name string) { w.P("%s F%d, %s", w.moveElement(), int(d), w.Arg(name)) }
func (w *writer) moveElement() string       { return map[int]string{4: "FMOVS", 8: "FMOVD"}[w.elem] }

// lanes is how many elements a vector has, shift the logarithm of their bytes.
func (w *writer) lanes() int { return 16 / w.elem }
func (w *writer) shift() int { return map[int]int{4: 2, 8: 3}[w.elem] }
