// SPDX-License-Identifier: MIT

package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/isa"
)

// health is the result of the doctor command.
type health struct {
	Machine
	Implementations []string `json:"kernel_implementations"`
	GFLOPS          float64  `json:"matmul_gflops"`
	CUDA            string   `json:"cuda"`
	Advice          []string `json:"advice"`
}

func doctorCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Show what stheno detects and uses on this machine",
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
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func examine() (health, error) {
	h := health{Machine: thisMachine(), Implementations: isa.Kernels.Names(), Advice: []string{}}
	switch _, err := stheno.Zeros(1).To(stheno.CUDA(0)).Item(); {
	case err == nil:
		h.CUDA = "available"
	case errors.Is(err, stheno.ErrNoCUDA):
		h.CUDA = "not in this build (tag cuda), or no driver"
	default:
		h.CUDA = err.Error()
	}
	if h.JPEG == ownJPEG {
		h.Advice = append(h.Advice, "libjpeg-turbo not found: with it (Debian: libturbojpeg0) JPEG files are decoded faster")
	}
	if h.Kernels == "generic" {
		h.Advice = append(h.Advice, "the kernels are plain Go: a processor with AVX2 and FMA, or a build without the tag purego, is many times faster")
	}
	if h.Threads < h.CPUs {
		h.Advice = append(h.Advice, fmt.Sprintf("%d of %d processors are used, as set by --threads or GOMAXPROCS", h.Threads, h.CPUs))
	}
	var err error
	h.GFLOPS, err = matmulSpeed()
	return h, err
}

// matmulSpeed returns the best speed of several 512x512 matrix products.
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
		{"stheno", h.Version}, {"go", h.Go + " on " + h.Platform}, {"processor", h.Processor}, {"threads", fmt.Sprintf("%d of %d", h.Threads, h.CPUs)},
		{"cpu features", strings.Join(h.Features, " ")}, {"kernels", h.Kernels + " (of " + strings.Join(h.Implementations, ", ") + ")"},
		{"matmul 512", fmt.Sprintf("%.1f GFLOP/s", h.GFLOPS)}, {"jpeg", h.JPEG}, {"cuda", h.CUDA},
	} {
		fmt.Fprintf(w, "%-13s %s\n", row[0], row[1])
	}
	for _, text := range h.Advice {
		fmt.Fprintln(w, "\nadvice:", text)
	}
}
