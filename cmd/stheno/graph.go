// SPDX-License-Identifier: MIT

package main

import (
	"context"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/debug"
	"github.com/stheno-go/stheno/internal/atomicfile"
	"github.com/stheno-go/stheno/layers"
)

type graphOptions struct {
	netFlags
	train, plan bool
	format, out string
}

func graphCommand() *cobra.Command {
	var o graphOptions
	cmd := &cobra.Command{
		Use:   "graph MODEL",
		Short: "Print a model's expression graph or its compiled plan",
		Long: `Print a model's expression graph or its compiled plan.

The graph is text for Graphviz; --format svg draws it, with inputs above the operations
that use them. --plan prints the instructions instead: what was fused, what is only a view,
and how much memory they share. --train includes the loss and the gradients of all
parameters.`,
		Example: `  stheno graph lenet > lenet.dot
  stheno graph lenet --train --format svg --file lenet.svg
  stheno graph resnet20_cifar --plan --train --batch-size 128`,
		Args: oneModel,
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := o.run(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if o.out == "" {
				_, err = cmd.OutOrStdout().Write(text)
				return err
			}
			return atomicfile.Write(o.out, func(w io.Writer) error {
				_, err := w.Write(text)
				return err
			})
		},
	}
	o.add(cmd)
	f := cmd.Flags()
	f.BoolVar(&o.train, "train", false, "include the loss and the gradients of all parameters")
	f.BoolVar(&o.plan, "plan", false, "print the plan")
	f.StringVar(&o.format, "format", "dot", "format of the graph: dot or svg")
	f.StringVar(&o.out, "file", "", "write to this file (default standard output)")
	return cmd
}

func (o graphOptions) run(ctx context.Context, name string) ([]byte, error) {
	if !slices.Contains([]string{"dot", "svg"}, o.format) {
		return nil, usagef("--format %q must be dot or svg", o.format)
	}
	if o.plan {
		plan, err := o.planOf(ctx, name)
		if err != nil {
			return nil, err
		}
		return []byte(strings.TrimSuffix(plan, "\n") + "\n"), nil
	}
	p, err := o.program(ctx, name)
	if err != nil {
		return nil, err
	}
	text, err := debug.DOT(p)
	if err != nil || o.format == "dot" {
		return text, err
	}
	return svg(text), nil
}

// program compiles the forward pass, or with --train a training step.
func (o graphOptions) program(ctx context.Context, name string) (*stheno.Program, error) {
	net, shape, err := o.net(name)
	if err != nil {
		return nil, err
	}
	in := []*stheno.Variable{stheno.FromTensor(stheno.NewTensor(stheno.Float32, shape...))}
	f := func(in ...*stheno.Variable) []*stheno.Variable { return []*stheno.Variable{stheno.Call(net, in[0])} }
	if o.train {
		loss, target, err := lossOf(name, net, shape[0])
		if err != nil {
			return nil, err
		}
		in = append(in, target)
		f = func(in ...*stheno.Variable) []*stheno.Variable {
			l := loss.Forward(stheno.Call(net, in[0]), in[1])
			return append([]*stheno.Variable{l}, stheno.Grad(l, stheno.Parameters(net)...)...)
		}
	}
	p := stheno.Compile(f)
	_, err = p.Run(ctx, in...)
	return p, err
}

// planOf returns the plan of the forward pass, or with --train that of Backward.
func (o graphOptions) planOf(ctx context.Context, name string) (string, error) {
	if !o.train {
		p, err := o.program(ctx, name)
		if err != nil {
			return "", err
		}
		return debug.Plan(p), nil
	}
	net, shape, err := o.net(name)
	if err != nil {
		return "", err
	}
	loss, target, err := lossOf(name, net, shape[0])
	if err != nil {
		return "", err
	}
	x := stheno.FromTensor(stheno.NewTensor(stheno.Float32, shape...))
	return debug.BackwardPlan(loss.Forward(stheno.Call(net, x), target))
}

// lossOf prepares net for training and returns a loss and a target for it.
func lossOf(name string, net stheno.Module, n int) (stheno.Loss, *stheno.Variable, error) {
	stheno.Train(net)
	switch name {
	case "linear":
		return layers.MSELoss{}, stheno.FromTensor(stheno.NewTensor(stheno.Float32, n, 1)), nil
	case "logistic":
		return layers.BCEWithLogitsLoss{}, stheno.FromTensor(stheno.NewTensor(stheno.Float32, n, 1)), nil
	case "net":
		return nil, nil, usagef("net has no classes and therefore no loss")
	}
	return layers.CrossEntropyLoss{}, stheno.FromTensor(stheno.NewTensor(stheno.Int64, n)), nil
}
