// SPDX-License-Identifier: MIT

//go:build amd64 && !purego

package roofline

import "github.com/stheno-go/stheno/internal/isa"

var assembly = map[isa.Set]*loops{
	isa.AVX2:   {fma: fmaAVX2, read: readAVX2, width: 8, chains: 12},
	isa.AVX512: {fma: fmaAVX512, read: readAVX512, width: 16, chains: 12},
}
