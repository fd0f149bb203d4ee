// SPDX-License-Identifier: MIT

package torchpickle

import (
	"archive/zip"
	"bytes"
	"slices"
	"strings"

	"github.com/stheno-go/stheno/internal/codec/safetensors"
)

// archive is a zip file of torch.save: NAME/data.pkl with the pickle, NAME/data/KEY
// with each storage, NAME/version, NAME/byteorder.
type archive struct {
	b     []byte
	files map[string]*zip.File // by name below NAME/
}

func decodeZip(b []byte) (any, error) {
	a, err := openArchive(b)
	if err != nil {
		return nil, err
	}
	pickle, err := a.read("data.pkl")
	if err != nil {
		return nil, err
	}
	if a.files["constants.pkl"] != nil {
		return nil, bad("it is a TorchScript program; save its state_dict() with torch.save")
	}
	isBig := false
	if a.files["byteorder"] != nil {
		order, err := a.read("byteorder")
		if isBig = string(order) == "big"; err != nil || !isBig && string(order) != "little" {
			return nil, bad("byte order %q, want little or big", order)
		}
	}
	known := map[string]*storage{}
	m := newMachine(pickle, nil)
	m.budget += share(len(b))
	m.persistent = func(id []any) (any, error) {
		s, err := m.newStorage(id)
		if err != nil {
			return nil, err
		}
		if old := known[s.key]; old != nil && old.dtype == s.dtype && old.n == s.n {
			return old, nil
		}
		data, err := a.read("data/" + s.key)
		if err != nil {
			return nil, err
		}
		if size := s.n * int64(safetensors.Size(s.dtype)); int64(len(data)) != size {
			return nil, bad("storage %s of %d %s needs %d bytes, but has %d", quote(s.key), s.n, s.dtype, size, len(data))
		}
		if s.data, s.big = data, isBig; isBig {
			if err := m.spend(len(data)); err != nil {
				return nil, err
			}
			s.data = swapped(data, s.dtype)
		}
		known[s.key] = s
		return s, nil
	}
	v, err := m.run()
	if err != nil {
		return nil, err
	}
	return (&plain{map[any]any{}}).value(v, 0)
}

// swapped returns elements with their bytes turned around; those of a complex number are
// two.
func swapped(data []byte, dtype string) []byte {
	size := safetensors.Size(dtype)
	if dtype == safetensors.C64 || dtype == safetensors.C128 {
		size /= 2
	}
	data = slices.Clone(data)
	for part := range slices.Chunk(data, size) {
		slices.Reverse(part)
	}
	return data
}

func openArchive(b []byte) (*archive, error) {
	r, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil, bad("%v", err)
	}
	a := &archive{b, make(map[string]*zip.File, len(r.File))}
	for _, f := range r.File {
		// As torch does, take the folder of the first file for that of all.
		folder, _, _ := strings.Cut(r.File[0].Name, "/")
		name, ok := strings.CutPrefix(f.Name, folder+"/")
		if !ok {
			continue
		}
		if a.files[name] != nil {
			return nil, bad("two files of the archive are named %s", quote(f.Name))
		}
		a.files[name] = f
	}
	return a, nil
}

// read returns the part of the archive that is a file's content. Torch never
// compresses. Checksums are not verified: torch has an option to write none.
func (a *archive) read(name string) ([]byte, error) {
	f := a.files[name]
	if f == nil {
		return nil, bad("the archive has no file %s; is it one of torch.save?", quote(name))
	}
	if f.Method != zip.Store || f.CompressedSize64 != f.UncompressedSize64 {
		return nil, bad("file %s of the archive is compressed, want it stored", quote(f.Name))
	}
	at, err := f.DataOffset()
	if err != nil {
		return nil, bad("file %s of the archive: %v", quote(f.Name), err)
	}
	if size := uint64(len(a.b)); uint64(at) > size || f.UncompressedSize64 > size-uint64(at) {
		return nil, bad("truncated: file %s of the archive has %d bytes", quote(f.Name), f.UncompressedSize64)
	}
	end := at + int64(f.UncompressedSize64)
	return a.b[at:end:end], nil
}
