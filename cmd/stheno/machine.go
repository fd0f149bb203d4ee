// SPDX-License-Identifier: MIT

package main

import (
	"cmp"
	"runtime"
	"runtime/debug"

	"golang.org/x/sys/cpu"

	"github.com/stheno-go/stheno/internal/codec/turbojpeg"
	"github.com/stheno-go/stheno/internal/isa"
	"github.com/stheno-go/stheno/internal/kernels/par"
	"github.com/stheno-go/stheno/internal/processor"
)

// Machine describes the hardware and software of a run.
type Machine struct {
	Version   string   `json:"version"`
	Go        string   `json:"go"`
	Platform  string   `json:"platform"`
	Processor string   `json:"processor"`
	CPUs      int      `json:"cpus"`
	Threads   int      `json:"threads"`
	Features  []string `json:"cpu_features"`
	Kernels   string   `json:"kernels"`
	JPEG      string   `json:"jpeg"` // the JPEG decoder
}

// ownJPEG names the decoder that is used where libjpeg-turbo is missing.
const ownJPEG = "own decoder"

func thisMachine() Machine {
	m := Machine{
		Version: "(devel)", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH, Processor: processor.Name(),
		CPUs: runtime.NumCPU(), Threads: par.Threads(), Features: features(), Kernels: isa.Kernels.Set().String(),
		JPEG: cmp.Or(turbojpeg.Library(), ownJPEG),
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		m.Version = info.Main.Version
	}
	return m
}

// features returns the features of the processor that kernels use.
func features() []string {
	var list []string
	for _, f := range []struct {
		name string
		has  bool
	}{
		{"sse4.2", cpu.X86.HasSSE42}, {"avx", cpu.X86.HasAVX}, {"avx2", cpu.X86.HasAVX2}, {"fma", cpu.X86.HasFMA},
		{"avx512f", cpu.X86.HasAVX512F}, {"avx512vl", cpu.X86.HasAVX512VL}, {"avx512dq", cpu.X86.HasAVX512DQ},
		{"avx512vnni", cpu.X86.HasAVX512VNNI}, {"avx512bf16", cpu.X86.HasAVX512BF16},
		{"asimd", runtime.GOARCH == "arm64"}, {"sve", cpu.ARM64.HasSVE},
	} {
		if f.has {
			list = append(list, f.name)
		}
	}
	return list
}
