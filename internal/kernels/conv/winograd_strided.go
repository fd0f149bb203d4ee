// SPDX-License-Identifier: MIT

package conv

import "unsafe"

// stridedPoints are for the 2×2 taps that a phase of a 3×3 kernel has at most.
var stridedPoints = func() *winogradPoints {
	m := newWinogradPoints(1./2, 5./4)
	m.pixel = 2
	return m
}()

var stridedGo = &phaseKernels{input: stridedPoints.input, output: stridedPoints.output, weights: stridedWeightsGo}

const (
	stridedSide = 5 // of a transformed tile
	stridedTaps = stridedSide * stridedSide
	// stridedPatch is how many pixels a tile's phases see, in each direction.
	stridedPatch = 2 * stridedSide
)

// strided reports whether Winograd's algorithm applies to a forward pass: a 3×3 kernel with
// stride 2.
func (p *Shape) strided() bool {
	return p.Blocked(GradInput) && p.Groups == 1 && p.DilationH == 1 && p.DilationW == 1 && p.KH == 3 && p.KW == 3 && p.StrideH == 2 && p.StrideW == 2
}

// stridedFrom is the number of tiles of one weight of a tap from which Winograd pays for a
// stride of 2. Its weights take nine times the memory, so that tiles must share them: a
// Tile pays for stridedShare weights of a tap.
const stridedFrom, stridedShare = 64 * 1024, 2048

// stridedPays reports whether it is faster than the direct sum.
func (p *Shape) stridedPays() bool {
	return blockedTable.Get().strided != nil && p.tiles(Forward)*p.C*p.O >= stridedFrom && p.tiles(Forward) >= p.C*p.O/stridedShare
}

// stridedWeightsGo transforms n kernels of 3×3 taps, srcPos apart and a vector each, into
// the phases' 5×5 elements, dstPos apart, for phases dstRow apart. Those of ∞ that are not
// 0 follow each other.
func stridedWeightsGo(j *winogradJob) {
	for i := range j.n {
		var lanes [9 * pairLanes]float32
		for t := range 9 {
			copy(lanes[t*pairLanes:], j.src[i*j.srcStep+t*j.srcPos:][:Block])
		}
		dst := j.dst[i*j.dstStep:]
		var wide [pairLanes]float32
		for phase := range 4 {
			row, col := phase/2, phase%2
			var at int
			flush := func() {
				if at >= 0 {
					copy(dst[at:at+Block], wide[:])
				}
			}
			at = -1
			stridedPoints.weights(lanes[:], func(s, t int) int {
				if 2*s+row > 2 || 2*t+col > 2 {
					return -1
				}
				return ((2*s+row)*3 + 2*t + col) * pairLanes
			}, func(y, x int) []float32 {
				flush()
				at = -1
				if slot, ok := stridedSlot(phase, y, x); ok {
					at = (y*stridedSide+x)*j.dstPos + slot*j.dstRow
				}
				return wide[:]
			})
			flush()
		}
	}
}

// stridedSlot is where a phase is among those that have something at point (y, x).
func stridedSlot(phase, y, x int) (slot int, ok bool) {
	if y == stridedSide-1 && phase >= 2 || x == stridedSide-1 && phase%2 == 1 {
		return 0, false
	}
	if x == stridedSide-1 {
		return phase / 2, true
	}
	return phase, true
}

// packStrided transforms the weights of a block of inputs, [16][9][32], to two blocks of
// outputs.
func packStrided(dst, lanes []float32, inBlocks, block, pair, pairs int) {
	transform := stridedWeightsGo
	if k := blockedTable.Get().strided; k != nil {
		transform = k.weights
		if len(dst) >= streamFrom && uintptr(unsafe.Pointer(&dst[0]))%(4*Block) == 0 {
			transform = k.weightsStream
		}
	}
	j := newWinogradJob()
	size := 4 * inBlocks * Block * pairLanes
	j.dstPos, j.dstRow, j.srcPos = pairs*size, inBlocks*Block*pairLanes, pairLanes
	j.n, j.srcStep, j.dstStep = Block, 9*pairLanes, pairLanes
	for v := range 2 {
		j.src = lanes[v*Block:]
		j.dst = dst[pair*size+block*Block*pairLanes+v*Block:]
		transform(j)
	}
	j.close()
}
