// SPDX-License-Identifier: MIT

package fashion_test

import (
	"fmt"
	"hash/crc32"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/datasets"
	"github.com/stheno-go/stheno/datasets/fashion"
	"github.com/stheno-go/stheno/datasets/transforms"
)

const trainSum, testSum = 0xb94b95dd, 0x71c531a2

var classes = []string{"ankle-boot", "bag", "coat", "dress", "pullover", "sandal", "shirt", "sneaker", "t-shirt", "trouser"}

// The checksums are those of Fashion-MNIST's own bytes, image after image, class by class.
func TestImages(t *testing.T) {
	for _, part := range []struct {
		name string
		open func(datasets.ImageFolderConfig) (*datasets.ImageFolder, error)
		each int
		sum  uint32
	}{{"train", fashion.Train, 1000, trainSum}, {"test", fashion.Test, 200, testSum}} {
		t.Run(part.name, func(t *testing.T) {
			d, err := part.open(datasets.ImageFolderConfig{Transform: transforms.Grayscale(1)})
			require.NoError(t, err)
			require.Equal(t, classes, d.Classes)
			require.Equal(t, 10*part.each, d.Len())
			count := make([]int, len(classes))
			for _, class := range d.Targets() {
				count[class]++
			}
			for class := range classes {
				require.Equal(t, part.each, count[class], classes[class])
			}
			sum := crc32.NewIEEE()
			for i := range d.Len() {
				s, err := d.At(i, nil)
				require.NoError(t, err)
				require.Equal(t, stheno.Shape{1, fashion.Side, fashion.Side}, s.X.Shape())
				pixels, err := stheno.Data[uint8](s.X)
				require.NoError(t, err)
				sum.Write(pixels)
			}
			require.Equal(t, part.sum, sum.Sum32(), fmt.Sprintf("0x%08x", sum.Sum32()))
		})
	}
}

func TestCopyToDisk(t *testing.T) {
	files, err := fashion.TestFS()
	require.NoError(t, err)
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, files))
	d, err := datasets.NewImageFolder(dir, datasets.ImageFolderConfig{})
	require.NoError(t, err)
	embedded, err := fashion.Test(datasets.ImageFolderConfig{})
	require.NoError(t, err)
	require.Equal(t, embedded.Targets(), d.Targets())
	want, err := embedded.At(1999, nil)
	require.NoError(t, err)
	got, err := d.At(1999, nil)
	require.NoError(t, err)
	require.Equal(t, pixels(t, want), pixels(t, got))
}

func pixels(t *testing.T, s datasets.Sample) []uint8 {
	p, err := stheno.Data[uint8](s.X)
	require.NoError(t, err)
	return p
}
