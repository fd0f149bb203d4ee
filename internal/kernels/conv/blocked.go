// SPDX-License-Identifier: MIT

package conv

import (
	"fmt"

	"github.com/stheno-go/stheno/internal/kernels/gemm"
)

// Algorithm is a way to compute a blocked convolution.
type Algorithm uint8

const (
	// Auto is the faster one, by the shape and the kind of processor only.
	Auto Algorithm = iota
	// Direct adds up the products of the definition, in its order of channels and taps.
	Direct
	// Winograd computes tiles of 4×4 outputs from 36 products a channel instead of 144
	// (F(4×4,3×3) with the points 0, ±√½, ±√2, ∞); those of a 7×7 kernel of stride 2 from
	// 169 instead of 784 (F(4×4,4×4) for four phases of the image, with ±5/16, ±13/16,
	// ±15/8, ∞), and of 3×3 of stride 2 from 81 (F(4×4,2×2), with ±½, ±5/4, ∞). A NaN or
	// an infinity in x reaches all outputs of the tiles that see it.
	Winograd
	// NCHW is not blocked: memory stays in the order of torch. Only a plan can choose it.
	NCHW
)

func (a Algorithm) String() string {
	switch a {
	case Auto:
		return "auto"
	case Direct:
		return "direct"
	case Winograd:
		return "winograd"
	case NCHW:
		return "nchw"
	}
	return fmt.Sprintf("Algorithm(%d)", a)
}

// Pass is one of the three computations of a convolution.
type Pass uint8

const (
	Forward Pass = iota
	GradInput
	GradWeight
)

// planarChannels is the number of input channels below which a block would be mostly
// empty, so that x stays (N,C,H,W).
const planarChannels = 8

// Planar reports whether the blocked kernels take x as plain (N,C,H,W), because it has
// few channels. They have no gradient of such an input; [PlainGradInput] does.
func (p *Shape) Planar() bool { return p.C < planarChannels }

// Blocked reports whether the blocked kernels compute that pass. They know groups of
// whole blocks, and those of 1, 2, 4 and 8 inputs with as many outputs.
func (p *Shape) Blocked(pass Pass) bool {
	_, _, _, ok := p.perGroup()
	plain := p.Groups == 1 && p.DilationH == 1 && p.DilationW == 1 && pass != GradInput
	return ok && p.N > 0 && p.C > 0 && p.O > 0 && p.OH > 0 && p.OW > 0 && p.H > 0 && p.W > 0 && (plain || !p.Planar())
}

// Winograd reports whether the algorithm applies: the kernel is 3×3 with stride 1, or 7×7
// with stride 2 of up to four channels; forward also 3×3 with stride 2. The gradient of
// weights of 7×7 needs some tiles: with few it neither pays nor do its rounding errors, which
// are larger than those of a direct sum, become small beside the sum.
func (p *Shape) Winograd(pass Pass) bool {
	if p.stem() {
		return pass != GradWeight || p.tiles(pass) >= winogradGradFrom
	}
	return pass == Forward && p.strided() || p.Blocked(GradInput) && p.Groups == 1 && p.DilationH == 1 && p.DilationW == 1 && p.KH == 3 && p.KW == 3 && p.StrideH == 1 && p.StrideW == 1 && p.PadH <= 2 && p.PadW <= 2
}

// Algorithm returns what Auto stands for.
func (p *Shape) Algorithm(pass Pass) Algorithm {
	tiles := p.tiles(pass)
	if p.stem() {
		if p.C >= 3 && blockedTable.Get().stem != nil && (tiles*p.O >= stemGradFrom || pass == Forward && tiles*p.O >= stemFrom) {
			return Winograd
		}
		return Direct
	}
	if p.strided() {
		if pass == Forward && p.stridedPays() {
			return Winograd
		}
		return Direct
	}
	from := winogradFrom
	if pass != GradWeight && p.C*p.O <= winogradSmall {
		from = winogradSmallFrom
	}
	if !p.Winograd(pass) || tiles*max(p.C, p.O) < from || pass == GradWeight && tiles < winogradGradFrom {
		return Direct
	}
	return Winograd
}

// PlainNanos returns what [Plain] and its gradients take longer than the blocked
// kernels do, on one thread and without what it takes to convert memory. It is false if
// they are no match. A 1×1 kernel is a product of matrices for each image, which works
// where the images lie.
func (p *Shape) PlainNanos(pass Pass) (nanos float64, ok bool) {
	if p.KH*p.KW*p.StrideH*p.StrideW*p.Groups != 1 || p.OH != p.H || p.OW != p.W || p.products() < smallConv {
		return 0, false
	}
	share := [...]float64{Forward: 0.01, GradInput: 0.2, GradWeight: 0.2}[pass]
	t, windows := gemm.TileFor[float32](), p.H*p.W
	nanos = share * float64(p.products()) / float64(max(t.Rate, 1))
	if pass == Forward && windows%t.Cols != 0 { // tiles at the end of an image are spread element by element
		nanos += float64(p.N*p.O*windows) * min(1, float64(t.Cols)/float64(windows))
	}
	return nanos, true
}

