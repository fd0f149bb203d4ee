// SPDX-License-Identifier: MIT

package datasets_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io/fs"
	"math/rand/v2"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/datasets"
	"github.com/stheno-go/stheno/datasets/transforms"
)

// pngOf returns a PNG of w by h pixels of one colour.
func pngOf(t testing.TB, w, h int, c color.Color) []byte {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.Set(x, y, c)
		}
	}
	var out bytes.Buffer
	require.NoError(t, png.Encode(&out, m))
	return out.Bytes()
}

// album is an image folder of two classes, n pictures each; picture i has the colour (i,
// class, 7).
func album(t testing.TB, n int) fstest.MapFS {
	m := fstest.MapFS{}
	for class, name := range []string{"cat", "dog"} {
		for i := range n {
			m[fmt.Sprintf("%s/%03d.png", name, i)] = &fstest.MapFile{Data: pngOf(t, 4, 3, color.NRGBA{uint8(i), uint8(class), 7, 255})}
		}
	}
	return m
}

func TestImageFolderReads(t *testing.T) {
	files := album(t, 2)
	files["dog/alpha.png"] = &fstest.MapFile{Data: pngOf(t, 4, 3, color.NRGBA{100, 101, 102, 100})}
	d, err := datasets.NewImageFolderFS(files, datasets.ImageFolderConfig{})
	require.NoError(t, err)
	require.Equal(t, []string{"cat", "dog"}, d.Classes)
	require.Equal(t, map[string]int{"cat": 0, "dog": 1}, d.ClassToIndex)
	require.Equal(t, []int{0, 0, 1, 1, 1}, d.Targets())
	require.Equal(t, datasets.FolderSample{Path: "dog/alpha.png", Class: 1}, d.Samples[4])
	for i, want := range [][3]uint8{{0, 0, 7}, {1, 0, 7}, {0, 1, 7}, {1, 1, 7}, {100, 101, 102}} {
		s, err := d.At(i, nil)
		require.NoError(t, err)
		require.Equal(t, stheno.Shape{3, 3, 4}, s.X.Shape())
		x, err := stheno.Data[uint8](s.X)
		require.NoError(t, err)
		for c := range want {
			require.Equal(t, bytes.Repeat(want[c:c+1], 12), x[12*c:][:12])
		}
		y, err := stheno.Data[int64](s.Y)
		require.NoError(t, err)
		require.Equal(t, []int64{int64(d.Samples[i].Class)}, y)
	}
}

func TestFolderTransforms(t *testing.T) {
	d, err := datasets.NewImageFolderFS(album(t, 2), datasets.ImageFolderConfig{
		Transform:       transforms.Compose{transforms.CenterCrop(2), transforms.ToTensor()},
		TargetTransform: func(class int) int { return 10 + class },
	})
	require.NoError(t, err)
	require.Equal(t, []int{0, 0, 1, 1}, d.Targets(), "before TargetTransform")
	s, err := d.At(3, nil)
	require.NoError(t, err)
	x, err := stheno.Data[float32](s.X)
	require.NoError(t, err)
	require.Equal(t, stheno.Shape{3, 2, 2}, s.X.Shape())
	require.Equal(t, float32(7)/255, x[8])
	require.Equal(t, []float64{11}, s.Y.Floats())
	fail := transforms.Lambda(func(*transforms.Image, *rand.Rand) error { return errors.New("too dark") })
	d, err = datasets.NewImageFolderFS(album(t, 2), datasets.ImageFolderConfig{Transform: fail})
	require.NoError(t, err)
	_, err = d.At(2, nil)
	require.EqualError(t, err, "transform dog/000.png: too dark")
}

