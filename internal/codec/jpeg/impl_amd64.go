// SPDX-License-Identifier: MIT

//go:build amd64 && !purego

package jpeg

import "golang.org/x/sys/cpu"

func detect() []*implementation {
	if !cpu.X86.HasAVX2 {
		return nil
	}
	return []*implementation{{"avx2", inverseDCTAVX2, yccAVX2, fancyHVAVX2, fancyHAVX2}}
}
