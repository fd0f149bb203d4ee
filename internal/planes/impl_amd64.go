// SPDX-License-Identifier: MIT

//go:build amd64 && !purego

package planes

import "github.com/stheno-go/stheno/internal/isa"

var assembly = map[isa.Set]*implementation{isa.AVX2: {split: splitAVX2, mirror: mirrorAVX2}}
