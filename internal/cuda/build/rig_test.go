// SPDX-License-Identifier: MIT

package build_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/stheno-go/stheno/internal/cuda/emu"
)

// job is a launch with its inputs, and what must come out.
type job struct {
	grid, block [3]int
	in          [][]float32
	out         int // elements of the result, the last parameter
	check       func(got []float32) error
}

// run executes the only kernel of a text.
func (j job) run(text string, c emu.Config) (err error) {
	d := emu.New(c)
	m, err := d.Load(text)
	if err != nil {
		return err
	}
	k, err := m.Kernel("k")
	if err != nil {
		return err
	}
	var params []byte
	put := func(n int) (uint64, error) {
		p, err := d.Alloc(4 * n)
		params = binary.LittleEndian.AppendUint64(params, p)
		return p, err
	}
	for _, x := range j.in {
		p, err := put(len(x))
		if err != nil {
			return err
		}
		var b []byte
		for _, v := range x {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
		}
		if err := d.Write(p, b); err != nil {
			return err
		}
	}
	p, err := put(j.out)
	if err != nil {
		return err
	}
	if err := d.Launch(k, j.grid, j.block, 0, params); err != nil {
		return err
	}
	b := make([]byte, 4*j.out)
	if err := d.Read(b, p); err != nil {
		return err
	}
	got := make([]float32, j.out)
	for i := range got {
		got[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return j.check(got)
}

// same returns a check for equal bits; a NaN equals a NaN.
func same(want []float32) func([]float32) error {
	return func(got []float32) error {
		for i, w := range want {
			if g := got[i]; math.Float32bits(g) != math.Float32bits(w) && (g == g || w == w) {
				return fmt.Errorf("element %d is %g (%#x) instead of %g (%#x)", i, g, math.Float32bits(g), w, math.Float32bits(w))
			}
		}
		return nil
	}
}

// near returns a check with a tolerance relative to the larger of 1 and the value.
func near(want []float64, tolerance float64) func([]float32) error {
	return func(got []float32) error {
		for i, w := range want {
			if d := math.Abs(float64(got[i]) - w); !(d <= tolerance*math.Max(1, math.Abs(w))) {
				return fmt.Errorf("element %d is %g instead of %g", i, got[i], w)
			}
		}
		return nil
	}
}

func normal(g *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(g.NormFloat64())
	}
	return x
}

// ways are the devices that each kernel runs on.
var ways = []emu.Config{{}, {Seed: 1, Adverse: true}, {Seed: 2}}
