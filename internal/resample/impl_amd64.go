// SPDX-License-Identifier: MIT

//go:build amd64 && !purego

package resample

import "golang.org/x/sys/cpu"

func detect() []*implementation {
	var list []*implementation
	if cpu.X86.HasAVX2 {
		list = append(list, &implementation{name: "avx2", horizontal: horizontalAVX2, vertical: verticalAVX2, width: 32})
	}
	if cpu.X86.HasAVX2 && cpu.X86.HasAVX512F && cpu.X86.HasAVX512VL && cpu.X86.HasAVX512VNNI {
		list = append(list, &implementation{name: "avx512vnni", horizontal: horizontalVNNI, vertical: verticalVNNI, width: 32})
	}
	return list
}
