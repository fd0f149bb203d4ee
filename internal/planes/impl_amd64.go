// SPDX-License-Identifier: MIT

//go:build amd64 && !purego

package planes

import "golang.org/x/sys/cpu"

func detect() []*implementation {
	if !cpu.X86.HasAVX2 || !cpu.X86.HasFMA {
		return nil
	}
	return []*implementation{{name: "avx2", split: splitAVX2, mirror: mirrorAVX2}}
}