func TestDatasetFolderReads(t *testing.T) {
	files := fstest.MapFS{"a/1.txt": {Data: []byte("one")}, "b/2.TXT": {Data: []byte("seven")}, "b/bad.txt": {Data: []byte("!")}, "b/none.txt": {}}
	d, err := datasets.NewDatasetFolderFS(files, datasets.DatasetFolderConfig{
		Extensions: []string{".txt"},
		Loader: func(path string, data []byte) (*stheno.Tensor, error) {
			switch {
			case string(data) == "!":
				return nil, errors.New("shouting")
			case len(data) == 0:
				return nil, nil
			}
			return stheno.ScalarOf(float64(len(data))), nil
		},
		Transform: func(x *stheno.Tensor, _ *rand.Rand) (*stheno.Tensor, error) {
			if x == nil {
				return nil, nil
			}
			return stheno.ScalarOf(2 * x.Floats()[0]), nil
		},
		TargetTransform: func(class int) int { return -class },
		MaxBytes:        5,
	})
	require.NoError(t, err)
	require.Equal(t, []int{0, 1, 1, 1}, d.Targets())
	s, err := d.At(1, nil)
	require.NoError(t, err)
	require.Equal(t, []float64{10}, s.X.Floats())
	require.Equal(t, []float64{-1}, s.Y.Floats())
	for i, want := range map[int]string{2: "decode b/bad.txt: shouting", 3: "decode b/none.txt: loader returned no tensor", 4: "datasets: index 4 is out of range for 4 samples", -1: "index -1 is out of range"} {
		_, err = d.At(i, nil)
		require.ErrorContains(t, err, want)
	}
	files["a/1.txt"].Data = []byte("longer")
	_, err = d.At(0, nil)
	require.EqualError(t, err, "read a/1.txt: the file is larger than the limit of 5 bytes")
}

// Errors of a Loader name the index and the file.
func TestCorruptFiles(t *testing.T) {
	files := album(t, 4)
	files["cat/002.png"].Data = []byte("not a picture")
	files["dog/001.png"].Data = files["dog/001.png"].Data[:40]
	d, err := datasets.NewImageFolderFS(files, datasets.ImageFolderConfig{MaxPixels: 12, Transform: transforms.ToTensor()})
	require.NoError(t, err)
	delete(files, "dog/003.png") // since the scan
	files["dog/000.png"].Data = pngOf(t, 4, 4, color.Black)

	_, err = epoch(&datasets.Loader{Dataset: d, BatchSize: 3, Workers: new(2)})
	var sample *datasets.SampleError
	require.ErrorAs(t, err, &sample)
	require.Equal(t, 2, sample.Index)
	require.Equal(t, "cat/002.png", sample.Path)
	require.ErrorContains(t, err, "datasets: sample 2: decode cat/002.png: picture: unknown format")

	l := &datasets.Loader{Dataset: d, BatchSize: 3, Workers: new(2), SkipCorrupt: true}
	all, err := epoch(l)
	require.NoError(t, err)
	require.Equal(t, []int{0, 1, 3, 6}, indices(all))
	var got []string
	for _, e := range l.Skipped() {
		got = append(got, e.Path)
	}
	require.Equal(t, []string{"cat/002.png", "dog/000.png", "dog/001.png", "dog/003.png"}, got)
	require.ErrorContains(t, l.Skipped()[1], "4x4 = 16 pixels, more than the limit of 12")
	require.ErrorContains(t, l.Skipped()[2], "truncated")
	require.ErrorIs(t, l.Skipped()[3], fs.ErrNotExist)
}

func TestFolderIsRandomByEpochOnly(t *testing.T) {
	d, err := datasets.NewImageFolderFS(album(t, 6), datasets.ImageFolderConfig{
		Transform: transforms.Compose{transforms.RandomCrop(4, 2), transforms.RandomHorizontalFlip(0.5), transforms.ToTensor()},
	})
	require.NoError(t, err)
	var want [][]drawn
	for _, workers := range []int{0, 1, 8} {
		l := &datasets.Loader{Dataset: d, BatchSize: 5, Shuffle: true, Seed: 2, Workers: new(workers)}
		got := make([][]drawn, 2)
		for e := range got {
			got[e], err = epoch(l)
			require.NoError(t, err)
		}
		if want == nil {
			want = got
		}
		require.Equal(t, want, got)
	}
	require.NotEqual(t, want[0], want[1])
}

func BenchmarkImageFolder(b *testing.B) {
	d, err := datasets.NewImageFolderFS(album(b, 500), datasets.ImageFolderConfig{Transform: transforms.ToTensor()})
	require.NoError(b, err)
	l := &datasets.Loader{Dataset: d, BatchSize: 100}
	for b.Loop() {
		for _, err := range l.All(context.Background()) {
			require.NoError(b, err)
		}
	}
	b.ReportMetric(float64(b.N)*1000/b.Elapsed().Seconds(), "img/s")
}
