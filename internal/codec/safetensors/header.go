// SPDX-License-Identifier: MIT

package safetensors

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"
	"unicode/utf8"
)

const metadataKey = "__metadata__"

// Entry is what the header says of one tensor.
type Entry struct {
	Name   string
	DType  string
	Shape  []int
	Offset int64 // of the first byte, from the start of the file
	Size   int64 // number of bytes
}

// parseHeader reads the JSON header of a file and checks that the tensors
// cover the dataSize bytes behind it exactly: no gaps, no overlaps. A negative
// dataSize is not known. Offsets of the entries count from base. The entries are in the order of their bytes.
func parseHeader(header []byte, base, dataSize int64) ([]Entry, map[string]string, error) {
	if len(header) == 0 || header[0] != '{' {
		return nil, nil, bad("header does not begin with {")
	}
	// encoding/json would replace bad bytes, and two names could become one.
	if !utf8.Valid(header) {
		return nil, nil, bad("header is not UTF-8")
	}
	p := headerParser{dec: json.NewDecoder(bytes.NewReader(header)), base: base}
	p.dec.UseNumber()
	if err := p.header(); err != nil {
		return nil, nil, err
	}
	slices.SortStableFunc(p.entries, func(a, b Entry) int {
		return cmp.Or(cmp.Compare(a.Offset, b.Offset), cmp.Compare(a.Size, b.Size))
	})
	if err := checkCover(p.entries, base, dataSize); err != nil {
		return nil, nil, err
	}
	return p.entries, p.metadata, nil
}

// checkCover checks that sorted entries cover [base, base+dataSize) without gaps, or up to
// wherever they end if dataSize is negative.
func checkCover(entries []Entry, base, dataSize int64) error {
	at, last := int64(0), ""
	for i := range entries {
		e := &entries[i]
		begin := e.Offset - base
		switch {
		case dataSize >= 0 && begin > dataSize-e.Size:
			return bad("tensor %s has data_offsets [%d, %d], but the file has %d bytes of data", quote(e.Name), begin, begin+e.Size, dataSize)
		case begin > at:
			return bad("gap: no tensor has the data bytes %d to %d, before tensor %s", at, begin, quote(e.Name))
		case begin < at:
			return bad("overlap: tensor %s begins at data byte %d, but tensor %s ends at %d", quote(e.Name), begin, quote(last), at)
		}
		at, last = begin+e.Size, e.Name
	}
	if dataSize >= 0 && at != dataSize {
		return bad("the tensors have %d bytes, but the file has %d bytes of data", at, dataSize)
	}
	return nil
}

// headerParser walks over the tokens of a header. It does not unmarshal into a
// map because a map hides duplicate keys, and takes no value that the format
// does not have, so that memory stays in proportion to the header.
type headerParser struct {
	dec      *json.Decoder
	base     int64
	entries  []Entry
	metadata map[string]string
}

func (p *headerParser) header() error {
	err := p.object("the header", func(name string) error {
		if name == metadataKey {
			return p.readMetadata()
		}
		return p.readEntry(name)
	})
	if err != nil {
		return err
	}
	if _, err := p.dec.Token(); !errors.Is(err, io.EOF) {
		return bad("header continues after its closing }")
	}
	return nil
}

func (p *headerParser) readMetadata() error {
	// The reference implementation takes null for no metadata.
	token, err := p.token(metadataKey)
	if err != nil || token == nil {
		return err
	}
	if token != json.Delim('{') {
		return bad("%s: want {, got %s", metadataKey, describe(token))
	}
	m := map[string]string{}
	err = p.members(metadataKey, func(key string) error {
		value, err := p.text("__metadata__ " + quote(key))
		m[key] = value
		return err
	})
	if len(m) > 0 {
		p.metadata = m
	}
	return err
}