// winogradFrom is the number of channels of all tiles from which Winograd pays: its weights
// take four times the memory. With so few weights of a tap that they stay in a cache it is
// winogradSmallFrom.
const winogradFrom, winogradSmall, winogradSmallFrom = 1024, 4096, 128

// stemFrom and stemGradFrom are the numbers of tiles of one output from which Winograd pays
// for a stem, its packing included, and for the gradient of its weights.
const stemFrom, stemGradFrom = 8 * 1024, 16 * 1024

// winogradGradFrom is the number of tiles from which Winograd pays for the gradient of
// the weights, which it writes and reads four times.
const winogradGradFrom = 10

// tiles returns the number of 4×4 tiles of what the pass goes through.
func (p *Shape) tiles(pass Pass) int {
	if pass == GradInput {
		return p.N * ((p.H + 3) / 4) * ((p.W + 3) / 4)
	}
	return p.N * ((p.OH + 3) / 4) * ((p.OW + 3) / 4)
}

func (p *Shape) resolve(pass Pass, alg Algorithm) Algorithm {
	if alg == Auto {
		return p.Algorithm(pass)
	}
	if !p.Winograd(pass) {
		return Direct
	}
	return alg
}

// xSize, ySize and wSize are the numbers of elements of x, y and w.
func (p *Shape) xSize() int {
	if p.Planar() {
		return p.N * p.C * p.H * p.W
	}
	return BlockedSize(p.N, p.C, p.H, p.W)
}
func (p *Shape) ySize() int { return BlockedSize(p.N, p.O, p.OH, p.OW) }
func (p *Shape) wSize() int { return p.O * (p.C / p.Groups) * p.KH * p.KW }

// Epilogue is what happens to a sum before it is stored:
//
//	y = relu(sum + bias[channel] + residual), 0 where mask <= 0
type Epilogue struct {
	Bias     []float32 // one a channel; nil: none
	Residual []float32 // blocked like y, or y itself; nil: none
	ReLU     bool      // NaN stays NaN
	Plain    bool      // y is in torch's order; see [Conv.WritesPlain]. There is no Residual then

	// Of a gradient in x, which knows only a Residual besides: 0 where Mask <= 0, the output of
	// a ReLU through which it goes back. Blocked like the result, but not the result itself.
	Mask []float32
}

// Blocked is [Plain] for p.Blocked(Forward): y is blocked unless e.Plain, and so
// is x unless p.Planar(). packed is of [PackWeights] for Forward and the same algorithm.
func Blocked(p *Shape, alg Algorithm, y, x, packed []float32, e Epilogue) {
	alg = p.resolve(Forward, alg)
	x, packed = x[:p.xSize()], packed[:PackedSize(p, Forward, alg)]
	if e.Plain {
		y, e.Residual = y[:p.N*p.O*p.OH*p.OW], nil
	} else {
		y = y[:p.ySize()]
	}
	if e.Bias != nil {
		e.Bias = e.Bias[:p.O]
	}
	if e.Residual != nil {
		e.Residual = e.Residual[:len(y)]
	}
	if alg == Winograd && p.strided() {
		winogradStrided(p, y, x, packed, e)
		return
	}
	if alg == Winograd && p.stem() {
		winogradStem(p, y, x, packed, e)
		return
	}
	if alg == Winograd {
		winogradConv(p, Forward, y, x, packed, e)
		return
	}
	directForward(p, y, x, packed, e)
}

// BlockedGradInput is [PlainGradInput] for p.Blocked(GradInput): dx and dy are
// blocked. packed is of [PackWeights] for GradInput and the same algorithm.
func BlockedGradInput(p *Shape, alg Algorithm, dx, dy, packed []float32, e Epilogue) {
	alg = p.resolve(GradInput, alg)
	dx, dy, packed = dx[:p.xSize()], dy[:p.ySize()], packed[:PackedSize(p, GradInput, alg)]
	if e.Residual != nil {
		e.Residual = e.Residual[:len(dx)]
	}
	if e.Mask != nil {
		e.Mask = e.Mask[:len(dx)]
	}
	if alg == Winograd {
		winogradConv(p, GradInput, dx, dy, packed, e)
		return
	}
	directGradInput(p, dx, dy, packed, e)
}

// BlockedGradWeight is [PlainGradWeight] for p.Blocked(GradWeight): dy is blocked,
// and so is x unless p.Planar(); dw has torch's order (O,C,KH,KW).
func BlockedGradWeight(p *Shape, alg Algorithm, dw, dy, x []float32) {
	alg = p.resolve(GradWeight, alg)
	dw, dy, x = dw[:p.wSize()], dy[:p.ySize()], x[:p.xSize()]
	if alg == Winograd && p.stem() {
		winogradStemWeight(p, dw, dy, x)
		return
	}
	if alg == Winograd {
		winogradGradWeight(p, dw, dy, x)
		return
	}
	if _, _, lanes, _ := p.perGroup(); lanes > 0 {
		laneGradWeight(p, lanes, dw, dy, x)
		return
	}
	directGradWeight(p, dw, dy, x)
}
