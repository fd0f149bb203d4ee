// SPDX-License-Identifier: MIT

//go:build !amd64 || purego

package resample

import "github.com/stheno-go/stheno/internal/isa"

var assembly map[isa.Set]*implementation // none
