// SPDX-License-Identifier: MIT

package main

import (
	"fmt"
	"io"
	"os"
	"unicode"
	"unicode/utf8"
)

// output writes text to a file, which may be a terminal. It escapes control characters, since
// names of files and classes are untrusted, and it stores the first error, since fmt.Fprint's
// is ignored.
type output struct {
	f   *os.File
	err error
	any bool // whether something was written
}

// Write implements [io.Writer].
func (o *output) Write(b []byte) (int, error) {
	if _, err := o.write(visible(b)); err != nil {
		return 0, err
	}
	return len(b), nil
}

func (o *output) write(b []byte) (int, error) {
	o.any = o.any || len(b) > 0
	n, err := o.f.Write(b)
	if o.err == nil {
		o.err = err
	}
	return n, err
}

// Fd returns the file descriptor, by which libraries recognize a terminal.
func (o *output) Fd() uintptr { return o.f.Fd() }

// close returns the first error of a write.
func (o *output) close() error {
	if err := o.f.Close(); o.any && o.err == nil {
		o.err = err
	}
	return o.err
}

// drawing is an output without escaping, for progress bars.
type drawing struct{ *output }

// Write implements [io.Writer].
func (d drawing) Write(b []byte) (int, error) { return d.write(b) }

func draws(w io.Writer) io.Writer {
	if o, ok := w.(*output); ok {
		return drawing{o}
	}
	return w
}

// visible escapes control characters other than line feeds and tabs, as \u001b, which is
// valid in JSON too, and bytes that are not UTF-8, as \x9b.
func visible(b []byte) []byte {
	var out []byte // nil until something is changed
	for i := 0; i < len(b); {
		r, size := utf8.DecodeRune(b[i:])
		bad := r == utf8.RuneError && size == 1
		if bad || acts(r) {
			if out == nil {
				out = append(make([]byte, 0, len(b)+16), b[:i]...)
			}
			if bad {
				out = fmt.Appendf(out, `\x%02x`, b[i])
			} else {
				out = fmt.Appendf(out, `\u%04x`, r)
			}
		} else if out != nil {
			out = append(out, b[i:i+size]...)
		}
		i += size
	}
	if out == nil {
		return b
	}
	return out
}

// acts reports whether a character controls a terminal or the direction of text.
func acts(r rune) bool {
	if r < utf8.RuneSelf {
		return (r < ' ' && r != '\n' && r != '\t') || r == 0x7f
	}
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029'
}
