// SPDX-License-Identifier: MIT

// Package storage holds resident memory: the data of leaves, parameters,
// buffers and results. A Buffer knows its element type and its device and
// counts how often it was written, so that a record can see whether what it
// saw is still there.
package storage

import (
	"strings"
	"sync/atomic"
	"unsafe"

	"github.com/stheno-go/stheno/internal/dtype"
	"github.com/stheno-go/stheno/internal/hugepages"
)

// Device says where a Buffer lives. 0 is the CPU, 1+i is CUDA device i.
type Device uint8

// CPU is the device of host memory.
const CPU Device = 0

// Buffer is a block of elements of one type on one device.
type Buffer struct {
	ptr     unsafe.Pointer // in host memory; nil on another device
	n       int
	version uint64
	dtype   dtype.DType
	device  Device
	retired bool
	shared  atomic.Uint32 // how often the memory was given to somebody who may write it
	derived atomic.Pointer[derived]
}

// Within makes b a Buffer of n elements at p, memory that lives as long as b.
func Within(b *Buffer, d dtype.DType, n int, p unsafe.Pointer) {
	*b = Buffer{ptr: p, n: n, dtype: d}
}

// Align is the alignment in bytes of memory that New makes: one cache line, one AVX-512 register.
const Align = 64

// New returns a zeroed Buffer of n elements in host memory.
func New(d dtype.DType, n int) *Buffer {
	return &Buffer{ptr: Alloc(n * d.Size()), n: n, dtype: d}
}

// Unset returns a Buffer of n elements in host memory that hold anything: whoever takes it
// writes all of them. Zeros would cost a pass over memory, and so would large pages, which
// the system clears whole whenever the collector has given some of them back.
func Unset(d dtype.DType, n int) *Buffer {
	size := n * d.Size()
	if size < unsetFrom {
		return New(d, n)
	}
	var block strings.Builder // the only memory that Go hands out as it is
	block.Grow(size + Align)
	block.WriteByte(0)
	p := unsafe.Pointer(unsafe.StringData(block.String()))
	return &Buffer{ptr: unsafe.Add(p, -uintptr(p)&(Align-1)), n: n, dtype: d}
}

// unsetFrom is the number of bytes from which zeros cost more than they are worth.
const unsetFrom = 1 << 10

// Of returns a Buffer over data, which it shares.
func Of[T dtype.Elem](data []T) *Buffer {
	return &Buffer{ptr: unsafe.Pointer(unsafe.SliceData(data)), n: len(data), dtype: dtype.Of[T]()}
}

// Alloc returns size zeroed bytes; from one cache line up they are aligned to Align.
func Alloc(size int) unsafe.Pointer {
	if size == 0 {
		return nil
	}
	if size < Align {
		return unsafe.Pointer(unsafe.SliceData(make([]uint64, (size+7)/8)))
	}
	block := make([]byte, size+Align-1)
	p := unsafe.Pointer(unsafe.SliceData(block))
	hugepages.Advise(p, size)
	return unsafe.Add(p, -uintptr(p)&(Align-1))
}

// Len returns the number of elements.
func (b *Buffer) Len() int { return b.n }

// DType returns the element type.
func (b *Buffer) DType() dtype.DType { return b.dtype }

// Device returns where the elements are.
func (b *Buffer) Device() Device { return b.device }

// Version returns how often the Buffer was written since it was made, or given to
// somebody who may write it.
func (b *Buffer) Version() uint64 { return b.version + uint64(b.shared.Load()) }

// Touch records that the elements were written.
func (b *Buffer) Touch() { b.version++ }

// Retire records that the memory is about to be used for something else: what is still
// recorded of the Buffer is stale from now on.
func (b *Buffer) Retire() { b.version++; b.retired = true }

// Share records that somebody may write the memory from now on without telling, as a
// solver of Gorgonia's does, or a user who has the elements: what was recorded of it is
// stale, and what is derived of it is never good enough again. It may be called while
// others read.
func (b *Buffer) Share() { b.shared.Add(1) }

// Shared reports whether somebody may write the memory without telling.
func (b *Buffer) Shared() bool { return b.shared.Load() != 0 }

// Retired reports whether the elements are gone.
func (b *Buffer) Retired() bool { return b.retired }
