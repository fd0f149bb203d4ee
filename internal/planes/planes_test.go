// SPDX-License-Identifier: MIT

package planes

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno/internal/isa"
	"github.com/stheno-go/stheno/internal/kernels/kerneltest"
)

// usual are constants that people normalize with, and some that nobody does.
var usual = [][]Normal{
	{{0, 1}, {0, 1}, {0, 1}},
	{{0.485, 0.229}, {0.456, 0.224}, {0.406, 0.225}},
	{{0.4914, 0.247}, {0.4822, 0.2435}, {0.4465, 0.2616}},
	{{0.5, 0.5}, {0.5, 0.5}, {0.5, 0.5}},
	{{0.48145466, 0.26862954}, {0.4578275, 0.26130258}, {0.40821073, 0.27577711}},
	{{-3, 1e-30}, {1e20, 7}, {0.1, -0.3}},
	{{0, float32(math.Inf(1))}, {0, math.SmallestNonzeroFloat32}, {0.5, math.MaxFloat32}},
}

func tablesOf(normal []Normal) *[Channels]Table {
	var t [Channels]Table
	for c, n := range normal {
		for i := range t[c] {
			t[c][i] = n.Apply(float32(i) / 255)
		}
	}
	return &t
}

func TestImplementations(t *testing.T) {
	kerneltest.Each(t, &family, func(t *testing.T) {
		r := rand.New(rand.NewPCG(1, 2))
		for _, normal := range usual {
			tables := tablesOf(normal)
			var p RGB
			p.Set(tables, normal)
			for _, n := range append([]int{5, 10, 28, 224}, kerneltest.Sizes...) {
				for _, offset := range kerneltest.Offsets {
					for _, mirror := range []bool{false, true} {
						src, _ := kerneltest.Guarded[uint8](3*n, offset)
						if r.IntN(2) == 0 { // room behind the last pixel
							src = make([]uint8, 3*n, 3*n+slack)
						}
						for i := range src {
							src[i] = uint8(r.Uint32())
						}
						var out [Channels][]float32
						var checks [Channels]func(testing.TB)
						for c := range out {
							out[c], checks[c] = kerneltest.Guarded[float32](n, offset)
						}
						p.Split(out[0], out[1], out[2], src, mirror)
						for c := range out {
							checks[c](t)
							for i, v := range out[c] {
								from := i
								if mirror {
									from = n - 1 - i
								}
								want := tables[c][src[3*from+c]]
								require.Equal(t, math.Float32bits(want), math.Float32bits(v), "%v, %d of %d, channel %d", normal, i, n, c)
							}
						}
					}
				}
			}
		}
	})
}

// TestUsualIsFast: what people normalize with does not fall back to the table.
func TestUsualIsFast(t *testing.T) {
	if family.Set() == isa.Go {
		t.Skip("no assembly here")
	}
	for _, normal := range usual[:5] {
		var p RGB
		p.Set(tablesOf(normal), normal)
		assert.NotNil(t, p.exact, "%v", normal)
	}
	var p RGB
	p.Set(tablesOf(usual[0]), nil)
	assert.Nil(t, p.exact)
	p.Set(tablesOf(usual[0]), usual[1])
	assert.Nil(t, p.exact, "a table that means something else")
}

func BenchmarkSplit(b *testing.B) {
	for _, n := range []int{32, 224} {
		src := make([]uint8, 3*n, 3*n+slack)
		out := make([]float32, 3*n)
		for _, name := range family.Names() {
			b.Run(fmt.Sprintf("%d/%s", n, name), func(b *testing.B) {
				restore, err := family.Use(name)
				require.NoError(b, err)
				defer restore()
				var p RGB
				p.Set(tablesOf(usual[1]), usual[1])
				b.SetBytes(int64(3 * n))
				for b.Loop() {
					p.Split(out[:n], out[n:2*n], out[2*n:], src, false)
				}
			})
		}
	}
}
