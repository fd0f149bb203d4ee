// SPDX-License-Identifier: MIT

// Package isa chooses between implementations of the same functions for the instruction
// sets of a processor.
package isa

import "fmt"

// Set is an instruction set that functions are written for, or Go code.
type Set uint8

// The sets, the slower ones first.
const (
	Go     Set = iota // no assembly
	NEON              // of every arm64
	AVX2              // with FMA
	AVX512            // F, VL and DQ, and all of AVX2
	VNNI              // F, VL and VNNI of AVX-512, and all of AVX2
	sets
)

var names = [sets]string{Go: "generic", NEON: "neon", AVX2: "avx2", AVX512: "avx512", VNNI: "avx512vnni"}

func (s Set) String() string {
	if s < sets {
		return names[s]
	}
	return fmt.Sprintf("Set(%d)", uint8(s))
}
