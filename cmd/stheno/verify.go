// SPDX-License-Identifier: MIT

package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math"

	"github.com/spf13/cobra"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/golden/parity"
	"github.com/stheno-go/stheno/internal/isa"
)

// verified is the result of a group of checks.
type verified struct {
	Group    string   `json:"group"`
	DType    string   `json:"dtype"`
	Kernels  string   `json:"kernels"`
	Cases    int      `json:"cases"`
	Far      float64  `json:"largest_difference"` // of the case closest to its tolerance, or beyond it
	Bound    float64  `json:"tolerance"`          // of that case
	Passed   bool     `json:"passed"`
	Failures []string `json:"failures,omitempty"`
}

func verifyCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Check on this machine that stheno computes what PyTorch does",
		Long: `Check on this machine that stheno computes what PyTorch does.

Operations, activations, losses, optimizers and schedules are computed with their
gradients, and six small networks are trained for 20 steps, in float32 and float64, with
every set of kernels that the processor supports. The results are compared with those of
PyTorch 2.15 for the same inputs, which are stored in the program. The table shows, for each
group, the case closest to its tolerance: its largest difference, absolute up to 1 and
relative above.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			list, err := verify(cmd.Context())
			if err != nil {
				return err
			}
			if w := cmd.OutOrStdout(); asJSON {
				err = printJSON(w, list)
			} else {
				printVerified(w, list)
			}
			cases, failed := 0, 0
			for _, v := range list {
				cases, failed = cases+v.Cases, failed+len(v.Failures)
			}
			if err == nil && failed > 0 {
				err = fmt.Errorf("%d of %d checks differ from PyTorch", failed, cases)
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// verify runs all checks with all kernels.
func verify(ctx context.Context) ([]*verified, error) {
	// Many small programs are expected here: suppress the warning about it.
	defer slog.SetLogLoggerLevel(slog.SetLogLoggerLevel(slog.LevelError))
	var list []*verified
	for _, name := range isa.Kernels.Names() {
		for _, dtype := range []stheno.DType{stheno.Float32, stheno.Float64} {
			checks, err := verifyWith(ctx, name, dtype)
			if err != nil {
				return nil, err
			}
			list = append(list, grouped(checks, name)...)
		}
	}
	return list, nil
}

func verifyWith(ctx context.Context, name string, dtype stheno.DType) ([]*parity.Check, error) {
	restore, err := isa.Kernels.Use(name)
	if err != nil {
		return nil, err
	}
	defer restore()
	return parity.All(ctx, dtype)
}

// grouped summarizes the checks of each group, in order of first appearance.
func grouped(checks []*parity.Check, kernels string) []*verified {
	var list []*verified
	groups := map[string]*verified{}
	for _, c := range checks {
		v := groups[c.Group]
		if v == nil {
			v = &verified{Group: c.Group, DType: c.DType.String(), Kernels: kernels, Bound: c.Bound, Passed: true}
			groups[c.Group], list = v, append(list, v)
		}
		v.Cases++
		if far := min(c.Far, math.MaxFloat64); far/c.Bound > v.Far/v.Bound { // JSON has no infinity
			v.Far, v.Bound = far, c.Bound
		}
		if !c.Passed() {
			v.Passed, v.Failures = false, append(v.Failures, c.String())
		}
	}
	return list
}

func printVerified(w io.Writer, list []*verified) {
	const format = "%-24s %-8s %-8s %6v %12v %12v  %s\n"
	fmt.Fprintf(w, format, "group", "dtype", "kernels", "cases", "difference", "tolerance", "")
	cases, failed := 0, 0
	for _, v := range list {
		mark := "ok"
		if !v.Passed {
			mark = fmt.Sprintf("%d DIFFER", len(v.Failures))
		}
		fmt.Fprintf(w, format, v.Group, v.DType, v.Kernels, v.Cases, fmt.Sprintf("%.1e", v.Far), fmt.Sprintf("%.0e", v.Bound), mark)
		cases, failed = cases+v.Cases, failed+len(v.Failures)
	}
	fmt.Fprintln(w)
	for _, v := range list {
		for _, text := range v.Failures {
			fmt.Fprintf(w, "%s: %s\n", v.Kernels, text)
		}
	}
	fmt.Fprintf(w, "%d of %d checks agree with PyTorch\n", cases-failed, cases)
}
