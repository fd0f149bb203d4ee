// SPDX-License-Identifier: MIT

//go:build amd64 && !purego

package conv

import "github.com/stheno-go/stheno/internal/isa"

//go:generate go run -C ../_asm ./blocked -out ../conv/blocked_amd64.s

// What these compute is written at their jobs.

//go:noescape
func convTileAVX512(j *tileJob)

//go:noescape
func convGradAVX512(j *gradJob)

//go:noescape
func convTileAVX2(j *tileJob)

//go:noescape
func convGradAVX2(j *gradJob)

//go:noescape
func laneTileAVX512(j *tileJob)

//go:noescape
func laneGradAVX512(j *gradJob)

//go:noescape
func laneTileAVX2(j *tileJob)

//go:noescape
func laneGradAVX2(j *gradJob)

//go:noescape
func winogradInputAVX512(j *winogradJob)

//go:noescape
func winogradInputEdgeAVX512(j *winogradJob)

//go:noescape
func winogradSpreadEdgeAVX512(j *winogradJob)

//go:noescape
func winogradOutputAVX512(j *winogradJob)

//go:noescape
func winogradSpreadAVX512(j *winogradJob)

//go:noescape
func winogradWeightsAVX512(j *winogradJob)

//go:noescape
func winogradWeightsStreamAVX512(j *winogradJob)

//go:noescape
func winogradGatherAVX512(j *winogradJob)

//go:noescape
func stemInputAVX512(j *winogradJob)

//go:noescape
func stemOutputAVX512(j *winogradJob)

//go:noescape
func stemSpreadAVX512(j *winogradJob)

//go:noescape
func phaseSplitAVX512(j *winogradJob)

//go:noescape
func stridedInputAVX512(j *winogradJob)

//go:noescape
func stridedInputEdgeAVX512(j *winogradJob)

//go:noescape
func stridedOutputAVX512(j *winogradJob)

//go:noescape
func stridedWeightsAVX512(j *winogradJob)

//go:noescape
func stridedWeightsStreamAVX512(j *winogradJob)

//go:noescape
func winogradTurnAVX512(j *winogradJob)

//go:noescape
func winogradInputAVX2(j *winogradJob)

//go:noescape
func winogradOutputAVX2(j *winogradJob)

//go:noescape
func winogradSpreadAVX2(j *winogradJob)

//go:noescape
func winogradWeightsAVX2(j *winogradJob)

//go:noescape
func winogradGatherAVX2(j *winogradJob)

var blockedSets = map[isa.Set]*blockedKernels{isa.AVX2: blockedAVX2, isa.AVX512: blockedAVX512}

var blockedAVX512 = &blockedKernels{
	pixels: 14, short: 8, rate: 100, tile: convTileAVX512, passes: true, grad: convGradAVX512,
	laneTile: laneTileAVX512, laneGrad: laneGradAVX512,
	input: winogradInputAVX512, output: winogradOutputAVX512, spread: winogradSpreadAVX512,
	inputEdge: winogradInputEdgeAVX512, spreadEdge: winogradSpreadEdgeAVX512,
	weights: winogradWeightsAVX512, weightsStream: winogradWeightsStreamAVX512, gather: winogradGatherAVX512, turn: winogradTurnAVX512,
	stem: &phaseKernels{input: stemInputAVX512, output: stemOutputAVX512, spread: stemSpreadAVX512, split: phaseSplitAVX512},
	strided: &phaseKernels{input: stridedInputAVX512, inputEdge: stridedInputEdgeAVX512, output: stridedOutputAVX512, weights: stridedWeightsAVX512,
		weightsStream: stridedWeightsStreamAVX512},
}

var blockedAVX2 = &blockedKernels{
	pixels: 6, short: 6, rate: 50, tile: convTileAVX2, grad: convGradAVX2,
	laneTile: laneTileAVX2, laneGrad: laneGradAVX2,
	input: winogradInputAVX2, output: winogradOutputAVX2, spread: winogradSpreadAVX2,
	weights: winogradWeightsAVX2, gather: winogradGatherAVX2,
}
