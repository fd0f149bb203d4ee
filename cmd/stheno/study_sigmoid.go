// SPDX-License-Identifier: MIT

package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/stheno-go/stheno/internal/studies"
)

func sigmoidCommand() *cobra.Command {
	var o studyFlags
	var s studies.Sigmoid
	cmd := &cobra.Command{
		Use:   "sigmoid",
		Short: "Gradients and activations by layer, for several activations",
		Long: `Train the same deep network with one activation after another, from the initialization
that suits it (Xavier, He), and compare the gradients and the activations of its layers.

The claim to test (Glorot and Bengio, 2010): with the sigmoid, gradients vanish toward the
first layer, and its outputs are not centered on zero, so that a deep network does not
learn. Finished trainings are saved: more --seeds add to them.`,
		Example: `  stheno study sigmoid
  stheno study sigmoid --depth 12 --epochs 5`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if s.Depth < 2 || s.Epochs < 0 {
				return usagef("depth %d must be at least 2 and epochs %d not negative", s.Depth, s.Epochs)
			}
			if o.quick && !cmd.Flags().Changed("epochs") {
				s.Epochs = 3
			}
			if o.quick && !cmd.Flags().Changed("seeds") {
				o.seeds = 3
			}
			store, release, err := o.begin(cmd)
			if err != nil {
				return err
			}
			defer release()
			return runSigmoid(cmd.Context(), &o, s, store)
		},
	}
	o.add(cmd, 5, "train for 3 epochs, from 3 seeds")
	f := cmd.Flags()
	f.IntVar(&s.Depth, "depth", 8, "number of hidden layers")
	f.IntVar(&s.Epochs, "epochs", 20, "passes over the digits")
	return cmd
}

func runSigmoid(ctx context.Context, o *studyFlags, s studies.Sigmoid, store *studies.Store) error {
	bar := progress(s.Activations()*o.seeds, "trainings")
	s.Seed, s.Seeds, s.Trained = o.seed, o.seeds, func() { _ = bar.Add(1) } // an error of the bar is not one of the study
	list, err := s.Run(ctx, store)
	if err != nil {
		o.interrupted(ctx)
		return err
	}
	_ = bar.Finish()
	fmt.Fprintf(o.log, "%d hidden layers, trained for %d epochs\n", s.Depth, s.Epochs)
	return o.print(list, studies.SigmoidReport(list), studies.SigmoidRule)
}
