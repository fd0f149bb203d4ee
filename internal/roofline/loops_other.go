// SPDX-License-Identifier: MIT

//go:build (!amd64 && !arm64) || purego

package roofline

import "github.com/stheno-go/stheno/internal/isa"

var assembly map[isa.Set]*loops // none
