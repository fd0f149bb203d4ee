// SPDX-License-Identifier: MIT

package conv

import (
	"slices"
	"sync"
	"unsafe"

	"github.com/stheno-go/stheno/internal/kernels/gemm"
	"github.com/stheno-go/stheno/internal/kernels/par"
)

// Packed weights of the direct algorithm are [pairs][input blocks][taps][16][32]: for
// each two blocks of outputs, the rows that a tile goes through in its order. A planar
// input has [pairs][KH][KW*C][32]; the gradient in x has the taps of each phase apart:
// [phases][groups][pairs][input blocks][taps of the phase][16][32]; so do groups. Those of
// Winograd's are [36][pairs][inputs, whole blocks][32], with winogradPad elements after
// each of the 36.

// PackedSize returns the number of elements of the packed weights of a pass, Forward or
// GradInput.
func PackedSize(p *Shape, pass Pass, alg Algorithm) int {
	q, groups, lanes, _ := p.perGroup()
	if lanes > 0 {
		return groups * p.KH * p.KW * lanes * Block
	}
	in, out := q.C, q.O
	if pass == GradInput {
		in, out = p.O, p.C
	}
	pairs, rows := (out+pairLanes-1)/pairLanes, Blocks(in)*Block
	switch {
	case p.strided() && p.resolve(pass, alg) == Winograd:
		return stridedTaps * pairs * 4 * rows * pairLanes
	case p.stem() && p.resolve(pass, alg) == Winograd:
		return stemTaps * pairs * 4 * in * pairLanes
	case p.resolve(pass, alg) == Winograd:
		return winogradTaps * (pairs*rows*pairLanes + winogradPad)
	case pass == Forward && p.Planar():
		rows = p.C
	}
	return groups * pairs * rows * p.KH * p.KW * pairLanes
}

// PackWeights writes the weights w, of torch's order (O,C,KH,KW), to dst as that pass
// and algorithm want them. scale multiplies the weights of each output channel, which
// folds a batch norm; nil stands for 1.
func PackWeights(p *Shape, pass Pass, alg Algorithm, dst, w, scale []float32) {
	alg = p.resolve(pass, alg)
	k := newPacking()
	k.dst = dst[:PackedSize(p, pass, alg)]
	k.forPass(p, pass, alg, w, scale)
	if k.lanes > 0 {
		par.Parallel(k.groups, int64(len(k.dst))*2, k.chunkLanes)
	} else {
		par.Parallel(k.groups*k.pairs*Blocks(k.in), int64(len(k.dst))/2, k.chunk)
	}
	k.close()
}

func (k *packing) forPass(p *Shape, pass Pass, alg Algorithm, w, scale []float32) {
	k.pass, k.alg, k.total = pass, alg, p.C
	if pass == Forward {
		k.total = p.O
	}
	k.w, k.scale = w[:p.wSize()], scale
	k.taps = p.KH * p.KW
	k.conv, k.groups, k.lanes, _ = p.perGroup()
	k.in, k.out = k.conv.C, k.conv.O
	if pass == GradInput {
		k.in, k.out = k.out, k.in
		k.phases = p.phases(k.phases[:0])
	} else {
		k.phases = slices.Grow(k.phases[:0], 1)[:1]
		p.forwardPhase(&k.phases[0])
	}
	k.rows = Blocks(k.in) * Block
	k.pairs = (k.out + pairLanes - 1) / pairLanes
}

// packing is a PackWeights under way.
type packing struct {
	conv          Shape // of one group
	groups, lanes int
	total         int // output channels of all groups
	pass          Pass
	alg           Algorithm
	dst, w, scale []float32
	taps          int
	in, out       int
	rows, pairs   int
	phases        []phase
	chunk         func(int)
	chunkLanes    func(int)
}

var packings sync.Pool

func newPacking() *packing {
	k, _ := packings.Get().(*packing)
	if k == nil {
		k = &packing{}
		k.chunk, k.chunkLanes = k.pack, k.packLanes
	}
	return k
}

func (k *packing) close() {
	k.dst, k.w, k.scale = nil, nil, nil
	packings.Put(k)
}

