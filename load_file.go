// SPDX-License-Identifier: MIT

package stheno

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/stheno-go/stheno/internal/codec/safetensors"
	"github.com/stheno-go/stheno/internal/codec/torchpickle"
	"github.com/stheno-go/stheno/internal/regular"
)

// format is what the first bytes of a file say that it is.
type format int

const (
	unknown format = iota
	isSafetensors
	isTorch
)

const startSize = 9

// formatOf looks at the first startSize bytes of a file. One of safetensors begins with a
// length of 8 bytes, which can be like those of a pickle, and a brace.
func formatOf(start []byte) format {
	switch {
	case len(start) == startSize && start[8] == '{':
		return isSafetensors
	case torchpickle.Detect(start):
		return isTorch
	}
	return unknown
}

var errUnknownFormat = fmt.Errorf("stheno: this is neither a file of torch.save's nor one in the safetensors format: %w", ErrValue)

// openState opens a file, or the files of an index. They are open until close is called.
func openState(path string) (*source, error) {
	if strings.HasSuffix(path, indexName) {
		return openShards(path)
	}
	f, err := regular.Open(path)
	if err != nil {
		return nil, err
	}
	list, err := readFile(f, filepath.Ext(path))
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	s := newSource(list, nil)
	s.close = func() { _ = f.Close() } // which was only read
	return s, nil
}

// readFile looks at the beginning of a file before it reads the rest.
func readFile(f *os.File, ext string) ([]*stored, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	start := make([]byte, startSize)
	n, err := f.ReadAt(start, 0)
	if err != nil && err != io.EOF {
		return nil, err
	}
	holes := regular.CheckHoles(info)
	if holes != nil {
		holes = fmt.Errorf("stheno: %w: %w", holes, ErrValue)
	}
	kind := formatOf(start[:n])
	if kind == isTorch {
		if holes != nil {
			return nil, holes
		}
		return readTorch(f, info.Size())
	}
	if kind == unknown && ext != ".safetensors" {
		return nil, errUnknownFormat
	}
	r, err := safetensors.NewReader(f, info.Size())
	if err != nil {
		return nil, err
	}
	return storedIn(r), holes
}

func storedIn(r *safetensors.Reader) []*stored {
	list := make([]*stored, len(r.Entries()))
	for i, e := range r.Entries() {
		list[i] = newStored(e.Name, e.DType, e.Shape, func() ([]byte, error) { return r.Bytes(e) })
	}
	return list
}

func readTorch(f *os.File, size int64) ([]*stored, error) {
	if size > math.MaxInt {
		return nil, fmt.Errorf("stheno: the file has %d bytes, more than this machine can address: %w", size, ErrValue)
	}
	b := make([]byte, size)
	if _, err := io.ReadFull(io.NewSectionReader(f, 0, size), b); err != nil {
		return nil, err
	}
	return storedInTorch(b)
}

// storedInTorch returns the tensors of a whole file.
func storedInTorch(b []byte) ([]*stored, error) {
	v, err := torchpickle.Decode(b)
	if err != nil {
		return nil, err
	}
	state, err := torchpickle.State(v)
	if err != nil {
		return nil, err
	}
	list := make([]*stored, len(state))
	for i, t := range state {
		list[i] = newStored(t.Name, t.DType, t.Shape, func() ([]byte, error) { return t.Data, nil })
	}
	return list, nil
}

// readState reads what cannot be read twice. A file of torch.save's has at most limit bytes.
func readState(r io.Reader, limit int64) (*source, error) {
	if r == nil {
		return nil, fmt.Errorf("stheno: load: the reader is nil: %w", ErrValue)
	}
	b := bufio.NewReaderSize(r, 1<<16)
	start, err := b.Peek(startSize)
	if err != nil && err != io.EOF {
		return nil, err
	}
	switch formatOf(start) {
	case isTorch:
		all, err := io.ReadAll(io.LimitReader(b, limit+1))
		if err != nil {
			return nil, err
		}
		if int64(len(all)) > limit {
			return nil, fmt.Errorf("stheno: load: got more than %d bytes in PyTorch's format, want at most 64 MiB and 16 times the module's size; LoadStateFrom has no limit: %w", limit, ErrValue)
		}
		list, err := storedInTorch(all)
		if err != nil {
			return nil, err
		}
		return newSource(list, nil), nil
	case isSafetensors:
		r, err := safetensors.NewStream(b)
		if err != nil {
			return nil, err
		}
		return newSource(storedIn(r), r.End), nil
	}
	return nil, errUnknownFormat
}
