// SPDX-License-Identifier: MIT

package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"
	"gonum.org/v1/plot"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/digits"
	"github.com/stheno-go/stheno/trainers/charts"
)

func studyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "study",
		Short: "See for yourself what is claimed of deep nets",
		Args:  noArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(sigmoidCommand(), degradationCommand(), minimaCommand(), overfitCommand())
	return cmd
}

func sigmoidCommand() *cobra.Command {
	var o trainOptions
	var depth int
	cmd := &cobra.Command{
		Use:   "sigmoid",
		Short: "What is wrong with the sigmoid: gradients and activations by layer",
		Long: `Build the same deep net with one activation after another and show, layer by layer, the
norm of the gradient and the mean of the activations, at the start and after training.
Every activation starts from the weights that suit it (Xavier, He).

The two faults of the sigmoid are seen in it: the gradient dies from the last layer to
the first, and its outputs are never centred on zero. So is what comes of mixing it with
another activation in one net.`,
		Example: `  stheno study sigmoid
  stheno study sigmoid --depth 12 --epochs 5`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if depth < 2 || o.epochs < 0 {
				return usagef("depth %d must be at least 2 and epochs %d not negative", depth, o.epochs)
			}
			if o.quick && !cmd.Flags().Changed("epochs") {
				o.epochs = 3
			}
			release, err := hold(o.out, "sigmoid."+lockName)
			if err != nil {
				return err
			}
			defer release()
			o.w = cmd.OutOrStdout()
			return studySigmoid(cmd.Context(), o, depth)
		},
	}
	f := cmd.Flags()
	f.IntVar(&depth, "depth", 8, "number of hidden layers")
	f.IntVar(&o.epochs, "epochs", 20, "passes over the digits between the two looks")
	f.Uint64Var(&o.seed, "seed", 1, "seed of initialisation and order")
	f.StringVar(&o.out, "out", "runs", "folder for the picture")
	f.BoolVar(&o.quick, "quick", false, "train for 3 epochs")
	return cmd
}

func studySigmoid(ctx context.Context, o trainOptions, depth int) error {
	train, _, err := loadDigits()
	if err != nil {
		return err
	}
	epochs := o.epochs
	const width = 64
	sizes := []int{digits.Pixels}
	for range depth {
		sizes = append(sizes, width)
	}
	sizes = append(sizes, digits.Classes)
	fmt.Fprintf(o.w, "%d hidden layers of %d, trained for %d epochs\n", depth, width, epochs)
	bar := progress(len(activations)*epochs, "epochs")
	var starts, ends []look
	var losses []float64
	for _, a := range activations {
		stheno.Seed(o.seed)
		net := newProbe(a.of, sizes)
		before, err := net.look(train)
		if err != nil {
			return err
		}
		loss, err := net.train(ctx, train, epochs, o.seed, bar)
		if err != nil {
			return err
		}
		after, err := net.look(train)
		if err != nil {
			return err
		}
		starts, ends, losses = append(starts, before), append(ends, after), append(losses, loss)
		if ctx.Err() != nil {
			break
		}
	}
	_ = bar.Finish() // a progress bar that cannot be drawn does no harm
	byLayer(o.w, "gradient norm by layer, at the start", "first/last", depth, starts, func(l look) ([]float64, float64) {
		return l.gradient, l.gradient[0] / l.gradient[depth-1]
	})
	byLayer(o.w, "mean activation by layer, at the start", "spread", depth, starts, func(l look) ([]float64, float64) {
		return l.mean, slices.Max(l.mean) - slices.Min(l.mean)
	})
	byLayer(o.w, fmt.Sprintf("gradient norm by layer, after %d epochs", epochs), "loss", depth, ends, func(l look) ([]float64, float64) {
		loss := losses[0]
		losses = losses[1:]
		return l.gradient, loss
	})
	fmt.Fprint(o.w, conclusion)
	savePicture(o.w, filepath.Join(o.out, "sigmoid.png"), studyPicture(depth, epochs, starts, ends)...)
	return ctx.Err()
}

const conclusion = `
The sigmoid's slope is 1/4 at most, so each layer passes on less of the gradient: the
first layers learn nothing. Its outputs are positive, about 0.5 on average: the next
layer's gradients then all have one sign. Mixed with another activation it brings both
faults along, and every layer gets inputs of another scale: a net keeps to one activation.

`

// byLayer prints a table: a row for each activation, a column for each layer, and one
// for what sums the layers up.
func byLayer(w io.Writer, title, last string, depth int, looks []look, of func(look) ([]float64, float64)) {
	fmt.Fprintf(w, "\n%s\n%-14s", title, "activation")
	for i := range depth {
		fmt.Fprintf(w, " %8d", i+1)
	}
	fmt.Fprintf(w, " | %10s\n", last)
	for i, l := range looks {
		fmt.Fprintf(w, "%-14s", activations[i].name)
		values, sum := of(l)
		for _, v := range values {
			fmt.Fprintf(w, " %8.2g", v)
		}
		fmt.Fprintf(w, " | %10.3g\n", sum)
	}
}

func studyPicture(depth, epochs int, starts, ends []look) []*plot.Plot {
	panels := []*plot.Plot{
		charts.Panel("gradient norm at the start", "layer", "log10"), charts.Panel("mean activation at the start", "layer", ""),
		charts.Panel(fmt.Sprintf("gradient norm after %d epochs", epochs), "layer", "log10"),
	}
	layer := make([]float64, depth)
	var ticks plot.ConstantTicks
	for i := range layer {
		layer[i] = float64(i + 1)
		ticks = append(ticks, plot.Tick{Value: layer[i], Label: fmt.Sprint(i + 1)})
	}
	for i := range starts {
		for k, values := range [][]float64{logs(starts[i].gradient), starts[i].mean, logs(ends[i].gradient)} {
			charts.Line(panels[k], activations[i].name, layer, values, charts.Color(i))
		}
	}
	for _, p := range panels { // the curves reach the right edge: the legend gets room beside them
		p.X.Tick.Marker, p.X.Max = ticks, 1+1.5*float64(depth-1)
	}
	return panels
}

func logs(x []float64) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = math.Log10(v)
	}
	return y
}
