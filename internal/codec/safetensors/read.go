// SPDX-License-Identifier: MIT

package safetensors

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
)

const lengthSize = 8

// Decode reads a whole file from memory. The data of the tensors are parts of
// b, not copies.
func Decode(b []byte) (*File, error) {
	n, err := headerLength(b, int64(len(b)))
	if err != nil {
		return nil, err
	}
	base := lengthSize + n
	entries, metadata, err := parseHeader(b[lengthSize:base], base, int64(len(b))-base)
	if err != nil {
		return nil, err
	}
	f := &File{Tensors: make([]Tensor, len(entries)), Metadata: metadata}
	for i, e := range entries {
		end := e.Offset + e.Size
		f.Tensors[i] = Tensor{Name: e.Name, DType: e.DType, Shape: e.Shape, Data: b[e.Offset:end:end]}
	}
	return f, nil
}

// Reader reads the tensors of a file one by one, so that a large file need not
// be in memory. Its methods may be called from several goroutines if ReadAt of
// the file may.
type Reader struct {
	r        io.ReaderAt
	stream   *stream // what r is, if it cannot go back
	end      int64   // of the file
	entries  []Entry
	index    map[string]int
	metadata map[string]string
}

// NewReader reads and checks the header of a file that is size bytes long.
func NewReader(r io.ReaderAt, size int64) (*Reader, error) {
	var length [lengthSize]byte
	if size >= lengthSize {
		if err := readFull(r, length[:], 0); err != nil {
			return nil, fmt.Errorf("safetensors: reading the header length: %w", err)
		}
	}
	n, err := headerLength(length[:], size)
	if err != nil {
		return nil, err
	}
	header := make([]byte, n)
	if err := readFull(r, header, lengthSize); err != nil {
		return nil, fmt.Errorf("safetensors: reading the header: %w", err)
	}
	return newReader(r, header, size)
}

// newReader parses the header; a negative size is what the header says.
func newReader(r io.ReaderAt, header []byte, size int64) (*Reader, error) {
	base := lengthSize + int64(len(header))
	entries, metadata, err := parseHeader(header, base, max(size-base, -1))
	if err != nil {
		return nil, err
	}
	if size < 0 {
		size = base
		if n := len(entries); n > 0 {
			size = entries[n-1].Offset + entries[n-1].Size
		}
	}
	index := make(map[string]int, len(entries))
	for i := range entries {
		index[entries[i].Name] = i
	}
	return &Reader{r: r, end: size, entries: entries, index: index, metadata: metadata}, nil
}

// Entries returns the header's entries in the order of their bytes in the
// file. The caller must not change them.
func (r *Reader) Entries() []Entry { return r.entries }

// Metadata returns a copy of the header's __metadata__, nil if there is none.
func (r *Reader) Metadata() map[string]string { return maps.Clone(r.metadata) }

// Lookup returns the entry of that name.
func (r *Reader) Lookup(name string) (e Entry, ok bool) {
	i, ok := r.index[name]
	if !ok {
		return Entry{}, false
	}
	return r.entries[i], true
}

// Read reads the bytes of the named tensor into dst, which must have its size
// exactly.
func (r *Reader) Read(name string, dst []byte) error {
	e, ok := r.Lookup(name)
	if !ok {
		return fmt.Errorf("safetensors: no tensor %s among the %d of the file", quote(name), len(r.entries))
	}
	if int64(len(dst)) != e.Size {
		return fmt.Errorf("safetensors: tensor %s has %d bytes; the destination has %d", quote(name), e.Size, len(dst))
	}
	if err := readFull(r.r, dst, e.Offset); err != nil {
		return fmt.Errorf("safetensors: reading tensor %s: %w", quote(name), err)
	}
	return nil
}

// Open returns the bytes of an entry as a stream, for conversion in pieces.
func (r *Reader) Open(e Entry) *io.SectionReader {
	return io.NewSectionReader(r.r, e.Offset, e.Size)
}

// headerLength checks the length at the start of a file of size bytes.
func headerLength(b []byte, size int64) (int64, error) {
	if size < lengthSize {
		return 0, bad("truncated: %d bytes, and the header length alone has 8", size)
	}
	n := binary.LittleEndian.Uint64(b)
	if n > MaxHeader {
		return 0, bad("header of %d bytes is longer than the %d allowed; is this a safetensors file?", n, MaxHeader)
	}
	if int64(n) > size-lengthSize {
		return 0, bad("truncated: header of %d bytes, but only %d follow its length", n, size-lengthSize)
	}
	return int64(n), nil
}

// readFull fills p. io.ReaderAt may return io.EOF with a full buffer.
func readFull(r io.ReaderAt, p []byte, off int64) error {
	n, err := r.ReadAt(p, off)
	if n == len(p) {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
