// SPDX-License-Identifier: MIT

package transforms

import (
	"fmt"
	"math/rand/v2"

	"github.com/stheno-go/stheno/internal/absent"
)

type pad struct {
	checked
	settings
}

// Pad returns a transform that pads each side of the image by padding pixels. Options are [Sides],
// [Fill] and a [PaddingMode], by default Constant.
func Pad(padding int, opts ...PadOption) Transform {
	t := pad{settings: settings{sides: [4]int{padding, padding, padding, padding}}}
	for _, o := range opts {
		if !absent.Is(o) {
			o.applyPad(&t.settings)
		}
	}
	t.padding("pad", t.sides, t.mode)
	return t
}

func (c *checked) padding(transform string, s [4]int, m PaddingMode) {
	for _, p := range s {
		if p < 0 || p > 1<<20 {
			c.wrong(transform, "padding %d should be between 0 and %d; to reduce an image use a crop", p, 1<<20)
		}
	}
	if m < Constant || m > Symmetric {
		c.wrong(transform, "Padding mode should be either constant, edge, reflect or symmetric")
	}
}

func (t pad) Apply(img *Image, _ *rand.Rand) error {
	if t.err != nil {
		return t.err
	}
	if err := img.sized(); err != nil {
		return err
	}
	return img.pad("pad", t.sides, t.fill, t.mode)
}

func (img *Image) pad(transform string, s [4]int, fill []float32, m PaddingMode) error {
	w, h := img.width+s[0]+s[2], img.height+s[1]+s[3]
	if !fits(w, h) {
		return fmt.Errorf("transforms: %s: an image of size (%d, %d) with padding %v is too large", transform, img.height, img.width, s)
	}
	if !img.float && m == Constant {
		bytes, err := fillOf(fill, img, transform)
		if err != nil {
			return err
		}
		img.surround(s[0], s[1], s[2], s[3], bytes)
		return nil
	}
	if err := img.load(); err != nil {
		return err
	}
	if img.float {
		img.flattenFloats()
	} else {
		img.flatten()
	}
	columns := sourceOf(&img.work.columns, img.width, s[0], w, m)
	rows := sourceOf(&img.work.rows, img.height, s[1], h, m)
	if !img.float {
		img.spare = growPixels(img.spare, w*h*img.channels)
		gather(img.spare, img.pix, columns, rows, img.width, img.channels, [maxChannels]uint8{})
		img.pix, img.spare = img.spare, img.pix
		img.whole(w, h)
		return nil
	}
	values := [maxChannels]float32{}
	if len(fill) > 0 {
		var err error
		if values, err = perChannel(transform, "fill", fill, img.channels); err != nil {
			return err
		}
	}
	img.next = grow(img.next, w*h*img.channels)
	for c := range img.channels {
		gather(img.next[c*w*h:], img.real[c*img.area:], columns, rows, img.width, 1, [maxChannels]float32{values[c]})
	}
	img.real, img.next = img.next, img.real
	img.area = w * h
	img.whole(w, h)
	return nil
}

// sourceOf returns the index of the source of each of n pixels along one dimension, in the memory of
// where; -1 is the fill. Padding larger than the image is handled as in NumPy.
func sourceOf(where *[]int32, size, before, n int, m PaddingMode) []int32 {
	*where = grow(*where, n)
	for i := range *where {
		at := i - before
		switch {
		case at >= 0 && at < size:
		case m == Constant:
			at = -1
		case m == Edge || size == 1:
			at = min(max(at, 0), size-1)
		case m == Reflect:
			period := 2 * (size - 1)
			at = ((at % period) + period) % period
			at = min(at, period-at)
		default:
			period := 2 * size
			at = ((at % period) + period) % period
			at = min(at, period-1-at)
		}
		(*where)[i] = int32(at)
	}
	return *where
}

// gather copies pixels of src, an image of width w with n interleaved channels.
func gather[T any](dst, src []T, columns, rows []int32, w, n int, fill [maxChannels]T) {
	for _, y := range rows {
		for _, x := range columns {
			if x < 0 || y < 0 {
				copy(dst[:n], fill[:n])
			} else {
				copy(dst[:n], src[(int(y)*w+int(x))*n:])
			}
			dst = dst[n:]
		}
	}
}
