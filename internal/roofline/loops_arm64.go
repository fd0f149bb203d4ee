// SPDX-License-Identifier: MIT

//go:build arm64 && !purego

package roofline

import "github.com/stheno-go/stheno/internal/isa"

var assembly = map[isa.Set]*loops{isa.NEON: {fma: fmaNEON, read: readNEON, width: 4, chains: 24}}
