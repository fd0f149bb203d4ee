// SPDX-License-Identifier: MIT

//go:build amd64 && !purego

package jpeg

import "golang.org/x/sys/cpu"

//go:generate go run -C _asm . -out ../jpeg_amd64.s

//go:noescape
func inverseDCTAVX2(dst *uint8, stride int, block *int16)

//go:noescape
func yccAVX2(dst, y, cb, cr *uint8, n int)

//go:noescape
func fancyHVAVX2(dst, near, far *uint8, n int)

//go:noescape
func fancyHAVX2(dst, near *uint8, n int)

func detect() []*implementation {
	if !cpu.X86.HasAVX2 {
		return nil
	}
	return []*implementation{{"avx2", inverseDCTAVX2, yccAVX2, fancyHVAVX2, fancyHAVX2}}
}
