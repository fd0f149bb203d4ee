// SPDX-License-Identifier: MIT

//go:build arm64 && !purego

package conv

import "github.com/stheno-go/stheno/internal/isa"

// What these compute is written at their jobs.

//go:noescape
func convTileNEON(j *tileJob)

//go:noescape
func convGradNEON(j *gradJob)

//go:noescape
func laneTileNEON(j *tileJob)

//go:noescape
func laneGradNEON(j *gradJob)

//go:noescape
func winogradInputNEON(j *winogradJob)

//go:noescape
func winogradOutputNEON(j *winogradJob)

//go:noescape
func winogradSpreadNEON(j *winogradJob)

//go:noescape
func winogradWeightsNEON(j *winogradJob)

//go:noescape
func winogradGatherNEON(j *winogradJob)

var blockedSets = map[isa.Set]*blockedKernels{isa.NEON: blockedNEON}

var blockedNEON = &blockedKernels{
	pixels: 6, short: 6, rate: 20, tile: convTileNEON, passes: true, grad: convGradNEON,
	laneTile: laneTileNEON, laneGrad: laneGradNEON,
	input: winogradInputNEON, output: winogradOutputNEON, spread: winogradSpreadNEON,
	weights: winogradWeightsNEON, gather: winogradGatherNEON,
}
