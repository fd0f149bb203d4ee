// SPDX-License-Identifier: MIT

package storage

import (
	"fmt"
	"unsafe"

	"github.com/stheno-go/stheno/internal/dtype"
)

// Host returns the elements, sharing memory. T must be the Buffer's element type. Of a Buffer
// that is not in host memory it is an error: here they would have to be copied.
func Host[T dtype.Elem](b *Buffer) ([]T, error) {
	if b.device != CPU {
		return nil, b.elsewhere()
	}
	return unsafe.Slice((*T)(b.ptr), b.n), nil
}

// Write is [Host] for a caller that writes the elements, which it counts.
func Write[T dtype.Elem](b *Buffer) ([]T, error) {
	b.Touch()
	return Host[T](b)
}

// Bytes is [Host] with the elements as bytes.
func (b *Buffer) Bytes() ([]byte, error) {
	if b.device != CPU {
		return nil, b.elsewhere()
	}
	return unsafe.Slice((*byte)(b.ptr), b.n*b.dtype.Size()), nil
}

// Copy copies the elements of src, which has as many and of the same type, into dst, and
// counts the write.
func Copy(dst, src *Buffer) error {
	to, err := dst.Bytes()
	if err != nil {
		return err
	}
	from, err := src.Bytes()
	if err != nil {
		return err
	}
	copy(to, from)
	dst.Touch()
	return nil
}

// Clone returns a copy of b in host memory.
func (b *Buffer) Clone() (*Buffer, error) {
	c := New(b.dtype, b.n)
	return c, Copy(c, b)
}

// Number returns a Buffer of one element, given as its bits.
func Number(d dtype.DType, bits uint64) *Buffer {
	b := New(d, 1) // which has at least eight bytes
	*(*uint64)(b.ptr) = bits
	return b
}

// First returns the first element of b, in the low bytes.
func (b *Buffer) First() (bits uint64, err error) {
	from, err := b.Bytes()
	if err != nil {
		return 0, err
	}
	copy(unsafe.Slice((*byte)(unsafe.Pointer(&bits)), 8), from[:b.dtype.Size()])
	return bits, nil
}

// HostPointer returns the address of the first element in host memory, nil if the Buffer is
// elsewhere or empty. It is for those who hand memory to kernels and to Gorgonia.
func (b *Buffer) HostPointer() unsafe.Pointer { return b.ptr }

func (b *Buffer) elsewhere() error {
	return fmt.Errorf("memory of device %d is not in reach of the host", b.device)
}
