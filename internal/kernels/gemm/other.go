// SPDX-License-Identifier: MIT

//go:build (!amd64 && !arm64) || purego

package gemm

import "github.com/stheno-go/stheno/internal/isa"

// Here is nothing but Go code.
var tileSets map[isa.Set]*tiles
