// SPDX-License-Identifier: MIT

//go:build amd64 && !purego

package kernels

//go:generate go run -C _asm ./blocked -out ../blocked_amd64.s

// What these compute is written at their jobs.

//go:noescape
func convTileAVX512(j *tileJob)

//go:noescape
func convGradAVX512(j *gradJob)

var blockedAVX512 = &blockedKernels{
	pixels: 14, rate: 100, tile: convTileAVX512, grad: convGradAVX512,
	input: winogradInputGo, output: winogradOutputGo, spread: winogradSpreadGo,
	weights: winogradWeightsGo, gather: winogradGatherGo,
}
