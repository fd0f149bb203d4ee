// SPDX-License-Identifier: MIT

//go:build unix

package datasets_test

import (
	"image/color"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno/datasets"
)

// TestCacheFileCut checks that truncating, zeroing or overwriting an open file neither crashes the
// process nor changes a pixel.
func TestCacheFileCut(t *testing.T) {
	files := album(t, 40)
	big := pngOf(t, 300, 200, color.NRGBA{9, 8, 7, 255})
	files["cat/zz.png"] = &fstest.MapFile{Data: big}
	d, err := datasets.NewImageFolderFS(files, datasets.ImageFolderConfig{})
	require.NoError(t, err)
	var want [][]float64
	for i := range d.Len() {
		s, err := d.At(i, nil)
		require.NoError(t, err)
		want = append(want, s.X.Floats())
	}
	for _, static := range []bool{false, true} {
		path := filepath.Join(t.TempDir(), "cache")
		c, err := datasets.NewCache(d, datasets.CacheConfig{File: path, Static: static})
		require.NoError(t, err)
		read := func() {
			for i := range c.Len() {
				s, err := c.At(i, nil)
				require.NoError(t, err)
				require.Equal(t, want[i], s.X.Floats(), i)
			}
		}
		read()
		before := c.Stats()
		read()
		require.Equal(t, before.Hits+int64(c.Len()), c.Stats().Hits)
		info, err := os.Stat(path)
		require.NoError(t, err)
		size := info.Size()

		require.NoError(t, os.Truncate(path, 0))
		read()
		read()
		require.NoError(t, os.Truncate(path, 0))
		require.NoError(t, os.Truncate(path, size)) // zeros in the place of pixels
		read()
		require.NoError(t, os.Truncate(path, 70_000))
		read()
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		require.NoError(t, err)
		require.NoError(t, f.Truncate(size))
		junk := make([]byte, 1<<20)
		for i := range junk {
			junk[i] = byte(i)
		}
		for at := int64(0); at < size; at += 1 << 20 {
			_, err := f.WriteAt(junk[:min(1<<20, size-at)], at)
			require.NoError(t, err)
		}
		require.NoError(t, f.Close())
		read()
		require.NoError(t, c.Close())
	}
}
