// SPDX-License-Identifier: MIT

//go:build amd64 && !purego

package resample

import "github.com/stheno-go/stheno/internal/isa"

var assembly = map[isa.Set]*implementation{
	isa.AVX2: {horizontal: horizontalAVX2, vertical: verticalAVX2, width: 32},
	isa.VNNI: {horizontal: horizontalVNNI, vertical: verticalVNNI, width: 32},
}
