// SPDX-License-Identifier: MIT

package datasets

import "math/rand/v2"

// Purposes of random numbers, each with its own streams.
const (
	forSamples = iota
	forBatches
	forSamplers
)

// reseed sets p to the beginning of stream i of an epoch. For one seed and epoch the streams of all
// i differ.
func reseed(p *rand.PCG, seed uint64, epoch, purpose, i int) {
	h := scatter(scatter(scatter(seed)+uint64(epoch)<<2+uint64(purpose)) + uint64(i))
	p.Seed(h, scatter(h))
}

// scatter is the output function of SplitMix64 (Steele, Lea and Flood, 2014), a bijection that maps
// consecutive numbers to unrelated ones.
func scatter(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// samplerRand returns the generator of a sampler's epoch.
func samplerRand(seed uint64, epoch int) *rand.Rand {
	p := new(rand.PCG)
	reseed(p, seed, epoch, forSamplers, 0)
	return rand.New(p)
}
