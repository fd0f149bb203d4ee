// SPDX-License-Identifier: MIT

package transforms

import (
	"errors"
	"fmt"

	"github.com/stheno-go/stheno/internal/absent"
)

// ErrArgument is wrapped by errors about how a transform was made. [Check] finds them
// before the first image.
var ErrArgument = errors.New("bad argument")

// argumentError names the transform and says what is wrong.
type argumentError struct{ transform, text string }

func (e *argumentError) Error() string { return "transforms: " + e.transform + ": " + e.text }
func (e *argumentError) Unwrap() error { return ErrArgument }

// checked is embedded by transforms that can be made wrongly.
type checked struct{ err error }

// Check returns what is wrong with the arguments.
func (c checked) Check() error { return c.err }

// wrong notes an argument; the first counts.
func (c *checked) wrong(transform, format string, args ...any) {
	if c.err == nil {
		c.err = &argumentError{transform, fmt.Sprintf(format, args...)}
	}
}

func (c *checked) probability(transform string, p float64) {
	if !(p >= 0 && p <= 1) {
		c.wrong(transform, "probability p should be between 0 and 1, not %g", p)
	}
}

func (c *checked) size(transform string, h, w int) {
	if h <= 0 || w <= 0 {
		c.wrong(transform, "size (%d, %d) should be positive", h, w)
	} else if !fits(w, h) {
		c.wrong(transform, "size (%d, %d) is too large", h, w)
	}
}

// Check returns what is wrong with the arguments of t, of all transforms in it. Who
// makes a transform of their own may give it a method Check() error to take part.
func Check(t Transform) error {
	if _, ok := t.(Lambda); absent.Is(t) && !ok { // a Lambda says by itself that it is nil
		return &argumentError{"check", "transform is nil"}
	}
	if c, ok := t.(interface{ Check() error }); ok {
		return c.Check()
	}
	return nil
}

// checkAll joins what is wrong with each.
func checkAll(list []Transform) error {
	var errs []error
	for _, t := range list {
		if err := Check(t); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// bytesOf returns an error unless img holds 8-bit pixels.
func bytesOf(img *Image, transform string) error {
	if err := img.check(); err != nil {
		return err
	}
	if img.float {
		return fmt.Errorf("transforms: %s: image holds floats: put it before ToTensor", transform)
	}
	return nil
}

// colorsOf returns an error unless img holds grey or RGB 8-bit pixels.
func colorsOf(img *Image, transform string) error {
	if err := bytesOf(img, transform); err != nil {
		return err
	}
	if img.channels != 1 && img.channels != 3 {
		return fmt.Errorf("transforms: %s: image has %d channels, wanted 1 (grey) or 3 (RGB)", transform, img.channels)
	}
	return nil
}

// fillOf returns the fill of each channel of an 8-bit image.
func fillOf(v []float32, img *Image, transform string) (bytes [maxChannels]uint8, err error) {
	if len(v) == 0 {
		return bytes, nil
	}
	all, err := perChannel(transform, "fill", v, img.channels)
	if err != nil {
		return bytes, err
	}
	for c, v := range all[:img.channels] {
		if !(v >= 0 && v <= 255) {
			return bytes, fmt.Errorf("transforms: %s: fill %g should be between 0 and 255", transform, v)
		}
		bytes[c] = uint8(v)
	}
	return bytes, nil
}
