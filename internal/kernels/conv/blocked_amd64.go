// SPDX-License-Identifier: MIT

//go:build amd64 && !purego

package conv

import "github.com/stheno-go/stheno/internal/isa"

// What these compute is written at their jobs.

var blockedSets = map[isa.Set]*blockedKernels{isa.AVX2: blockedAVX2, isa.AVX512: blockedAVX512}

var blockedAVX512 = &blockedKernels{
	pixels: 14, short: 8, rate: 100, tile: convTileAVX512, masks: true, grad: convGradAVX512,
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
