// SPDX-License-Identifier: MIT

package emit

import "fmt"

// X, Y and Z are vector registers of 16, 32 and 64 bytes; those of one number overlap.
type (
	X int
	Y int
	Z int
)

func (r X) String() string { return fmt.Sprintf("X%d", int(r)) }
func (r Y) String() string { return fmt.Sprintf("Y%d", int(r)) }
func (r Z) String() string { return fmt.Sprintf("Z%d", int(r)) }

// Vectors hands out the 16 vector registers of AVX2.
type Vectors struct{ taken [16]bool }

// Take returns the first register that is free.
func (v *Vectors) Take() Y {
	for i := range v.taken {
		if !v.taken[i] {
			v.taken[i] = true
			return Y(i)
		}
	}
	panic("emit: no vector register is free")
}

// Free gives registers back.
func (v *Vectors) Free(list ...Y) {
	for _, r := range list {
		if !v.taken[r] {
			panic(fmt.Sprintf("emit: %v is free", r))
		}
		v.taken[r] = false
	}
}

// Last gives a register back and returns it: it is an operand for the last time, and may
// be that of the result.
func (v *Vectors) Last(r Y) Y {
	v.Free(r)
	return r
}
