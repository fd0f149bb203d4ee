// SPDX-License-Identifier: MIT

package picture

import (
	"errors"
	"fmt"
	"io"
)

// ErrFormat says that the bytes are none of the formats that this package reads.
var ErrFormat = errors.New("picture: unknown format")

// DecodeError says that a file is broken, or has what its decoder does not read.
type DecodeError struct {
	Format string // "jpeg", "png", ...
	Err    error
}

func (e *DecodeError) Error() string {
	err := e.Err
	if errors.Is(err, io.ErrUnexpectedEOF) || err == io.EOF {
		err = errTruncated
	}
	return fmt.Sprintf("picture: %s: %v", e.Format, err)
}

func (e *DecodeError) Unwrap() error { return e.Err }

// LimitError says that a picture is larger than the caller allows.
type LimitError struct {
	Format        string
	Width, Height int
	Limit         Limit // the defaults filled in
}

func (e *LimitError) Error() string {
	if e.Width > e.Limit.Side || e.Height > e.Limit.Side {
		return fmt.Sprintf("picture: %s: the picture is %dx%d, a side is longer than the limit of %d pixels",
			e.Format, e.Width, e.Height, e.Limit.Side)
	}
	return fmt.Sprintf("picture: %s: the picture is %dx%d = %d pixels, more than the limit of %d; it could be a decompression bomb",
		e.Format, e.Width, e.Height, int64(e.Width)*int64(e.Height), e.Limit.Pixels)
}

var errTruncated = errors.New("image file is truncated")

// guard makes an error of a panic in a decoder that is not ours.
func guard(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("the decoder panicked: %v", p)
	}
}
