// SPDX-License-Identifier: MIT

//go:build arm64 && !purego

package conv

import "github.com/stheno-go/stheno/internal/isa"

// What these compute is written at their jobs.

var blockedSets = map[isa.Set]*blockedKernels{isa.NEON: blockedNEON}

var blockedNEON = &blockedKernels{
	pixels: 6, short: 6, rate: 20, tile: convTileNEON, masks: true, grad: convGradNEON,
	laneTile: laneTileNEON, laneGrad: laneGradNEON,
	input: winogradInputNEON, output: winogradOutputNEON, spread: winogradSpreadNEON,
	weights: winogradWeightsNEON, gather: winogradGatherNEON,
}
