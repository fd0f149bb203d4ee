// SPDX-License-Identifier: MIT

//go:build (!amd64 && !arm64) || purego

package kernels

import "github.com/stheno-go/stheno/internal/isa"

// Here is nothing but Go code.
var vectorSets map[isa.Set]*vectorKernels
