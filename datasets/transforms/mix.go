// SPDX-License-Identifier: MIT

package transforms

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// Batch is the memory of n images and of their targets, for transforms that mix images.
type Batch struct {
	X                       []float32 // (N, Channels, Height, Width)
	Y                       []float32 // (N, Classes), one-hot or already mixed
	N                       int
	Channels, Height, Width int
	Classes                 int
}

func (b Batch) check(transform string) error {
	if b.N <= 0 || b.Channels <= 0 || b.Height <= 0 || b.Width <= 0 || b.Classes <= 0 ||
		len(b.X) != b.N*b.Channels*b.Height*b.Width || len(b.Y) != b.N*b.Classes {
		return fmt.Errorf("transforms: %s: batch has %d pixels and %d targets, shapes (%d, %d, %d, %d) and (%d, %d)",
			transform, len(b.X), len(b.Y), b.N, b.Channels, b.Height, b.Width, b.N, b.Classes)
	}
	return nil
}

// BatchTransform changes a batch in place.
type BatchTransform interface {
	ApplyBatch(b Batch, r *rand.Rand) error
}

// MixUp replaces each image by lambda times the image plus 1 - lambda times the previous one, and
// the targets likewise. Lambda is drawn from Beta(Alpha, Alpha) for each batch. See arXiv
// 1710.09412.
type MixUp struct {
	Alpha *float64 // positive; nil: 1
}

// Check returns an error if Alpha is invalid.
func (m MixUp) Check() error { return checkAlpha("mixup", m.Alpha) }

// ApplyBatch implements [BatchTransform].
func (m MixUp) ApplyBatch(b Batch, r *rand.Rand) error {
	if err := m.Check(); err != nil {
		return err
	}
	if err := b.check("mixup"); err != nil {
		return err
	}
	lambda := beta(alphaOf(m.Alpha), r)
	mixBefore(b.X, b.N, lambda)
	mixBefore(b.Y, b.N, lambda)
	return nil
}

// CutMix replaces a rectangle at a random position of each image by that of the previous one, and
// mixes the targets in proportion to the areas. The area is 1 - lambda of the image, clipped at the
// edges, with lambda from Beta(Alpha, Alpha). See arXiv 1905.04899.
type CutMix struct {
	Alpha *float64 // positive; nil: 1
}

// Check returns an error if Alpha is invalid.
func (m CutMix) Check() error { return checkAlpha("cutmix", m.Alpha) }

// ApplyBatch implements [BatchTransform].
func (m CutMix) ApplyBatch(b Batch, r *rand.Rand) error {
	if err := m.Check(); err != nil {
		return err
	}
	if err := b.check("cutmix"); err != nil {
		return err
	}
	half := 0.5 * math.Sqrt(1-beta(alphaOf(m.Alpha), r))
	x, y := r.IntN(b.Width), r.IntN(b.Height)
	w, h := int(half*float64(b.Width)), int(half*float64(b.Height))
	left, right := max(x-w, 0), min(x+w, b.Width)
	top, bottom := max(y-h, 0), min(y+h, b.Height)
	size := b.Channels * b.Height * b.Width
	for c := range b.Channels {
		for y := top; y < bottom; y++ {
			at := (c*b.Height+y)*b.Width + left
			rows(b.X, b.N, size, at, right-left, func(row, before []float32) { copy(row, before) })
		}
	}
	area := float64(b.Width * b.Height)
	mixBefore(b.Y, b.N, 1-float64((right-left)*(bottom-top))/area)
	return nil
}

func alphaOf(alpha *float64) float64 {
	if alpha == nil {
		return 1
	}
	return *alpha
}

func checkAlpha(transform string, given *float64) error {
	if alpha := alphaOf(given); !(alpha > 0 && alpha <= math.MaxFloat64) {
		return &argumentError{transform, fmt.Sprintf("alpha %g should be positive", alpha)}
	}
	return nil
}

// mixBefore replaces each of n rows by lambda times itself plus 1 - lambda times the previous one.
func mixBefore(v []float32, n int, lambda float64) {
	own, other := float32(lambda), float32(1-lambda)
	size := len(v) / n
	rows(v, n, size, 0, size, func(row, before []float32) {
		for i, v := range before {
			row[i] = float32(v*other) + float32(row[i]*own)
		}
	})
}

// rows calls f with length elements from at of each of n rows and of the original previous row,
// which for the first row is the last.
func rows(v []float32, n, size, at, length int, f func(row, before []float32)) {
	var last [512]float32
	for length > 0 {
		part := min(length, len(last))
		copy(last[:part], v[(n-1)*size+at:])
		for i := n - 1; i > 0; i-- {
			f(v[i*size+at:][:part], v[(i-1)*size+at:][:part])
		}
		f(v[at:][:part], last[:part])
		at += part
		length -= part
	}
}

// beta draws from Beta(alpha, alpha), where an alpha of 0 stands for 1.
func beta(alpha float64, r *rand.Rand) float64 {
	switch {
	case alpha == 1:
		return r.Float64()
	case alpha > 1:
		x, y := gamma(alpha, r), gamma(alpha, r)
		return x / (x + y)
	}
	// Jöhnk's method, with logarithms, since powers underflow for a small alpha.
	for {
		x, y := math.Log(r.Float64())/alpha, math.Log(r.Float64())/alpha
		if high := max(x, y); high+math.Log(math.Exp(x-high)+math.Exp(y-high)) <= 0 {
			return 1 / (1 + math.Exp(y-x))
		}
	}
}

// gamma draws from Gamma(alpha, 1), alpha > 1, by Marsaglia and Tsang's method.
func gamma(alpha float64, r *rand.Rand) float64 {
	d := alpha - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		x := r.NormFloat64()
		v := 1 + c*x
		if v <= 0 {
			continue
		}
		v = v * v * v
		if math.Log(r.Float64()) < 0.5*x*x+d-d*v+d*math.Log(v) {
			return d * v
		}
	}
}
