// SPDX-License-Identifier: MIT

package safetensors

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
)

// stream reads at offsets that never go back.
type stream struct {
	r  io.Reader
	at int64
}

// ReadAt implements [io.ReaderAt] for an offset that has not been passed.
func (s *stream) ReadAt(p []byte, off int64) (int, error) {
	if err := s.skip(off); err != nil {
		return 0, err
	}
	n, err := io.ReadFull(s.r, p)
	s.at += int64(n)
	return n, err
}

func (s *stream) skip(off int64) error {
	if off < s.at {
		return fmt.Errorf("offset %d has been passed, the stream is at %d", off, s.at)
	}
	n, err := io.CopyN(io.Discard, s.r, off-s.at)
	s.at += n
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// read returns n bytes. What it allocates is in proportion to what r has.
func (s *stream) read(n int64) ([]byte, error) {
	b := make([]byte, 0, min(n, 1<<20))
	for int64(len(b)) < n {
		if len(b) == cap(b) {
			b = slices.Grow(b, int(min(int64(len(b)), n-int64(len(b)))))
		}
		part := b[len(b):min(int64(cap(b)), n)]
		got, err := io.ReadFull(s.r, part)
		b, s.at = b[:len(b)+got], s.at+int64(got)
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return nil, err
		}
	}
	return b, nil
}

// NewStream reads and checks the header of a file whose length is not known. Its tensors
// can be read in the order of the entries only, each once; others are skipped.
func NewStream(r io.Reader) (*Reader, error) {
	s := &stream{r: r}
	length, err := s.read(lengthSize)
	if err != nil {
		return nil, fmt.Errorf("safetensors: reading the header length: %w", err)
	}
	n, err := headerLength(length, math.MaxInt64)
	if err != nil {
		return nil, err
	}
	header, err := s.read(n)
	if err != nil {
		return nil, fmt.Errorf("safetensors: reading the header: %w", err)
	}
	f, err := newReader(s, header, -1)
	if err != nil {
		return nil, err
	}
	f.stream = s
	return f, nil
}

// Bytes reads the bytes of a tensor.
func (r *Reader) Bytes(e Entry) ([]byte, error) {
	if e.Size > math.MaxInt {
		return nil, bad("tensor %s has %d bytes, more than this machine can address", quote(e.Name), e.Size)
	}
	if r.stream == nil {
		b := make([]byte, e.Size)
		return b, r.Read(e.Name, b)
	}
	err := r.stream.skip(e.Offset)
	var b []byte
	if err == nil {
		b, err = r.stream.read(e.Size)
	}
	if err != nil {
		return nil, fmt.Errorf("safetensors: reading tensor %s: %w", quote(e.Name), err)
	}
	return b, nil
}

// End reads the rest of a stream, and returns an error unless the file ends where its
// header says.
func (r *Reader) End() error {
	if r.stream == nil {
		return nil
	}
	if err := r.stream.skip(r.end); err != nil {
		return fmt.Errorf("safetensors: reading the %d bytes that the header says: %w", r.end, err)
	}
	if n, err := io.CopyN(io.Discard, r.stream.r, 1); n > 0 {
		return bad("the file does not end after the %d bytes that its header says", r.end)
	} else if !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}
