// SPDX-License-Identifier: MIT

// Package idx reads the format of MNIST's files: an array of bytes with its dimensions,
// often compressed with gzip.
//
//	00 00 08 n    n dimensions of unsigned bytes
//	n x uint32    the dimensions, big-endian
//	the bytes, the last dimension fastest
package idx

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/stheno-go/stheno/internal/gunzip"
)

// Array is the content of a file.
type Array struct {
	Dims []int
	Data []uint8
}

// maxDims is more than any known file has.
const maxDims = 8

// Read reads a whole file, plain or gzip, of not more than limit bytes of data. Memory
// grows with what the file holds, not with what its header says.
func Read(r io.Reader, limit int64) (Array, error) {
	plain, err := gunzip.Reader(r)
	if err != nil {
		return Array{}, fmt.Errorf("idx: %w", err)
	}
	a, err := read(plain, limit)
	if err != nil {
		return Array{}, fmt.Errorf("idx: %w", err)
	}
	return a, nil
}

func read(r io.Reader, limit int64) (a Array, err error) {
	var magic [4]byte
	if _, err := io.ReadFull(r, magic[:]); err != nil {
		return a, fmt.Errorf("no header: %w", cut(err))
	}
	switch n := magic[3]; {
	case magic[0] != 0 || magic[1] != 0:
		return a, fmt.Errorf("starts with bytes % x, want 00 00: not an idx file", magic[:2])
	case magic[2] != 8:
		return a, fmt.Errorf("has elements of type 0x%02x, want unsigned bytes (0x08)", magic[2])
	case n == 0 || n > maxDims:
		return a, fmt.Errorf("has %d dimensions, want 1 to %d", n, maxDims)
	}
	a.Dims = make([]int, magic[3])
	size := int64(1)
	for i := range a.Dims {
		var d [4]byte
		if _, err := io.ReadFull(r, d[:]); err != nil {
			return a, fmt.Errorf("the header ends early: %w", cut(err))
		}
		n := int64(binary.BigEndian.Uint32(d[:]))
		if n > 0 && size > limit/n {
			return a, fmt.Errorf("dimensions %v, then %d, are more than the limit of %d bytes", a.Dims[:i], n, limit)
		}
		a.Dims[i] = int(n)
		size *= n
	}
	if a.Data, err = io.ReadAll(io.LimitReader(r, size+1)); err != nil {
		return a, fmt.Errorf("after %d of %d bytes: %w", len(a.Data), size, cut(err))
	}
	switch n := int64(len(a.Data)); {
	case n < size:
		return a, fmt.Errorf("has %d bytes, but dimensions %v want %d: the file is truncated", n, a.Dims, size)
	case n > size:
		return a, fmt.Errorf("has more than the %d bytes that dimensions %v want", size, a.Dims)
	}
	return a, nil
}

// cut says what an unexpected end is.
func cut(err error) error {
	if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the file is truncated")
	}
	return err
}
