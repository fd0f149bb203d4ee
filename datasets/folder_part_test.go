// SPDX-License-Identifier: MIT

package datasets_test

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno/datasets"
	"github.com/stheno-go/stheno/datasets/transforms"
	"github.com/stheno-go/stheno/internal/codec/picture"
)

// TestFolderDecodesParts checks that crops give the same pixels whether all of a picture or only the
// part is decoded.
func TestFolderDecodesParts(t *testing.T) {
	defer picture.UseGoForJPEG(picture.UseGoForJPEG(true))
	m := image.NewNRGBA(image.Rect(0, 0, 90, 70))
	for i := range 90 * 70 {
		x, y := i%90, i/90
		m.Set(x, y, color.NRGBA{uint8(x * y), uint8(3*x + 40*(y/9%2)), uint8(255 - 2*y), 255})
	}
	var file bytes.Buffer
	require.NoError(t, jpeg.Encode(&file, m, nil))
	files := fstest.MapFS{"a/x.jpg": {Data: file.Bytes()}, "a/broken.jpg": {Data: file.Bytes()[:file.Len()/2]}}
	crop := transforms.Compose{transforms.RandomResizedCrop(24), transforms.RandomHorizontalFlip(0.5)}
	parts, err := datasets.NewImageFolderFS(files, datasets.ImageFolderConfig{Transform: crop})
	require.NoError(t, err)
	whole, err := datasets.NewImageFolderFS(files, datasets.ImageFolderConfig{})
	require.NoError(t, err)
	then, err := datasets.WithTransform(whole, crop)
	require.NoError(t, err)
	for seed := range uint64(20) {
		a, err := parts.At(1, rand.New(rand.NewPCG(seed, 1)))
		require.NoError(t, err)
		b, err := then.At(1, rand.New(rand.NewPCG(seed, 1)))
		require.NoError(t, err)
		require.Equal(t, b.X.Floats(), a.X.Floats())
	}
	for _, d := range []datasets.Dataset{parts, then} {
		_, err = d.At(0, rand.New(rand.NewPCG(1, 1)))
		var at *fs.PathError
		require.ErrorAs(t, err, &at)
		assert.Equal(t, "a/broken.jpg", at.Path)
		assert.Equal(t, "decode", at.Op)
		assert.ErrorContains(t, err, "truncated")
	}
	small, err := datasets.NewImageFolderFS(files, datasets.ImageFolderConfig{Transform: transforms.RandomCrop(100, 0)})
	require.NoError(t, err)
	_, err = small.At(1, rand.New(rand.NewPCG(1, 1)))
	require.EqualError(t, err, "transform a/x.jpg: transforms: random crop: Required crop size (100, 100) is larger than input image size (70, 90)")
}

// TestPictureAllocates checks that reading a picture from disk allocates almost nothing.
func TestPictureAllocates(t *testing.T) {
	root := t.TempDir()
	var file bytes.Buffer
	require.NoError(t, jpeg.Encode(&file, image.NewRGBA(image.Rect(0, 0, 8, 8)), nil))
	require.NoError(t, os.Mkdir(filepath.Join(root, "a"), 0o777))
	require.NoError(t, os.WriteFile(filepath.Join(root, "a", "x.jpg"), file.Bytes(), 0o666))
	mean := [3]float32{0.5, 0.5, 0.5}
	d, err := datasets.NewImageFolder(root, datasets.ImageFolderConfig{Transform: transforms.Compose{
		transforms.RandomCrop(8, 2), transforms.RandomHorizontalFlip(0.5), transforms.ToTensor(), transforms.Normalize(mean, mean)}})
	require.NoError(t, err)
	var img transforms.Image
	r := rand.New(rand.NewPCG(1, 2))
	dst := make([]float32, 3*8*8)
	allocs := testing.AllocsPerRun(100, func() {
		_, err := d.Picture(0, &img, r)
		require.NoError(t, err)
		require.NoError(t, img.CopyTo(dst))
	})
	if !raceEnabled() { // a sync.Pool then drops some of what it is given
		assert.LessOrEqual(t, allocs, 4.0)
	}
}
