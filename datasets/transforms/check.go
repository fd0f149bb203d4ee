// SPDX-License-Identifier: MIT

package transforms

import (
	"errors"
	"fmt"

	"github.com/stheno-go/stheno/internal/absent"
)

// ErrArgument is wrapped by errors about the arguments of a transform. [Check] returns them before
// the first image.
var ErrArgument = errors.New("bad argument")

// argumentError is an error about the arguments of a transform.
type argumentError struct{ transform, text string }

func (e *argumentError) Error() string { return "transforms: " + e.transform + ": " + e.text }
func (e *argumentError) Unwrap() error { return ErrArgument }

// checked is embedded in transforms with arguments that may be invalid.
type checked struct{ err error }

// Check returns the first error in the arguments.
func (c checked) Check() error { return c.err }

// wrong records an error; only the first is kept.
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

// Check returns the errors in the arguments of t and of all transforms in it. A custom transform can
// implement Check() error to be included.
func Check(t Transform) error {
	if _, ok := t.(Lambda); absent.Is(t) && !ok { // the Check of a Lambda handles nil
		return &argumentError{"check", "transform is nil"}
	}
	if c, ok := t.(interface{ Check() error }); ok {
		return c.Check()
	}
	return nil
}

// checkAll joins the errors of all transforms.
func checkAll(list []Transform) error {
	var errs []error
	for _, t := range list {
		if err := Check(t); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// bytesOf returns an error unless img has 8-bit pixels.
func bytesOf(img *Image, transform string) error {
	if err := img.check(); err != nil {
		return err
	}
	if img.float {
		return fmt.Errorf("transforms: %s: image has float pixels: put this transform before ToTensor", transform)
	}
	return nil
}

// colorsOf returns an error unless img has grey or RGB 8-bit pixels.
func colorsOf(img *Image, transform string) error {
	if err := bytesOf(img, transform); err != nil {
		return err
	}
	if img.channels != 1 && img.channels != 3 {
		return fmt.Errorf("transforms: %s: image has %d channels, expects 1 (grey) or 3 (RGB)", transform, img.channels)
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
