// SPDX-License-Identifier: MIT

//go:build (!amd64 && !arm64) || purego

package conv

import "github.com/stheno-go/stheno/internal/isa"

// Here is nothing but Go code.
var (
	blockedSets map[isa.Set]*blockedKernels
	channelSets map[isa.Set]*channelKernels
)
