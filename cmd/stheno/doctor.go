// SPDX-License-Identifier: MIT

package main

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/cpu"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/codec/turbojpeg"
	"github.com/stheno-go/stheno/internal/kernels"
)

// health is what the program finds on a machine.
type health struct {
	Version         string   `json:"version"`
	Go              string   `json:"go"`
	Platform        string   `json:"platform"`
	CPUs            int      `json:"cpus"`
	Threads         int      `json:"threads"`
	Features        []string `json:"cpu_features"`
	Kernels         string   `json:"kernels"`
	Implementations []string `json:"kernel_implementations"`
	GFLOPS          float64  `json:"matmul_gflops"`
	JPEG            string   `json:"jpeg"` // what decodes JPEG files
	CUDA            string   `json:"cuda"`
	Advice          []string `json:"advice"`
}

func doctorCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Say what the program finds on this machine and makes of it",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			h, err := examine()
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), h)
			}
			h.print(cmd.OutOrStdout())
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the findings as JSON")
	return cmd
}

func examine() (health, error) {
	h := health{
		Version: "(devel)", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH, CPUs: runtime.NumCPU(), Threads: kernels.Threads(),
		Features: features(), Kernels: kernels.Implementation(), Implementations: kernels.Implementations(), Advice: []string{},
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		h.Version = info.Main.Version
	}
	switch _, err := stheno.Zeros(1).To(stheno.CUDA(0)).Item(); {
	case err == nil:
		h.CUDA = "available"
	case errors.Is(err, stheno.ErrNoCUDA):
		h.CUDA = "not in this build (tag cuda), or no driver"
	default:
		h.CUDA = err.Error()
	}
	if h.JPEG = turbojpeg.Library(); h.JPEG == "" {
		h.JPEG = "own decoder"
		h.Advice = append(h.Advice, "libjpeg-turbo is not there: with it (Debian: libturbojpeg0) JPEG files are read faster")
	}
	if h.Kernels == "generic" {
		h.Advice = append(h.Advice, "the kernels are plain Go: AVX2 and FMA, or a build without the tag purego, would make them many times faster")
	}
	if h.Threads < h.CPUs {
		h.Advice = append(h.Advice, fmt.Sprintf("%d of %d processors are used: --threads or GOMAXPROCS says so", h.Threads, h.CPUs))
	}
	var err error
	h.GFLOPS, err = matmulSpeed()
	return h, err
}

// features returns what the processor can do, of what kernels are written for.
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

// matmulSpeed times a product of matrices of 512 by 512, the best of several.
func matmulSpeed() (gflops float64, err error) {
	const n = 512
	x := stheno.Randn(n, n)
	for range 8 {
		begun := time.Now()
		if err := stheno.Run(x.MatMul(x)); err != nil {
			return 0, err
		}
		gflops = max(gflops, 2*n*n*n/time.Since(begun).Seconds()/1e9)
	}
	return gflops, nil
}

func (h health) print(w io.Writer) {
	for _, row := range [][2]string{
		{"stheno", h.Version}, {"go", h.Go + " on " + h.Platform}, {"processors", fmt.Sprintf("%d, %d used", h.CPUs, h.Threads)},
		{"cpu features", strings.Join(h.Features, " ")}, {"kernels", h.Kernels + " (of " + strings.Join(h.Implementations, ", ") + ")"},
		{"matmul 512", fmt.Sprintf("%.1f GFLOP/s", h.GFLOPS)}, {"jpeg", h.JPEG}, {"cuda", h.CUDA},
	} {
		fmt.Fprintf(w, "%-13s %s\n", row[0], row[1])
	}
	for _, text := range h.Advice {
		fmt.Fprintln(w, "\nadvice:", text)
	}
}
