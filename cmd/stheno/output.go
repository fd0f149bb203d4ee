// SPDX-License-Identifier: MIT

package main

import (
	"fmt"
	"io"
	"os"
	"unicode"
	"unicode/utf8"
)

// output writes text to a file, which may be a terminal: names of files and classes, which
// anybody may have chosen, cannot make it do anything but show them. It remembers the first
// error, which those who print do not look at.
type output struct {
	f   *os.File
	err error
	any bool // something was written
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

// Fd lets others find out about the terminal.
func (o *output) Fd() uintptr { return o.f.Fd() }

// close returns what went wrong with what was written.
func (o *output) close() error {
	if err := o.f.Close(); o.any && o.err == nil {
		o.err = err
	}
	return o.err
}

// drawing is an output for who moves the cursor of a terminal and shows no names.
type drawing struct{ *output }

// Write implements [io.Writer].
func (d drawing) Write(b []byte) (int, error) { return d.write(b) }

func draws(w io.Writer) io.Writer {
	if o, ok := w.(*output); ok {
		return drawing{o}
	}
	return w
}

// visible returns text in which characters that do not show but do something, other than
// line feeds and tabs, are written as \u001b, in JSON too, and bytes that are no UTF-8 as
// \x9b.
func visible(b []byte) []byte {
	var out []byte // nil as long as nothing is changed
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

// acts reports whether a character steers a terminal or the direction of the text.
func acts(r rune) bool {
	if r < utf8.RuneSelf {
		return (r < ' ' && r != '\n' && r != '\t') || r == 0x7f
	}
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029'
}
