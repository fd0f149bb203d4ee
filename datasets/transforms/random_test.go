// SPDX-License-Identifier: MIT

package transforms

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"sort"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// point of a distribution function: x, and the share of what is at most x.
type point [2]float64

// slope fills img with the picture of testdata/gen_random.py.
func slope(img *Image) {
	const w, h = 15, 12
	pix := img.Reset(w, h, 3)
	for i := range w * h {
		x, y := i%w, i/w
		copy(pix[3*i:], []uint8{uint8(20 + 15*x), uint8(10 + 20*y), uint8(250 - 7*x - 9*y)})
	}
}

func recolor(channel int) Transform {
	return step(func(img *Image) error {
		pix := img.Pixels()
		for i := channel; i < len(pix); i += 3 {
			pix[i] = 255 - pix[i]
		}
		return nil
	})
}

// shift moves all columns but the last one to the left.
func shift(img *Image) error {
	_, h, w := img.Shape()
	pix := img.Pixels()
	for y := range h {
		copy(pix[3*w*y:3*w*(y+1)-3], pix[3*w*y+3:])
	}
	return nil
}

func randomCases() map[string]Transform {
	return map[string]Transform{
		"crop":               RandomCrop(8, 2),
		"crop/needed":        RandomCrop(20, 0, Width(9), PadIfNeeded(), Fill(1)),
		"resizedcrop":        RandomResizedCrop(7, Width(9)),
		"resizedcrop/wide":   RandomResizedCrop(7, Width(9), Scale(0.1, 0.5), Ratio(0.3, 3)),
		"resizedcrop/middle": RandomResizedCrop(7, Width(9), Scale(0.5, 0.9), Ratio(3, 9)),
		"flip":               Compose{RandomHorizontalFlip(0.3), RandomVerticalFlip(0.6)},
		"jitter":             ColorJitter(0.4, 0.3, 0.7, 0.2),
		"jitter/ranges":      ColorJitter(0, 0, 0, 0, Brightness(1.1, 1.3), Saturation(0.2, 0.4), Hue(0.1, 0.3)),
		"gray":               RandomGrayscale(0.1),
		"rotation":           RandomRotation(40, Expand()),
		"rotation/range":     RandomRotation(0, Angles(20, 70), Bilinear, Fill(7)),
		"affine":             RandomAffine(25, Translate(0.2, 0.3), Scale(0.7, 1.4), Shear(-15, 15)),
		"affine/both":        RandomAffine(0, Angles(-3, 60), ShearXY(-5, 25, 10, 30), Fill(50)),
		"blur":               GaussianBlur(5, Sigma(0.2, 3)),
		"erasing":            Compose{ToTensor(), RandomErasing(0.6)},
		"erasing/noise":      Compose{ToTensor(), RandomErasing(1, Scale(0.1, 0.4), Ratio(0.4, 1.5), Noise())},
		"apply":              RandomApply(0.3, recolor(0), recolor(1)),
		"choice":             RandomChoice(recolor(0), recolor(1), recolor(2)),
		"order":              RandomOrder(RandomHorizontalFlip(1), step(shift), Pad(0, Sides(2, 0, 0, 0))),
	}
}

// numbers are what gen_random.py looks at: height, width, the mean and some values.
func numbers(img *Image) []float64 {
	c, h, w := img.Shape()
	all := make([]float64, c*h*w)
	sum := 0.0
	if img.IsFloat() {
		for i, v := range img.Floats() {
			all[i] = float64(v) * 255
			sum += all[i]
		}
	} else {
		bytes := make([]uint8, len(all))
		if err := img.CopyBytes(bytes); err != nil {
			panic(err)
		}
		for i, v := range bytes {
			all[i] = float64(v)
			sum += all[i]
		}
	}
	out := []float64{float64(h), float64(w), sum / float64(len(all))}
	for _, at := range [][3]int{{1, 1, 0}, {1, 1, 1}, {h / 2, w / 2, 0}, {h / 2, w / 2, 1}, {h / 2, w / 2, 2}, {h - 1, 0, 2}} {
		out = append(out, all[(at[2]*h+at[0])*w+at[1]])
	}
	return out
}

