// SPDX-License-Identifier: MIT

//go:build amd64 && !purego

package planes

import "golang.org/x/sys/cpu"

//go:generate go run -C _asm . -out ../planes_amd64.s

//go:noescape
func splitAVX2(red, green, blue *float32, src *uint8, n int, k *float32)

//go:noescape
func mirrorAVX2(red, green, blue *float32, src *uint8, n int, k *float32)

func detect() []*implementation {
	if !cpu.X86.HasAVX2 || !cpu.X86.HasFMA {
		return nil
	}
	return []*implementation{{name: "avx2", split: splitAVX2, mirror: mirrorAVX2}}
}
