// SPDX-License-Identifier: MIT

package transforms

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno/internal/codec/safetensors"
	"github.com/stheno-go/stheno/internal/resample"
)

type tensor struct {
	shape []int
	data  []byte
}

func fixture(t testing.TB) map[string]tensor {
	b, err := os.ReadFile("testdata/torchvision.safetensors")
	require.NoError(t, err)
	f, err := safetensors.Decode(b)
	require.NoError(t, err)
	all := map[string]tensor{}
	for _, x := range f.Tensors {
		all[x.Name] = tensor{x.Shape, x.Data}
	}
	return all
}

// load makes img a picture of the fixture.
func load(img *Image, x tensor) {
	copy(img.Reset(x.shape[1], x.shape[0], x.shape[2]), x.data)
}

// step is a Transform that is a function without random numbers.
func step(f func(img *Image) error) Transform {
	return Lambda(func(img *Image, _ *rand.Rand) error { return f(img) })
}

func cutOut(x, y, w, h int) Transform {
	return step(func(img *Image) error { img.crop(rect{x, y, w, h}); return nil })
}

// moved is RandomAffine with given parameters.
func moved(angle, x, y, size, sx, sy float64, f Interpolation, center *[2]float64, fill ...float32) Transform {
	return step(func(img *Image) error {
		c := [2]float64{float64(img.width) * 0.5, float64(img.height) * 0.5}
		if center != nil {
			c = *center
		}
		m := inverseAffine(c, angle, [2]float64{x, y}, size, [2]float64{sx, sy})
		return img.warp("affine", m, img.width, img.height, f, fill)
	})
}

// byteCases are what gen.py does to both pictures.
func byteCases() map[string]Transform {
	cases := map[string]Transform{
		"resize/max":    Resize(14, MaxSize(16)),
		"resizedcrop":   Compose{cutOut(2, 3, 9, 11), Resize(7, Width(16))},
		"pad/constant":  Pad(0, Sides(1, 2, 3, 4), Fill(77)),
		"pad/edge":      Pad(0, Sides(1, 2, 3, 4), Edge),
		"pad/reflect":   Pad(0, Sides(1, 2, 3, 4), Reflect),
		"pad/symmetric": Pad(0, Sides(1, 2, 3, 4), Symmetric),
		"pad/far":       Pad(0, Sides(40, 0, 50, 45), Reflect),
		"gray1":         Grayscale(1), "gray3": Grayscale(3),
		"rotate/center":         RandomRotation(0, Angles(180, 180), Center(3, 5)),
		"rotate/bilinear":       RandomRotation(0, Angles(21, 21), Bilinear, Fill(200)),
		"rotate/bicubic":        RandomRotation(0, Angles(21, 21), Bicubic, Fill(200)),
		"rotate/bicubic/expand": RandomRotation(0, Angles(130, 130), Bicubic, Expand()),
		"blur/wide":             GaussianBlur(3, Width(9), Sigma(1.5, 1.5)),
	}
	for _, mode := range []Interpolation{Nearest, Bilinear, Bicubic} {
		at := fmt.Sprintf("resize/%v/", mode)
		cases[at+"9"], cases[at+"40"] = Resize(9, mode), Resize(40, mode)
		for _, size := range [][2]int{{11, 35}, {50, 6}, {1, 1}, {29, 31}, {23, 13}} {
			cases[fmt.Sprintf("%s%dx%d", at, size[0], size[1])] = Resize(size[0], Width(size[1]), mode)
		}
		at = fmt.Sprintf("affine/%v/", mode)
		cases[at+"turn"] = moved(12, 3, -4, 1.3, 5, -8, mode, nil)
		cases[at+"move"] = moved(0, 3, -4, 1, 0, 0, mode, nil, 50)
		cases[at+"scale"] = RandomAffine(0, Scale(0.7, 0.7), Fill(50), mode)
		cases[at+"lean"] = RandomAffine(0, Shear(30, 30), Center(0, 0), mode)
	}
	for _, size := range []int{10, 15, 27} {
		cases[fmt.Sprintf("center/%d", size)] = CenterCrop(size, Width(20))
	}
	for _, f := range []float64{0, 0.35, 1, 1.7} {
		cases[fmt.Sprintf("brightness/%g", f)] = ColorJitter(0, 0, 0, 0, Brightness(f, f))
		cases[fmt.Sprintf("contrast/%g", f)] = ColorJitter(0, 0, 0, 0, Contrast(f, f))
		cases[fmt.Sprintf("saturation/%g", f)] = ColorJitter(0, 0, 0, 0, Saturation(f, f))
	}
	for _, f := range []float64{-0.5, -0.13, 0.001, 0.3, 0.5} {
		cases[fmt.Sprintf("hue/%g", f)] = ColorJitter(0, 0, 0, 0, Hue(f, f))
	}
	for _, a := range []float64{0, 30, -77.5, 90, 135, 180, 270, 360.25} {
		cases[fmt.Sprintf("rotate/%g", a)] = RandomRotation(0, Angles(a, a))
		cases[fmt.Sprintf("rotate/expand/%g", a)] = RandomRotation(0, Angles(a, a), Expand(), Fill(9))
	}
	for _, b := range []struct {
		size  int
		sigma float64
	}{{3, 0.1}, {3, 1}, {5, 2}, {9, 0.7}, {23, 3}} {
		cases[fmt.Sprintf("blur/%d/%g", b.size, b.sigma)] = GaussianBlur(b.size, Sigma(b.sigma, b.sigma))
	}
	return cases
}