func distributions(t *testing.T) map[string][][]point {
	data, err := os.ReadFile("testdata/random.json")
	require.NoError(t, err)
	var all map[string][][]point
	require.NoError(t, json.Unmarshal(data, &all))
	return all
}

// compare fails if the distribution of a column of rows differs from torchvision's. By the theorem of
// Kolmogorov and Smirnov two samples of sizes n and m differ by more than
// 2.2 sqrt(1/n + 1/m) once in 8,000 times; seeds are fixed.
func compare(t *testing.T, name string, want [][]point, rows [][]float64, m float64) {
	limit := 2.2 * math.Sqrt(1/float64(len(rows))+1/m)
	column := make([]float64, len(rows))
	require.Len(t, rows[0], len(want), name)
	for i, points := range want {
		for j := range rows {
			column[j] = rows[j][i]
		}
		sort.Float64s(column)
		for _, p := range points {
			share := float64(sort.Search(len(column), func(j int) bool { return column[j] > p[0] })) / float64(len(column))
			assert.InDelta(t, p[1], share, limit, "%s, number %d at %g", name, i, p[0])
		}
	}
}

func TestRandomAsTorchvision(t *testing.T) {
	all, cases := distributions(t), randomCases()
	var img Image
	tested := 0
	for name, want := range all {
		if strings.HasPrefix(name, "mixup/") || strings.HasPrefix(name, "cutmix/") {
			continue
		}
		tested++
		require.Contains(t, cases, name)
		r := rand.New(rand.NewPCG(1, 2))
		rows := make([][]float64, 6000)
		for i := range rows {
			slope(&img)
			require.NoError(t, cases[name].Apply(&img, r), name)
			rows[i] = numbers(&img)
		}
		compare(t, name, want, rows, 15000)
	}
	assert.Len(t, cases, tested)
}

func TestMixAsTorchvision(t *testing.T) {
	const n, channels, h, w, classes = 3, 2, 6, 8, 4
	tested := 0
	for name, want := range distributions(t) {
		r := rand.New(rand.NewPCG(1, 2))
		kind, rest, _ := strings.Cut(name, "/")
		alpha, _ := strconv.ParseFloat(rest, 64)
		var mix BatchTransform
		switch kind {
		case "mixup":
			mix = MixUp{&alpha}
		case "cutmix":
			mix = CutMix{&alpha}
		default:
			continue
		}
		tested++
		rows := make([][]float64, 6000)
		for i := range rows {
			b := Batch{X: make([]float32, n*channels*h*w), Y: make([]float32, n*classes), N: n, Channels: channels, Height: h, Width: w, Classes: classes}
			for i := range b.X {
				b.X[i] = float32(i) * 0.5
			}
			for i := range n {
				b.Y[i*classes+i] = 1
			}
			require.NoError(t, mix.ApplyBatch(b, r))
			at := func(n, c, y, x int) float64 { return float64(b.X[((n*channels+c)*h+y)*w+x]) }
			mean := 0.0
			for _, v := range b.X[:channels*h*w] {
				mean += float64(v) / (channels * h * w)
			}
			rows[i] = []float64{float64(b.Y[0]), at(0, 0, 2, 3), at(1, 1, 0, 0), at(2, 0, 5, 4), mean}
		}
		compare(t, name, want, rows, 7500)
	}
	assert.Equal(t, 6, tested)
}

// TestSameDraws checks that a transform draws only from its generator.
func TestSameDraws(t *testing.T) {
	var a, b Image
	for name, transform := range randomCases() {
		for seed := range uint64(5) {
			slope(&a)
			require.NoError(t, transform.Apply(&a, rand.New(rand.NewPCG(seed, 3))))
			noise(&b, rand.New(rand.NewPCG(seed, 4)), 9, 7, 1) // what was before is gone
			slope(&b)
			require.NoError(t, transform.Apply(&b, rand.New(rand.NewPCG(seed, 3))))
			assert.Equal(t, numbers(&a), numbers(&b), name)
		}
	}
}
