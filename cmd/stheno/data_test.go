// SPDX-License-Identifier: MIT

package main

import (
	"bytes"
	"encoding/json"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// writePNG writes a picture whose left half has one colour and whose right half another.
func writePNG(t *testing.T, path string, w, h int, left, right color.Color) {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.Set(x, y, left)
			if x >= w/2 {
				m.Set(x, y, right)
			}
		}
	}
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, m))
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, b.Bytes(), 0o644))
}

func TestData(t *testing.T) {
	dir := t.TempDir()
	red, grey := color.RGBA{255, 0, 51, 255}, color.RGBA{51, 51, 51, 255}
	writePNG(t, filepath.Join(dir, "train", "a", "1.png"), 30, 20, red, red)
	writePNG(t, filepath.Join(dir, "train", "a", "2.png"), 30, 20, color.Black, color.Black)
	writePNG(t, filepath.Join(dir, "train", "b", "3.png"), 40, 15, red, color.Black)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "train", "b", "4.png"), []byte("no"), 0o644))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "train", "empty"), 0o755))
	writePNG(t, filepath.Join(dir, "val", "a", "1.png"), 10, 10, grey, grey)
	out := filepath.Join(dir, "out")
	text, err := run(t, t.Context(), "data", dir, "--json", "--out", out)
	require.NoError(t, err)
	var got dataReport
	require.NoError(t, json.Unmarshal([]byte(text), &got))
	require.Len(t, got.Parts, 2)
	p := got.Parts[0]
	require.Equal(t, "train", p.Part)
	require.Equal(t, 4, p.Images)
	require.Equal(t, []classCount{{"a", 2}, {"b", 2}, {"empty", 0}}, p.Classes)
	require.Equal(t, []sizeCount{{30, 20, 2}, {40, 15, 1}}, p.Sizes)
	require.False(t, p.Grey)
	// Three pictures of 600 pixels, half of them red: the mean is half of it, so is the deviation.
	for c, want := range []float64{0.5, 0, 0.1} {
		require.InDelta(t, want, p.Mean[c], 1e-12)
		require.InDelta(t, want, p.Std[c], 1e-12)
	}
	require.Len(t, p.Broken, 1)
	require.Equal(t, filepath.Join(dir, "train", "b", "4.png"), p.Broken[0].File)
	require.Contains(t, p.Broken[0].Error, "unknown format")
	require.True(t, got.Parts[1].Grey)
	require.InDelta(t, 0.2, got.Parts[1].Mean[1], 1e-12)
	require.Equal(t, filepath.Join(out, "data.png"), got.Sheet)
	requirePicture(t, got.Sheet)

	text, err = run(t, t.Context(), "data", dir, "--out", out, "--augment", "resized", "--size", "32")
	require.NoError(t, err)
	for _, want := range []string{"train: 4 images, 3 classes\n        2  a\n", "sizes         2 of 30x20\n              1 of 40x15\n",
		"colour  mean 0.5000 0.0000 0.1000  std 0.5000 0.0000 0.1000\n", "broken  1\n", "grey    mean 0.2000  std 0.0000\n"} {
		require.Contains(t, text, want)
	}
	for want, args := range map[string][]string{
		"expects one folder":          {"data", dir, dir},
		"must be at least 1":          {"data", dir, "--size", "-1"},
		"no augmentation \"cut\"":     {"data", dir, "--augment", "cut"},
		filepath.Join(dir, "nothing"): {"data", filepath.Join(dir, "nothing")},
		"find any class folder":       {"data", filepath.Join(dir, "train", "empty")},
	} {
		_, err := run(t, t.Context(), args...)
		require.ErrorContains(t, err, want)
	}
}

func TestDataEmbedded(t *testing.T) {
	out := t.TempDir()
	text, err := run(t, t.Context(), "data", "--out", out)
	require.NoError(t, err)
	require.Contains(t, text, "Fashion-MNIST (embedded)\n\ntrain: 10000 images, 10 classes\n     1000  ankle-boot\n")
	require.Contains(t, text, "test: 2000 images, 10 classes\n")
	require.Contains(t, text, "sizes     10000 of 28x28\ngrey    mean 0.28")
	requirePicture(t, filepath.Join(out, "data.png"))
}