func (p *headerParser) readEntry(name string) error {
	e := Entry{Name: name, Shape: []int{}}
	var begin, end int64
	seen := 0
	err := p.object("tensor "+quote(name), func(field string) error {
		seen++
		switch field {
		case "dtype":
			dtype, err := p.text("dtype of tensor " + quote(name))
			e.DType = intern(dtype)
			return err
		case "shape":
			return p.array("shape of tensor "+quote(name), func(n int64) error {
				if n < 0 {
					return bad("tensor %s has shape with dimension %d; want at least 0", quote(name), n)
				}
				if int64(int(n)) != n {
					return bad("tensor %s has dimension %d, too large for this machine", quote(name), n)
				}
				if len(e.Shape) == MaxRank {
					return bad("tensor %s has more than %d dimensions", quote(name), MaxRank)
				}
				e.Shape = append(e.Shape, int(n))
				return nil
			})
		case "data_offsets":
			i := 0
			err := p.array("data_offsets of tensor "+quote(name), func(n int64) error {
				switch i++; {
				case n < 0:
					return bad("tensor %s has data_offset %d; want at least 0", quote(name), n)
				case i == 1:
					begin = n
				case i == 2:
					end = n
				default:
					return bad("tensor %s has more than 2 data_offsets", quote(name))
				}
				return nil
			})
			if err == nil && i != 2 {
				return bad("tensor %s has %d data_offsets; want 2", quote(name), i)
			}
			return err
		}
		return bad("tensor %s has the unknown field %s; want dtype, shape, data_offsets", quote(name), quote(field))
	})
	if err != nil {
		return err
	}
	if seen != 3 { // fields are distinct and known
		return bad("tensor %s has %d fields; want dtype, shape, data_offsets", quote(name), seen)
	}
	want, err := byteCount(name, e.DType, e.Shape)
	if err != nil {
		return err
	}
	if begin > end {
		return bad("tensor %s has data_offsets [%d, %d]: it ends before it begins", quote(name), begin, end)
	}
	if Size(e.DType) == 0 { // a type that is newer than this package
		want = end - begin
	}
	if end-begin != want {
		return bad("tensor %s of %s %s needs %d bytes, but its data_offsets [%d, %d] have %d", quote(name), e.DType, dims(e.Shape), want, begin, end, end-begin)
	}
	if begin > 1<<62 {
		return bad("tensor %s begins at data byte %d, beyond any file", quote(name), begin)
	}
	e.Offset, e.Size = p.base+begin, want
	p.entries = append(p.entries, e)
	return nil
}

func (p *headerParser) object(what string, read func(key string) error) error {
	if err := p.delim(what, '{'); err != nil {
		return err
	}
	return p.members(what, read)
}

// members reads an object behind its { and calls read at every value, with its
// key. A key may come only once.
func (p *headerParser) members(what string, read func(key string) error) error {
	seen := map[string]struct{}{}
	for p.dec.More() {
		key, err := p.text("key of " + what)
		if err != nil {
			return err
		}
		if _, dup := seen[key]; dup {
			return bad("%s has the key %s twice", what, quote(key))
		}
		seen[key] = struct{}{}
		if err := read(key); err != nil {
			return err
		}
	}
	return p.delim(what, '}')
}

// array reads an array of whole numbers.
func (p *headerParser) array(what string, add func(int64) error) error {
	if err := p.delim(what, '['); err != nil {
		return err
	}
	for p.dec.More() {
		token, err := p.token(what)
		if err != nil {
			return err
		}
		number, ok := token.(json.Number)
		if !ok {
			return bad("%s: want whole numbers, got %s", what, describe(token))
		}
		n, err := strconv.ParseInt(number.String(), 10, 64)
		if err != nil {
			return bad("%s: %s is not a whole number of 64 bits", what, quote(number.String()))
		}
		if err := add(n); err != nil {
			return err
		}
	}
	return p.delim(what, ']')
}

func (p *headerParser) text(what string) (string, error) {
	token, err := p.token(what)
	if err != nil {
		return "", err
	}
	s, ok := token.(string)
	if !ok {
		return "", bad("%s: want a string, got %s", what, describe(token))
	}
	return s, nil
}

func (p *headerParser) delim(what string, want json.Delim) error {
	token, err := p.token(what)
	if err != nil {
		return err
	}
	if token != want {
		return bad("%s: want %s, got %s", what, want, describe(token))
	}
	return nil
}

func (p *headerParser) token(what string) (json.Token, error) {
	token, err := p.dec.Token()
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, bad("%s: header is not JSON: %v", what, err)
	}
	return token, nil
}

func describe(token json.Token) string {
	switch t := token.(type) {
	case nil:
		return "null"
	case bool:
		return strconv.FormatBool(t)
	case string:
		return "the string " + quote(t)
	case json.Number:
		return "the number " + quote(t.String())
	case json.Delim:
		return t.String()
	}
	return "something else"
}
