// SPDX-License-Identifier: MIT

package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/stheno-go/stheno/internal/studies"
)

func minimaCommand() *cobra.Command {
	var o studyFlags
	var m studies.Minima
	cmd := &cobra.Command{
		Use:   "minima",
		Short: "Where networks of several depths and sizes end, from many seeds",
		Long: `Train networks of several depths and sizes from many seeds, on all digits at once, until
the loss stops falling, and compare where they end: the spread of the final losses and
their distance to the best.

The claim to test (Choromanska et al., 2015): local minima of small networks can be poor,
while those of large networks are nearly as good as the best. Networks that are compared by
depth have about the same number of parameters. The norm of the gradient at the end shows how
close to a minimum a network is. Finished trainings are saved: more --seeds add to them.`,
		Example: `  stheno study minima --quick
  stheno study minima --seeds 100 --depths 1,3,10 --parameters 500,5000`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.quick && !cmd.Flags().Changed("seeds") {
				o.seeds = 8
			}
			store, release, err := o.begin(cmd)
			if err != nil {
				return err
			}
			defer release()
			return runMinima(cmd.Context(), &o, m, store)
		},
	}
	o.add(cmd, 50, "minutes: 8 seeds, fewer steps")
	f := cmd.Flags()
	f.IntSliceVar(&m.Depths, "depths", []int{1, 2, 4, 8}, "hidden layers of the networks")
	f.IntSliceVar(&m.Parameters, "parameters", []int{700, 7000}, "approximate sizes of the networks")
	positiveVar(f, &m.Steps, "steps", 0, "steps of a training (default 5000, quick 600)")
	f.Float64Var(&m.LR, "lr", 0.01, "learning rate of Adam at the start; it falls to 0")
	return cmd
}

func runMinima(ctx context.Context, o *studyFlags, m studies.Minima, store *studies.Store) error {
	if !(m.LR > 0) || len(m.Depths) == 0 || len(m.Parameters) == 0 || slices.Min(m.Depths) < 1 || slices.Min(m.Parameters) < 1 {
		return usagef("the rate %g, depths %v and parameters %v must be positive", m.LR, m.Depths, m.Parameters)
	}
	steps := 5000
	if o.quick {
		steps = 600
	}
	bar := progress(len(m.Depths)*len(m.Parameters)*o.seeds, "trainings")
	m.Seed, m.Seeds, m.Steps, m.Trained = o.seed, o.seeds, or(m.Steps, steps), func() { _ = bar.Add(1) } // an error of the bar is not one of the study
	list, err := m.Run(ctx, store)
	if err != nil {
		o.interrupted(ctx)
		return err
	}
	_ = bar.Finish()
	fmt.Fprintf(o.log, "%d steps over all digits\n", m.Steps)
	return o.print(list, studies.MinimaReport(list), studies.Rule)
}
