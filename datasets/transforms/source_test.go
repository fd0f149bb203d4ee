// SPDX-License-Identifier: MIT

package transforms

import (
	"errors"
	"image"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// slopeSource is the picture of slope; it gives more than it is asked for.
type slopeSource struct {
	margin int
	asked  []image.Rectangle
	err    error
}

func (s *slopeSource) Part(r image.Rectangle) image.Rectangle {
	s.asked = append(s.asked, r)
	return r.Inset(-s.margin).Intersect(image.Rect(0, 0, 15, 12))
}

func (s *slopeSource) Decode(dst []uint8, part image.Rectangle) error {
	var img Image
	slope(&img)
	img.crop(rect{part.Min.X, part.Min.Y, part.Dx(), part.Dy()})
	copy(dst, img.Pixels())
	return s.err
}

// TestDeferred checks that decoding late, or only a part, gives the same result.
func TestDeferred(t *testing.T) {
	var a, b Image
	cases := randomCases()
	cases["crops"] = Compose{RandomCrop(9, 3), RandomResizedCrop(5), RandomHorizontalFlip(0.5)}
	cases["center"] = Compose{CenterCrop(20), RandomCrop(6, 0), RandomVerticalFlip(0.5), ToTensor()}
	cases["fills"] = Compose{Pad(2, Fill(3)), Pad(2, Fill(5)), CenterCrop(14)}
	cases["edge"] = Compose{CenterCrop(5), Pad(2, Edge)}
	cases["nothing"] = Compose{Pad(30), RandomCrop(3, 0)}
	cases["float"] = Compose{RandomCrop(7, 1), ToTensor(), step(func(img *Image) error { img.Floats(); return nil }), RandomCrop(5, 1)}
	for name, transform := range cases {
		for seed := range uint64(12) {
			source := &slopeSource{margin: int(seed % 4)}
			slope(&a)
			require.NoError(t, transform.Apply(&a, rand.New(rand.NewPCG(seed, 3))))
			b.Defer(15, 12, 3, source)
			require.NoError(t, transform.Apply(&b, rand.New(rand.NewPCG(seed, 3))), name)
			require.NoError(t, b.Load())
			require.Equal(t, numbers(&a), numbers(&b), name)
			assert.Len(t, source.asked, 1, name)
		}
	}
}

// TestDeferredPart checks that crops decode only the remaining part.
func TestDeferredPart(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, c := range []struct {
		t    Transform
		want image.Rectangle
	}{
		{CenterCrop(4), image.Rect(6, 4, 10, 8)},
		{Compose{CenterCrop(8, Width(7)), CenterCrop(4, Width(3))}, image.Rect(6, 4, 9, 8)},
		{Compose{CenterCrop(40), CenterCrop(4)}, image.Rect(6, 4, 10, 8)},
		{RandomHorizontalFlip(0), image.Rect(0, 0, 15, 12)},
		{RandomResizedCrop(3, Scale(1, 1), Ratio(1, 1)), image.Rect(1, 0, 13, 12)},
		{Compose{ToTensor(), CenterCrop(4)}, image.Rect(0, 0, 15, 12)},
	} {
		var img Image
		source := &slopeSource{}
		img.Defer(15, 12, 3, source)
		require.NoError(t, c.t.Apply(&img, r))
		require.NoError(t, img.Load())
		assert.Equal(t, []image.Rectangle{c.want}, source.asked)
	}
}

func TestDeferredError(t *testing.T) {
	broken := errors.New("broken")
	r := rand.New(rand.NewPCG(1, 2))
	for name, transform := range randomCases() {
		var img Image
		img.Defer(15, 12, 3, &slopeSource{err: broken})
		err := transform.Apply(&img, r)
		if err == nil { // pixels were not wanted
			err = img.Load()
		}
		require.ErrorIs(t, err, broken, name)
		require.ErrorIs(t, img.Load(), broken, "it stays")
		require.ErrorIs(t, img.CopyBytes(make([]uint8, 10)), broken)
		slope(&img)
		require.NoError(t, img.Load(), "another picture")
	}
	var img Image
	img.Defer(1<<20, 1<<20, 3, &slopeSource{})
	require.ErrorContains(t, ToTensor().Apply(&img, r), "image has no pixels")
}
