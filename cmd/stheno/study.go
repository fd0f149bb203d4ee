// SPDX-License-Identifier: MIT

package main

import (
	"context"
	"fmt"
	"math"
	"os"

	"github.com/spf13/cobra"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/digits"
	"github.com/stheno-go/stheno/layers"
	"github.com/stheno-go/stheno/models"
	"github.com/stheno-go/stheno/trainers/optim"
)

func studyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "study",
		Short: "See what the study notes claim",
		Args:  noArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(sigmoidCommand())
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

The two faults of the sigmoid are seen in it: where it saturates the gradient dies from
the last layer to the first, and its outputs are never centred on zero.`,
		Example: `  stheno study sigmoid
  stheno study sigmoid --depth 12 --epochs 5`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if depth < 2 || o.epochs < 0 {
				return usagef("depth %d must be at least 2 and epochs %d not negative", depth, o.epochs)
			}
			if err := os.MkdirAll(o.out, 0o755); err != nil {
				return err
			}
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

// activations are what the net is built with, each with the gain that its weights are
// initialised for (torch.nn.init.calculate_gain, where that has one): every activation
// gets the start that suits it.
var activations = []struct {
	name   string
	module stheno.Module
	gain   float64
}{
	{"sigmoid", layers.Sigmoid{}, 1},
	{"tanh", layers.Tanh{}, 5. / 3},
	{"relu", layers.ReLU{}, math.Sqrt2},
	{"leaky relu", layers.LeakyReLU{}, math.Sqrt2},
	{"elu", layers.ELU{}, 1.25},
	{"gelu", layers.GELU{}, math.Sqrt2},
	{"softsign", layers.Softsign{}, 1.5},
}

// look is what one batch shows of a net, by hidden layer.
type look struct {
	gradient []float64 // norm of the gradient of the layer's weight
	mean     []float64 // mean of the layer's activations
}

// probe is an MLP that remembers its activations.
type probe struct {
	*models.MLP
	kept []*stheno.Variable `stheno:"-"`
}

func newProbe(activation stheno.Module, gain float64, sizes []int) *probe {
	p := &probe{MLP: models.NewMLP(activation, sizes...)}
	for _, l := range p.Layers {
		l.Weight = stheno.NewParameter(layers.XavierNormal(gain, l.Weight.Shape()...))
		l.Bias = stheno.NewParameter(layers.Fill(0, l.Bias.Shape()...))
	}
	return p
}

// Forward is the MLP's, with every hidden activation kept.
func (p *probe) Forward(x *stheno.Variable) *stheno.Variable {
	p.kept = p.kept[:0]
	for i, l := range p.Layers {
		if i > 0 {
			x = p.Activation.Forward(x).Keep()
			p.kept = append(p.kept, x)
		}
		x = l.Forward(x)
	}
	return x
}

func studySigmoid(ctx context.Context, o trainOptions, depth int) error {
	train, _, err := loadDigits()
	if err != nil {
		return err
	}
	epochs := o.epochs
	if o.quick {
		epochs = min(epochs, 3)
	}
	const width = 64
	sizes := []int{digits.Pixels}
	for range depth {
		sizes = append(sizes, width)
	}
	sizes = append(sizes, digits.Classes)
	panels := picture{
		panel("gradient norm at the start", "layer", "log10"), panel("mean activation at the start", "layer", ""),
		panel(fmt.Sprintf("gradient norm after %d epochs", epochs), "layer", "log10"),
	}
	fmt.Fprintf(o.w, "%d hidden layers of %d; gradient norm of the first and last layer, mean activation of the last\n\n", depth, width)
	fmt.Fprintf(o.w, "%-11s | %-40s | %-40s | %8s\n", "", "at the start", fmt.Sprintf("after %d epochs", epochs), "")
	fmt.Fprintf(o.w, "%-11s | %10s %10s %9s %8s | %10s %10s %9s %8s | %8s\n", "activation", "first", "last", "ratio", "mean", "first", "last", "ratio", "mean", "loss")
	for k, a := range activations {
		stheno.Seed(o.seed)
		net := newProbe(a.module, a.gain, sizes)
		before, err := net.look(train)
		if err != nil {
			return err
		}
		loss, err := net.train(ctx, train, epochs, o.seed)
		if err != nil {
			return err
		}
		after, err := net.look(train)
		if err != nil {
			return err
		}
		fmt.Fprintf(o.w, "%-11s | %s | %s | %8.4f\n", a.name, before, after, loss)
		before.draw(panels[0], panels[1], a.name, k)
		after.draw(panels[2], nil, a.name, k)
		if ctx.Err() != nil {
			break
		}
	}
	for _, p := range panels { // the curves reach the right edge: the legend gets room beside them
		p.X.Max = 1 + 1.4*float64(depth-1)
	}
	if err := savePicture(o, "sigmoid.png", panels); err != nil {
		return err
	}
	return ctx.Err()
}

// String formats a look as columns of the table.
func (l look) String() string {
	first, last := l.gradient[0], l.gradient[len(l.gradient)-1]
	return fmt.Sprintf("%10.2e %10.2e %9.1e %8.3f", first, last, first/last, l.mean[len(l.mean)-1])
}

func (l look) draw(gradient, mean *plot.Plot, name string, k int) {
	var g, m plotter.XYs
	for i := range l.gradient {
		g = append(g, plotter.XY{X: float64(i + 1), Y: math.Log10(l.gradient[i])})
		m = append(m, plotter.XY{X: float64(i + 1), Y: l.mean[i]})
	}
	line(gradient, name, g, colors[k%len(colors)])
	if mean != nil {
		line(mean, name, m, colors[k%len(colors)])
	}
}

// lookSize is how many digits a look takes.
const lookSize = 256

func (p *probe) look(s split) (look, error) {
	index := make([]int, lookSize)
	for i := range index {
		index[i] = i
	}
	x, y := s.batch(index)
	stheno.ZeroGrad(p)
	if err := (layers.CrossEntropyLoss{}).Forward(p.Forward(x), y).Backward(); err != nil {
		return look{}, err
	}
	var l look
	for i, kept := range p.kept {
		norm, err := p.Layers[i].Weight.Grad().Norm(2).Item()
		if err != nil {
			return l, err
		}
		mean, err := kept.Mean().Item()
		if err != nil {
			return l, err
		}
		l.gradient, l.mean = append(l.gradient, norm), append(l.mean, mean)
	}
	return l, nil
}

// train returns the mean loss of the last epoch.
func (p *probe) train(ctx context.Context, s split, epochs int, seed uint64) (float64, error) {
	opt := optim.NewSGD(stheno.Parameters(p), optim.SGDConfig{LR: 0.02, Momentum: 0.9})
	order := stheno.NewGenerator(seed)
	mean := math.NaN()
	for range epochs {
		if ctx.Err() != nil {
			break
		}
		sum, count := 0.0, 0
		perm := order.Perm(s.len())
		for len(perm) > 0 {
			n := min(32, len(perm))
			x, y := s.batch(perm[:n])
			perm = perm[n:]
			loss := layers.CrossEntropyLoss{}.Forward(p.MLP.Forward(x), y)
			opt.ZeroGrad()
			if err := loss.Backward(); err != nil {
				return 0, err
			}
			if err := opt.Step(); err != nil {
				return 0, err
			}
			value, err := loss.Item()
			if err != nil {
				return 0, err
			}
			sum, count = sum+value, count+1
		}
		mean = sum / float64(count)
	}
	return mean, nil
}
