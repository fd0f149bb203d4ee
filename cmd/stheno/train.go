// SPDX-License-Identifier: MIT

package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/stheno-go/stheno"
)

// trainOptions are the flags of train. Zero numbers stand for the model's own
// defaults.
type trainOptions struct {
	model, data, target, out string
	standardize, quick       bool
	epochs                   int
	lr                       float64
	seed                     uint64
	w                        io.Writer // where the text goes
}

// trainers maps the name of a model to what trains it.
var trainers = map[string]func(ctx context.Context, o trainOptions) error{
	"linear":   trainLinear,
	"logistic": trainLogistic,
	"mlp":      trainDigits,
	"softmax":  trainDigits,
}

func modelNames() string {
	names := []string{}
	for name := range trainers {
		names = append(names, name)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

func trainCommand() *cobra.Command {
	var o trainOptions
	cmd := &cobra.Command{
		Use:   "train",
		Short: "Train a model and leave its weights and a picture",
		Long: `Train a model and leave its weights and a picture in a folder.

Without flags an MLP learns 1,797 embedded handwritten digits. "linear" fits a line to
the 15 points of the study notes, or a table to one of its columns; "logistic" separates
two classes.`,
		Example: `  stheno train
  stheno train --model linear
  stheno train --model linear --data houses.csv --target price --standardize
  stheno train --model logistic --data exam.csv --target admitted`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			train, ok := trainers[o.model]
			if !ok {
				return fmt.Errorf("there is no model %q; have %s", o.model, modelNames())
			}
			if o.epochs < 0 || o.lr < 0 {
				return fmt.Errorf("epochs %d and learning rate %g must not be negative", o.epochs, o.lr)
			}
			if (o.data == "") != (o.target == "") {
				return fmt.Errorf("--data FILE.csv and --target COLUMN belong together")
			}
			if err := os.MkdirAll(o.out, 0o755); err != nil {
				return err
			}
			o.w = cmd.OutOrStdout()
			stheno.Seed(o.seed)
			return train(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.model, "model", "mlp", "what to train: "+modelNames())
	f.StringVar(&o.data, "data", "", "table to learn from: a CSV file with a header")
	f.StringVar(&o.target, "target", "", "column of the table to predict")
	f.BoolVar(&o.standardize, "standardize", false, "give the table's features mean 0 and variance 1")
	f.IntVar(&o.epochs, "epochs", 0, "passes over the data (0: the model's default)")
	f.Float64Var(&o.lr, "lr", 0, "learning rate (0: the model's default)")
	f.Uint64Var(&o.seed, "seed", 1, "seed of initialisation and order")
	f.StringVar(&o.out, "out", "runs", "folder for weights and pictures")
	f.BoolVar(&o.quick, "quick", false, "end within seconds")
	return cmd
}

// or returns v, or def if v is 0.
func or[T int | float64](v, def T) T {
	if v == 0 {
		return def
	}
	return v
}
