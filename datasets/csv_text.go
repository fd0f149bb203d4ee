// SPDX-License-Identifier: MIT

package datasets

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/stheno-go/stheno/internal/gunzip"
)

// plainText decompresses r if it is compressed, converts UTF-16 to UTF-8, and removes a byte order
// mark.
func plainText(r io.Reader) (io.Reader, error) {
	b, err := gunzip.Reader(r)
	if err != nil {
		return nil, err
	}
	start, _ := b.Peek(4)
	switch {
	case bytes.HasPrefix(start, []byte("\xff\xfe\x00\x00")), bytes.HasPrefix(start, []byte("\x00\x00\xfe\xff")):
		return nil, errors.New("the text is UTF-32; save the table in UTF-8")
	case bytes.HasPrefix(start, []byte("\ufeff")):
		_, _ = b.Discard(3) // buffered by Peek
	case bytes.HasPrefix(start, []byte("\xff\xfe")):
		_, _ = b.Discard(2)
		return &wide{in: b, order: binary.LittleEndian}, nil
	case bytes.HasPrefix(start, []byte("\xfe\xff")):
		_, _ = b.Discard(2)
		return &wide{in: b, order: binary.BigEndian}, nil
	case len(start) == 4 && start[0] != 0 && start[1] == 0 && start[3] == 0: // UTF-16 without a mark
		return &wide{in: b, order: binary.LittleEndian}, nil
	case len(start) == 4 && start[0] == 0 && start[1] != 0 && start[2] == 0:
		return &wide{in: b, order: binary.BigEndian}, nil
	}
	return b, nil
}

// wide converts UTF-16 to UTF-8.
type wide struct {
	in    *bufio.Reader
	order binary.ByteOrder
	rest  []byte // bytes of a character that did not fit
}

func (w *wide) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if len(w.rest) > 0 {
			m := copy(p[n:], w.rest)
			w.rest = w.rest[m:]
			n += m
			continue
		}
		r, err := w.unit()
		if err == nil && utf16.IsSurrogate(r) {
			var low rune
			if low, err = w.unit(); err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			if r = utf16.DecodeRune(r, low); err == nil && r == utf8.RuneError {
				err = errors.New("the text is not UTF-16: half of a surrogate pair")
			}
		}
		if err != nil {
			return n, err
		}
		w.rest = utf8.AppendRune(w.rest[:0], r)
	}
	return n, nil
}

func (w *wide) unit() (rune, error) {
	var b [2]byte
	if _, err := io.ReadFull(w.in, b[:]); err != nil {
		if err == io.ErrUnexpectedEOF {
			err = errors.New("the text is UTF-16, but ends within a character")
		}
		return 0, err
	}
	return rune(w.order.Uint16(b[:])), nil
}

// narrow returns an error for a line of more than maxColumns fields before it is split: commas
// compress well, and each would become a string.
type narrow struct {
	r              io.Reader
	comma, comment rune
	commas         int
	quoted, skip   bool // within quotes, within a comment
	inLine         bool
}

func (n *narrow) Read(p []byte) (int, error) {
	m, err := n.r.Read(p)
	var last [utf8.UTFMax]byte
	comma := last[utf8.EncodeRune(last[:], n.comma)-1]
	begins := byte(0)
	if n.comment != 0 {
		begins = string(n.comment)[0]
	}
	for _, c := range p[:m] {
		switch {
		case c == '\n' && !n.quoted:
			n.commas, n.skip, n.inLine = 0, false, false
			continue
		case !n.inLine && !n.quoted && begins != 0 && c == begins:
			n.skip = true
		case n.skip:
		case c == '"':
			n.quoted = !n.quoted
		case c == comma && !n.quoted:
			if n.commas++; n.commas >= maxColumns {
				return 0, fmt.Errorf("a line has more than %d columns", maxColumns)
			}
		}
		n.inLine = true
	}
	return m, err
}