// pack packs the weights from one block of inputs to two blocks of outputs.
func (k *packing) pack(chunk int) {
	pair, block, group := chunk/Blocks(k.in)%k.pairs, chunk%Blocks(k.in), chunk/Blocks(k.in)/k.pairs
	used := min(Block, k.in-block*Block)
	if k.taps == 1 && !(k.pass == Forward && k.conv.Planar()) { // as they are gathered
		to := k.dst[((group*k.pairs+pair)*k.rows+block*Block)*pairLanes:][:Block*pairLanes]
		clear(to[used*pairLanes:])
		k.gatherLanes(to, group, pair*pairLanes, block*Block, used)
		return
	}
	if k.alg == Winograd && !k.conv.strided() && !k.conv.stem() {
		k.winograd(pair, block)
		return
	}
	s := par.Scratch[float32](Block * k.taps * pairLanes)
	lanes := *s // [16][taps][32]
	clear(lanes[used*k.taps*pairLanes:])
	k.gatherLanes(lanes, group, pair*pairLanes, block*Block, used)
	switch {
	case k.alg == Winograd && k.conv.strided():
		packStrided(k.dst, lanes, Blocks(k.in), block, pair, k.pairs)
	case k.alg == Winograd && k.conv.stem():
		packStem(k.dst, lanes, k.in, pair, k.pairs)
	case k.pass == Forward && k.conv.Planar():
		for t := range k.taps {
			for i := range used {
				copy(k.dst[((pair*k.taps+t)*k.in+i)*pairLanes:][:pairLanes], lanes[(i*k.taps+t)*pairLanes:])
			}
		}
	default:
		for _, f := range k.phases {
			to := k.dst[(f.packed*k.groups+group*len(f.taps))*k.pairs*k.rows*pairLanes:][(pair*Blocks(k.in)+block)*len(f.taps)*Block*pairLanes:]
			for t, tap := range f.taps {
				for i := range Block {
					copy(to[(t*Block+i)*pairLanes:][:pairLanes], lanes[(i*k.taps+tap.w)*pairLanes:])
				}
			}
		}
	}
	par.GiveBack(s)
}

// gatherLanes writes the weights of a group from used inputs to 32 outputs as
// [used][taps][32].
func (k *packing) gatherLanes(lanes []float32, group, out, in, used int) {
	width := min(pairLanes, k.out-out)
	row := k.conv.C * k.taps // of w
	weights, first := k.w[group*k.conv.O*row:], group*k.conv.O
	if k.pass == Forward {
		n := used * k.taps
		gemm.PackColumns(lanes[:n*pairLanes], weights[out*row+in*k.taps:], row, n, pairLanes, width)
		if k.scale != nil {
			for i := range n {
				for v, s := range k.scale[first+out : first+out+width] {
					lanes[i*pairLanes+v] *= s
				}
			}
		}
		return
	}
	for i := range used {
		to := lanes[i*k.taps*pairLanes : (i+1)*k.taps*pairLanes]
		if from := weights[(in+i)*row+out*k.taps:]; k.taps == 1 {
			clear(to[copy(to, from[:width]):])
		} else {
			gemm.PackColumns(to, from, k.taps, k.taps, pairLanes, width)
		}
		if k.scale != nil {
			for v := range to {
				to[v] *= k.scale[first+in+i]
			}
		}
	}
}

// streamFrom is the number of transformed weights that do not stay in a cache anyway.
const streamFrom = 1 << 22

// winograd transforms the weights from one block of inputs to two blocks of outputs.
func (k *packing) winograd(pair, block int) {
	transform := blockedTable.Get().weights
	if stream := blockedTable.Get().weightsStream; stream != nil && len(k.dst) >= streamFrom && uintptr(unsafe.Pointer(&k.dst[0]))%(4*Block) == 0 {
		transform = stream
	}
	k.transformTo(k.dst[(pair*k.rows+block*Block)*pairLanes:], k.pairs*k.rows*pairLanes+winogradPad, pair, block, transform)
}

// transformTo is winograd to 36 matrices that lie plane elements apart.
func (k *packing) transformTo(dst []float32, plane, pair, block int, transform func(*winogradJob)) {
	used := min(Block, k.in-block*Block)
	s := par.Scratch[float32](Block * k.taps * pairLanes)
	lanes := *s // [16][taps][32]
	clear(lanes[used*k.taps*pairLanes:])
	if k.pass == Forward {
		k.gatherLanes(lanes, 0, pair*pairLanes, block*Block, used)
	} else {
		k.turnedLanes(lanes, pair*pairLanes, block*Block, used)
	}
	j := newWinogradJob()
	j.dstPos, j.srcPos = plane, pairLanes
	for v := range 2 {
		j.src, j.dst = lanes[v*Block:], dst[v*Block:]
		j.n, j.srcStep, j.dstStep = Block, k.taps*pairLanes, pairLanes
		transform(j)
	}
	j.close()
	par.GiveBack(s)
}

// turnedLanes is gatherLanes with the kernel turned by half a turn.
func (k *packing) turnedLanes(lanes []float32, out, in, used int) {
	if turn := blockedTable.Get().turn; turn != nil && k.scale == nil && k.out-out >= pairLanes {
		j := newWinogradJob()
		j.n, j.srcStep, j.dstStep, j.dstPos = used, k.conv.C*k.taps, k.taps*pairLanes, pairLanes
		for v := range 2 {
			j.src, j.dst = k.w[in*j.srcStep+(out+v*Block)*k.taps:], lanes[v*Block:]
			turn(j)
		}
		j.close()
		return
	}
	k.gatherLanes(lanes, 0, out, in, used)
	for i := range used {
		for t := range k.taps / 2 {
			a, b := (*[pairLanes]float32)(lanes[(i*k.taps+t)*pairLanes:]), (*[pairLanes]float32)(lanes[(i*k.taps+k.taps-1-t)*pairLanes:])
			*a, *b = *b, *a
		}
	}
}
