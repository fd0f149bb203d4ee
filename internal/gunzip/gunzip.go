// SPDX-License-Identifier: MIT

// Package gunzip reads files that may be compressed with gzip.
package gunzip

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"io"
)

// Reader returns what r holds, uncompressed if it begins as gzip does.
func Reader(r io.Reader) (*bufio.Reader, error) {
	b := bufio.NewReader(r)
	if start, _ := b.Peek(2); !bytes.Equal(start, []byte{0x1f, 0x8b}) {
		return b, nil
	}
	z, err := gzip.NewReader(b)
	if err != nil {
		return nil, err
	}
	return bufio.NewReader(z), nil
}
