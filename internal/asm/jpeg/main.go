// SPDX-License-Identifier: MIT

// Command jpeg writes the assembly of package jpeg: go generate there runs it. Each function
// computes what the Go function without AVX2 in its name does.
package main

import "github.com/stheno-go/stheno/internal/asm/emit"

func main() {
	f := emit.New("../codec/jpeg", "jpeg", "amd64")
	(&writer{File: f}).inverseDCT()
	(&writer{File: f}).ycc()
	(&writer{File: f}).fancy("fancyHVAVX2", true)
	(&writer{File: f}).fancy("fancyHAVX2", false)
	emit.Write(f)
}

// writer writes a function.
type writer struct {
	*emit.File
	emit.Vectors
}

// words is a vector of 16-bit numbers, dwords of 32-bit numbers, repeated.
func (w *writer) words(name string, v ...uint16) emit.Symbol {
	values := make([]uint64, 16)
	for i := range values {
		values[i] = uint64(v[i%len(v)])
	}
	return w.Data(name, 2, values...)
}

func (w *writer) dwords(name string, v uint32) emit.Symbol {
	values := make([]uint64, 8)
	for i := range values {
		values[i] = uint64(v)
	}
	return w.Data(name, 4, values...)
}

// octets are the same 16 bytes in both halves.
func (w *writer) octets(name string, v [16]uint8) emit.Symbol {
	values := make([]uint64, 32)
	for i := range values {
		values[i] = uint64(v[i%16])
	}
	return w.Data(name, 1, values...)
}
