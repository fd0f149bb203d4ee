// SPDX-License-Identifier: MIT

package par

import (
	"math/bits"
	"sync"
	"unsafe"

	"github.com/stheno-go/stheno/internal/hugepages"
)

// Float lists the element types that carry gradients.
type Float interface{ ~float32 | ~float64 }

// scratch32 and scratch64 hold memory, by the logarithm of its size.
var scratch32, scratch64 [48]sync.Pool

// Pick returns f32 if T is float32 and f64 otherwise.
func Pick[T Float, P any](f32, f64 *P) *P {
	if _, ok := any((*T)(nil)).(*float32); ok {
		return f32
	}
	return f64
}

// Scratch returns n elements of undefined value. [GiveBack] takes them again.
func Scratch[T Float](n int) *[]T {
	class := bits.Len(uint(max(n, 1) - 1))
	s, _ := Pick[T](&scratch32, &scratch64)[class].Get().(*[]T)
	if s == nil {
		fresh := make([]T, 1<<class)
		hugepages.Advise(unsafe.Pointer(&fresh[0]), len(fresh)*int(unsafe.Sizeof(fresh[0])))
		s = &fresh
	}
	*s = (*s)[:n]
	return s
}

// GiveBack keeps what [Scratch] returned for later calls.
func GiveBack[T Float](s *[]T) {
	Pick[T](&scratch32, &scratch64)[bits.Len(uint(cap(*s)-1))].Put(s)
}
