// SPDX-License-Identifier: MIT

package transforms

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/stheno-go/stheno/internal/absent"
)

type randomErasing struct {
	checked
	settings
	p float64
}

// RandomErasing returns a transform that, with probability p (0.5 in torch), sets a rectangle of
// random area, aspect ratio and position to 0. It must come after [ToTensor] and [Normalize].
// Options are [Scale], [Ratio], and [Fill] or [Noise].
func RandomErasing(p float64, opts ...ErasingOption) Transform {
	t := randomErasing{p: p, settings: settings{scale: span{0.02, 0.33}, ratio: span{0.3, 3.3}}}
	for _, o := range opts {
		if !absent.Is(o) {
			o.applyErasing(&t.settings)
		}
	}
	if !(p >= 0 && p <= 1) {
		t.wrong("random erasing", "Random erasing probability should be between 0 and 1, not %g", p)
	}
	if !t.scale.within(0, 1) {
		t.wrong("random erasing", "Scale should be between 0 and 1, not %v", t.scale)
	}
	if !t.ratio.within(math.SmallestNonzeroFloat64, math.MaxFloat64) {
		t.wrong("random erasing", "ratio %v should be of kind (min, max)", t.ratio)
	}
	if t.noise && t.fill != nil {
		t.wrong("random erasing", "both fill and noise are given")
	}
	return t
}

func (t randomErasing) Apply(img *Image, r *rand.Rand) error {
	if t.err != nil {
		return t.err
	}
	if err := img.check(); err != nil {
		return err
	}
	if !img.float {
		return fmt.Errorf("transforms: random erasing: image has 8-bit pixels: put ToTensor before it")
	}
	values := [maxChannels]float32{}
	if len(t.fill) > 0 {
		var err error
		if values, err = perChannel("random erasing", "fill", t.fill, img.channels); err != nil {
			return fmt.Errorf("transforms: random erasing: If value is a sequence, it should have either a single value or %d (number of input channels)", img.channels)
		}
	}
	if !chance(r, t.p) {
		return nil
	}
	box, ok := t.draw(img.width, img.height, r)
	if !ok {
		return nil
	}
	img.flattenFloats()
	for c := range img.channels {
		plane := img.real[c*img.area:][:img.area]
		for y := box.y; y < box.y+box.h; y++ {
			row := plane[y*img.width+box.x:][:box.w]
			if !t.noise {
				set(row, values[c])
				continue
			}
			for i := range row {
				row[i] = float32(r.NormFloat64())
			}
		}
	}
	return nil
}

// draw chooses the rectangle. It reports false if ten attempts do not fit.
func (t randomErasing) draw(width, height int, r *rand.Rand) (rect, bool) {
	logs := span{math.Log(t.ratio.low), math.Log(t.ratio.high)}
	for range 10 {
		area := float64(width*height) * t.scale.draw(r)
		ratio := math.Exp(logs.draw(r))
		h, w := round(math.Sqrt(area*ratio)), round(math.Sqrt(area/ratio))
		if h < height && w < width {
			y := r.IntN(height - h + 1)
			return rect{r.IntN(width - w + 1), y, w, h}, true
		}
	}
	return rect{}, false
}
