// SPDX-License-Identifier: MIT

package main

import (
	"fmt"
	"log/slog"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/golden/parity"
	"github.com/stheno-go/stheno/internal/kernels"
)

// verified is a check and its result.
type verified struct {
	Net     string  `json:"net"`
	DType   string  `json:"dtype"`
	Kernels string  `json:"kernels"`
	Losses  float64 `json:"loss_difference"`
	Weights float64 `json:"parameter_difference"`
	Eval    float64 `json:"evaluation_difference"`
	Passed  bool    `json:"passed"`
}

func verifyCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Check on this machine that networks train as in PyTorch",
		Long: `Check on this machine that networks train as in PyTorch: six small networks are trained
for 20 steps, in float32 and float64, with every set of kernels that the processor can
run. Losses, parameters and an evaluation are compared with what PyTorch 2.15 computed
from the same numbers. Shown are the largest differences, relative above 1.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			list, err := verify(cmd)
			if err != nil {
				return err
			}
			failed := 0
			for _, v := range list {
				if !v.Passed {
					failed++
				}
			}
			w := cmd.OutOrStdout()
			if asJSON {
				err = printJSON(w, list)
			} else {
				fmt.Fprintf(w, "%-10s %-8s %-8s %12s %12s %12s\n", "net", "dtype", "kernels", "20 losses", "parameters", "evaluation")
				for _, v := range list {
					mark := "ok"
					if !v.Passed {
						mark = "DIFFERS"
					}
					fmt.Fprintf(w, "%-10s %-8s %-8s %12.1e %12.1e %12.1e  %s\n", v.Net, v.DType, v.Kernels, v.Losses, v.Weights, v.Eval, mark)
				}
				fmt.Fprintf(w, "\n%d of %d checks agree with PyTorch\n", len(list)-failed, len(list))
			}
			if err == nil && failed > 0 {
				err = fmt.Errorf("%d of %d checks differ from PyTorch", failed, len(list))
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the checks as JSON")
	return cmd
}

func verify(cmd *cobra.Command) ([]verified, error) {
	// So many small programs are compiled here that the warning about it means nothing.
	defer slog.SetLogLoggerLevel(slog.SetLogLoggerLevel(slog.LevelError))
	var list []verified
	for _, name := range kernels.Implementations() {
		restore, err := kernels.Use(name)
		if err != nil {
			return nil, err
		}
		defer restore()
		for _, net := range slices.Sorted(maps.Keys(parity.Nets)) {
			for _, dtype := range []stheno.DType{stheno.Float32, stheno.Float64} {
				if err := cmd.Context().Err(); err != nil {
					return nil, err
				}
				r, err := parity.Check(net, dtype)
				if err != nil {
					return nil, err
				}
				list = append(list, verified{net, dtype.String(), name, r.Losses, r.Weights, r.Eval, r.Passed()})
			}
		}
	}
	return list, nil
}
