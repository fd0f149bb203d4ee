// SPDX-License-Identifier: MIT

package transforms

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/stheno-go/stheno/internal/absent"
)

type gaussianBlur struct {
	checked
	settings
}

// GaussianBlur returns a transform that blurs an image with a Gaussian kernel of size by size pixels,
// or size high and [Width] wide; both must be odd. The standard deviation is random, by default
// between 0.1 and 2 pixels; see [Sigma]. At the edges the image is reflected.
//
// Sums are float32, along rows first, while torch sums over the whole square. A pixel differs only
// if a sum is within about 1e-5 of a half.
func GaussianBlur(size int, opts ...BlurOption) Transform {
	t := gaussianBlur{settings: settings{height: size, width: size, sigma: span{0.1, 2}}}
	for _, o := range opts {
		if !absent.Is(o) {
			o.applyBlur(&t.settings)
		}
	}
	for _, size := range []int{t.width, t.height} {
		if size <= 0 || size%2 == 0 {
			t.wrong("gaussian blur", "Kernel size value should be an odd and positive number, not %d", size)
		}
	}
	if !t.sigma.within(math.SmallestNonzeroFloat64, math.MaxFloat64) {
		t.wrong("gaussian blur", "sigma values should be positive and of the form (min, max), not %v", t.sigma)
	}
	return t
}

func (t gaussianBlur) Apply(img *Image, r *rand.Rand) error {
	if t.err != nil {
		return t.err
	}
	if err := bytesOf(img, "gaussian blur"); err != nil {
		return err
	}
	if t.width/2 >= img.width || t.height/2 >= img.height {
		return fmt.Errorf("transforms: gaussian blur: Padding size should be less than the corresponding input dimension, but kernel size (%d, %d) needs more than (%d, %d) pixels and the image has size (%d, %d)",
			t.height, t.width, t.height/2, t.width/2, img.height, img.width)
	}
	img.blur(t.width, t.height, t.sigma.draw(r))
	return nil
}

// gaussian writes the weights of torch in float32.
func gaussian(weights []float32, sigma float64) {
	half := float32(len(weights)-1) * 0.5
	sum := float32(0)
	for i := range weights {
		x := (float32(i) - half) / float32(sigma)
		weights[i] = float32(math.Exp(float64(-0.5 * float32(x*x))))
		sum += weights[i]
	}
	for i := range weights {
		weights[i] /= sum
	}
}

func (img *Image) blur(wide, high int, sigma float64) {
	img.flatten()
	n, half := img.channels, wide/2
	row := img.width * n
	// Scratch memory: the weights, one row with its reflected ends, one of sums, and all rows after
	// the horizontal blur.
	long := row + 2*half*n
	size := max(wide, high)
	img.work.lines = grow(img.work.lines, size+long+row+img.height*row)
	weights, rest := img.work.lines[:wide], img.work.lines[size:]
	line, rest := rest[:long], rest[long:]
	sums, blurred := rest[:row], rest[row:]
	gaussian(weights, sigma)
	for y := range img.height {
		src := img.pix[y*row:][:row]
		for i, v := range src {
			line[half*n+i] = float32(v)
		}
		for i := range half {
			copy(line[(half-1-i)*n:][:n], line[(half+1+i)*n:][:n])
			copy(line[(half+img.width+i)*n:][:n], line[(half+img.width-2-i)*n:][:n])
		}
		dst := blurred[y*row:][:row]
		clear(dst)
		for k, w := range weights {
			addScaled(dst, line[k*n:], w)
		}
	}
	weights, half = img.work.lines[:high], high/2
	gaussian(weights, sigma)
	rows := sourceOf(&img.work.rows, img.height, half, img.height+2*half, Reflect)
	for y := range img.height {
		clear(sums)
		for k, w := range weights {
			addScaled(sums, blurred[int(rows[y+k])*row:], w)
		}
		dst := img.pix[y*row:][:row]
		for i, v := range sums {
			dst[i] = uint8(min(max(math.RoundToEven(float64(v)), 0), 255))
		}
	}
}

// addScaled adds w times src to dst.
func addScaled(dst, src []float32, w float32) {
	src = src[:len(dst)]
	for i, v := range src {
		dst[i] += w * v
	}
}