// TestPillow compares all bytes: of pictures that memory holds as they are, and of ones
// that are views (part of a larger one, mirrored, upside down).
func TestPillow(t *testing.T) {
	fixture, cases := fixture(t), byteCases()
	var img Image
	r := rand.New(rand.NewPCG(1, 2))
	views := map[string]func(x tensor){
		"whole": func(x tensor) { load(&img, x) },
		"part": func(x tensor) {
			h, w, n := x.shape[0], x.shape[1], x.shape[2]
			pix := img.Reset(w+5, h+4, n)
			for y := range h {
				copy(pix[((y+1)*(w+5)+2)*n:][:w*n], x.data[y*w*n:])
			}
			img.crop(rect{2, 1, w, h})
		},
		"turned": func(x tensor) {
			h, w, n := x.shape[0], x.shape[1], x.shape[2]
			pix := img.Reset(w, h, n)
			for i := range w * h {
				copy(pix[(w*h-1-i)*n:][:n], x.data[i*n:])
			}
			img.flipHorizontal()
			img.flipVertical()
		},
	}
	restore := func() {}
	defer func() { restore() }()
	for _, name := range resample.Sets.Names() {
		var err error
		restore()
		restore, err = resample.Sets.Use(name)
		require.NoError(t, err)
		tested := 0
		for key, want := range fixture {
			kind, rest, ok := strings.Cut(key, "/")
			transform := cases[rest]
			if !ok || transform == nil {
				continue
			}
			tested++
			for view, open := range views {
				open(fixture[kind])
				require.NoError(t, transform.Apply(&img, r), key)
				c, h, w := img.Shape()
				if !assert.Equal(t, want.shape, []int{h, w, c}, key) {
					continue
				}
				got := img.Pixels()
				wrong := 0
				for i := range got {
					if got[i] != want.data[i] {
						wrong++
					}
				}
				assert.Zero(t, wrong, "%s (%s, %s): wrong bytes of %d", key, view, name, len(got))
			}
		}
		assert.Equal(t, 2*len(cases), tested)
	}
}

func TestTorchFloats(t *testing.T) {
	all := fixture(t)
	mean, std := [3]float32{0.485, 0.456, 0.406}, [3]float32{0.229, 0.224, 0.225}
	normal := Normalize(mean, std)
	real := Lambda(func(img *Image, _ *rand.Rand) error { img.Floats(); return nil }) // ends the table
	var img Image
	for name, transform := range map[string]Transform{
		"rgb/totensor":        ToTensor(),
		"rgb/normalize":       Compose{ToTensor(), normal},
		"rgb/normalize/twice": Compose{ToTensor(), normal, Normalize([]float32{0.1}, []float32{3, 3, 3})},
		"gray/normalize":      Compose{ToTensor(), Normalize([1]float32{0.1307}, [1]float32{0.3081})},
		"rgb/pipeline":        Compose{Pad(4), cutOut(1, 2, 24, 24), RandomHorizontalFlip(1), ToTensor(), normal},
		"rgb/padfloat":        Compose{ToTensor(), Pad(0, Sides(2, 1, 0, 3), Fill(0.25)), RandomVerticalFlip(1), normal},
	} {
		for _, before := range []bool{false, true} {
			kind, _, _ := strings.Cut(name, "/")
			load(&img, all[kind])
			list := Compose{transform}
			if before {
				list = Compose{ToTensor(), real, transform}
				if name == "rgb/pipeline" {
					list = Compose{Pad(4), ToTensor(), real, transform.(Compose)[1:]}
				}
			}
			r := rand.New(rand.NewPCG(1, 2))
			require.NoError(t, list.Apply(&img, r))
			want := all[name]
			c, h, w := img.Shape()
			require.Equal(t, want.shape, []int{c, h, w}, name)
			got := make([]float32, c*h*w)
			require.NoError(t, img.CopyTo(got))
			for i, v := range got {
				require.Equal(t, math.Float32frombits(binary.LittleEndian.Uint32(want.data[4*i:])), v, "%s, element %d", name, i)
			}
		}
	}
}
