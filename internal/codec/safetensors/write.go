// SPDX-License-Identifier: MIT

package safetensors

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"unicode/utf8"
)

// Encode writes f to w, the tensors in their given order; see [File.Sort]. The
// header is padded with spaces to a multiple of 8, and the same file always
// gives the same bytes. Nothing is written if f is wrong.
func Encode(w io.Writer, f *File) error {
	header, err := encodeHeader(f)
	if err != nil {
		return err
	}
	if _, err := w.Write(header); err != nil {
		return fmt.Errorf("safetensors: writing the header: %w", err)
	}
	for i := range f.Tensors {
		if _, err := w.Write(f.Tensors[i].Data); err != nil {
			return fmt.Errorf("safetensors: writing tensor %s: %w", quote(f.Tensors[i].Name), err)
		}
	}
	return nil
}

// encodeHeader returns the length, the header and its padding.
func encodeHeader(f *File) ([]byte, error) {
	h := jsonWriter{buf: make([]byte, lengthSize, 256+128*len(f.Tensors))}
	h.raw("{")
	if len(f.Metadata) > 0 {
		h.raw(`"__metadata__":{`)
		for i, key := range slices.Sorted(maps.Keys(f.Metadata)) {
			if !utf8.ValidString(key) || !utf8.ValidString(f.Metadata[key]) {
				return nil, bad("__metadata__ %s is not UTF-8", quote(key))
			}
			if i > 0 {
				h.raw(",")
			}
			h.text(key)
			h.raw(":")
			h.text(f.Metadata[key])
		}
		h.raw("}")
	}
	names := make(map[string]struct{}, len(f.Tensors))
	at := int64(0)
	for i := range f.Tensors {
		t := &f.Tensors[i]
		if err := checkTensor(t); err != nil {
			return nil, err
		}
		if _, dup := names[t.Name]; dup {
			return nil, bad("two tensors have the name %s", quote(t.Name))
		}
		names[t.Name] = struct{}{}
		if i > 0 || len(f.Metadata) > 0 {
			h.raw(",")
		}
		end := at + int64(len(t.Data))
		h.entry(t, at, end)
		at = end
	}
	h.raw("}")
	for len(h.buf)%8 != 0 {
		h.raw(" ")
	}
	n := len(h.buf) - lengthSize
	if n > MaxHeader {
		return nil, bad("header of %d bytes is longer than the %d allowed", n, MaxHeader)
	}
	binary.LittleEndian.PutUint64(h.buf, uint64(n))
	return h.buf, nil
}

func checkTensor(t *Tensor) error {
	if t.Name == metadataKey {
		return bad("a tensor cannot have the name %s", metadataKey)
	}
	if !utf8.ValidString(t.Name) {
		return bad("tensor name %s is not UTF-8", quote(t.Name))
	}
	if Size(t.DType) == 0 {
		return bad("tensor %s has dtype %s; want one of the known ones", quote(t.Name), quote(t.DType))
	}
	want, err := byteCount(t.Name, t.DType, t.Shape)
	if err != nil {
		return err
	}
	if int64(len(t.Data)) != want {
		return bad("tensor %s of %s %s needs %d bytes, but has %d", quote(t.Name), t.DType, dims(t.Shape), want, len(t.Data))
	}
	return nil
}

// jsonWriter appends JSON in the compact form of the Python library.
type jsonWriter struct{ buf []byte }

func (h *jsonWriter) raw(s string) { h.buf = append(h.buf, s...) }

func (h *jsonWriter) text(s string) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // cannot fail: a string, into memory
	h.buf = append(h.buf, bytes.TrimRight(b.Bytes(), "\n")...)
}

func (h *jsonWriter) entry(t *Tensor, begin, end int64) {
	h.text(t.Name)
	h.raw(`:{"dtype":"` + t.DType + `","shape":[`)
	for i, d := range t.Shape {
		if i > 0 {
			h.raw(",")
		}
		h.buf = strconv.AppendInt(h.buf, int64(d), 10)
	}
	h.raw(`],"data_offsets":[`)
	h.buf = strconv.AppendInt(h.buf, begin, 10)
	h.raw(",")
	h.buf = strconv.AppendInt(h.buf, end, 10)
	h.raw("]}")
}
