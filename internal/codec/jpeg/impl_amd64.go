// SPDX-License-Identifier: MIT

//go:build amd64 && !purego

package jpeg

import "github.com/stheno-go/stheno/internal/isa"

var assembly = map[isa.Set]*implementation{isa.AVX2: {inverseDCTAVX2, yccAVX2, fancyHVAVX2, fancyHAVX2}}
