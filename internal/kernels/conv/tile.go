// SPDX-License-Identifier: MIT

package conv

import "github.com/stheno-go/stheno/internal/isa"

//go:generate go run -C ../../asm ./blocked
//go:generate go run -C ../../asm ./channels

// pairLanes is how many channels a tile computes: two blocks. Packed weights come in
// rows of that many.
const pairLanes = 2 * Block

// tileJob is a tile of a convolution, pixels by up to two blocks of channels, for groups
// of such blocks, and that several times with other a, b and c (without res then), which
// lie aNext, bNext and cNext elements further each time:
//
//	for g, i, j, v := range groups, pixels, blocks, Block {
//		sum := bias[g*32+j*16+v], or 0 if it is nil
//		for t, k := range len(offs), run {
//			sum += a[offs[t]+i*aPixel+k] * b[((g*len(offs)+t)*run+k)*32+j*16+v]
//		}
//		at := (2*g+j)*cBlock + i*cPixel + v
//		c[at] = relu(sum + res[at]), or 0 where mask[at] <= 0
//	}
type tileJob struct {
	a, b, c, res, bias     []float32
	offs                   []int
	run                    int
	aPixel, cPixel, cBlock int
	pixels, blocks, groups int
	relu                   bool
	fetch                  bool // see below
	times                  int  // 0 stands for 1
	aNext, bNext, cNext    int

	// What a later job goes through may come into the caches meanwhile: each time that many
	// lines of 64 bytes, perhaps some behind the end, which is no access.
	// With fetch what is read and written comes into the first-level cache shortly before.
	ahead []float32
	lines int

	mask []float32 // nil: none
}

// gradJob is a tile of the gradient of weights, n inputs by up to two blocks of
// channels, and that several times with other a, b and c, which lie aNext, bNext and
// cNext elements further each time:
//
//	for i, j, v := range n, blocks, Block {
//		sum := 0, or c[i*cRow+j*16+v] if add
//		for r, q := range rows, cols {
//			sum += a[r*aRow+q*aPixel+i] * b[r*bRow+q*16+j*bBlock+v]
//		}
//		c[i*cRow+j*16+v] = sum
//	}
type gradJob struct {
	a, b, c      []float32
	n, blocks    int
	rows, cols   int
	aRow, aPixel int
	bRow, bBlock int
	cRow         int
	add          bool
	times        int // 0 stands for 1

	aNext, bNext, cNext int

	// As in tileJob, lines for each eight inputs of each time.
	ahead []float32
	lines int
}

// blockedKernels are the kernels that blocked convolutions are made of, for one kind of
// processor.
type blockedKernels struct {
	pixels int // of a tile, at most
	short  int // of a tile with up to two blocks of inputs, whose results the next one waits for
	rate   int // multiplications a nanosecond, roughly
	tile   func(*tileJob)
	grad   func(*gradJob)
	masks  bool // tile knows what mask is

	laneTile func(*tileJob)
	laneGrad func(*gradJob)

	// Transforms of Winograd's algorithm: of n tiles each, but for a partial one.
	input, output, spread, weights, gather func(*winogradJob)
	// input and spread of one tile that looks outside; nil: they get a copy with zeros.
	inputEdge, spreadEdge func(*winogradJob)
	// Transforms for 7×7 and 3×3 kernels of stride 2; nil: those in Go.
	stem, strided *phaseKernels
	// weights past the caches, to places that are multiples of a vector; nil: none.
	weightsStream func(*winogradJob)
	// turn puts n kernels of 16 channels, [16][9] each, in the order of vectors, dstPos apart,
	// from the last tap on; nil: none.
	turn func(*winogradJob)
}

// phaseKernels are transforms of Winograd's algorithm for the phases of a stride of 2.
type phaseKernels struct {
	input, output, spread, weights func(*winogradJob)
	// weights past the caches, to places that are multiples of a vector; nil: none.
	weightsStream func(*winogradJob)
	// input of one tile that looks outside; nil: it gets a copy with zeros.
	inputEdge func(*winogradJob)
	// split copies n pixels of all phases of three planes that lie srcPos apart, whose
	// rows are srcRow apart, as copyPhases does within a plane; nil: none.
	split func(*winogradJob)
}

var blockedGo = &blockedKernels{
	pixels: 14, short: 8, rate: 1, tile: tileJobGo, masks: true, grad: gradJobGo, laneTile: laneTileGo, laneGrad: laneGradGo,
	input: winogradInputGo, output: winogradOutputGo, spread: winogradSpreadGo,
	weights: winogradWeightsGo, gather: winogradGatherGo,
}

var blockedTable = isa.NewTable(&isa.Kernels, blockedGo, blockedSets)

func tileJobGo(t *tileJob) {
	for i := range max(1, t.times) {
		u := *t
		u.a, u.b, u.c = t.a[i*t.aNext:], t.b[i*t.bNext:], t.c[i*t.cNext:]
		tileOnceGo(&u)
	}
}

func tileOnceGo(t *tileJob) {
	for g := range t.groups {
		for i := range t.pixels {
			for j := range t.blocks {
				var sum [Block]float32
				if t.bias != nil {
					copy(sum[:], t.bias[g*pairLanes+j*Block:][:Block])
				}
				for o, off := range t.offs {
					for k, a := range t.a[off+i*t.aPixel:][:t.run] {
						addProducts(&sum, a, t.b[((g*len(t.offs)+o)*t.run+k)*pairLanes+j*Block:])
					}
				}
				at := (2*g+j)*t.cBlock + i*t.cPixel
				if t.res != nil {
					for v, r := range t.res[at : at+Block] {
						sum[v] += r
					}
				}
				if t.relu {
					for v := range sum {
						if sum[v] < 0 {
							sum[v] = 0
						}
					}
				}
				if t.mask != nil {
					for v, y := range t.mask[at : at+Block] {
						if y <= 0 {
							sum[v] = 0
						}
					}
				}
				copy(t.c[at:at+Block], sum[:])
			}
		}
	}
}

// addProducts is sum += a·b for one block.
func addProducts(sum *[Block]float32, a float32, b []float32) {
	b = b[:Block]
	for v := range sum {
		sum[v] += a * b[v]
	}
}

func gradJobGo(t *gradJob) {
	for i := range max(1, t.times) {
		u := *t
		u.a, u.b, u.c = t.a[i*t.aNext:], t.b[i*t.bNext:], t.c[i*t.cNext:]
		gradOnceGo(&u)
	}
}

func gradOnceGo(t *gradJob) {
	for i := range t.n {
		for j := range t.blocks {
			c := t.c[i*t.cRow+j*Block:][:Block]
			var sum [Block]float32
			if t.add {
				copy(sum[:], c)
			}
			for r := range t.rows {
				for q := range t.cols {
					addProducts(&sum, t.a[r*t.aRow+q*t.aPixel+i], t.b[r*t.bRow+q*Block+j*t.bBlock:])
				}
			}
			copy(c, sum[:])
		}
	}
}
