// SPDX-License-Identifier: MIT

package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/wrappers"
)

func convertCommand() *cobra.Command {
	var strip, model string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "convert FROM TO",
		Short: "Convert weights between PyTorch's files and safetensors",
		Long: `Convert weights between PyTorch's files and safetensors. The input format is detected
from the content, the output format is chosen by the extension: .safetensors, or .pth,
.pt or .th. From a checkpoint, only the weights are converted. No code in a file is
executed.

The prefixes "module.", "_orig_mod." and "model." of PyTorch's wrappers and Lightning are
removed if all names have them, and n_averaged of an AveragedModel is left out.`,
		Example: `  stheno convert resnet20.th resnet20.safetensors
  stheno convert runs/resnet14_cifar/model.safetensors model.pth
  stheno convert whole.pth backbone.safetensors --strip backbone. --model resnet18`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usagef("%s expects an input and an output file, got %q", cmd.CommandPath(), args)
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			state, err := readWeights(args[0])
			if err != nil {
				return err
			}
			state = stripped(state, strip)
			if model != "" {
				c, err := newCard(model, 0, 0)
				if err != nil {
					return err
				}
				n, err := c.classesIn(state)
				if err != nil {
					return fmt.Errorf("%s: %w", args[0], err)
				}
				c.Classes = make([]string, n)
				m, err := c.network()
				if err != nil {
					return err
				}
				if err := stheno.LoadStateDict(m, state); err != nil {
					return fmt.Errorf("%s: %w", args[0], err)
				}
			}
			if err := stheno.SaveState(args[1], state); err != nil {
				return err
			}
			elements := 0
			for _, e := range state {
				elements += e.Tensor.Size()
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), map[string]any{"from": args[0], "to": args[1], "tensors": len(state), "elements": elements})
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s: %d tensors, %s numbers\n", args[1], len(state), thousands(elements))
			return nil
		},
	}
	cmd.Flags().StringVar(&strip, "strip", "", "prefix to remove from names")
	cmd.Flags().StringVar(&model, "model", "", "check that the weights fit this model before writing")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a summary as JSON")
	return cmd
}

// stripped removes prefix from the names, and the prefixes that PyTorch's wrappers add.
func stripped(state []stheno.NamedTensor, prefix string) []stheno.NamedTensor {
	names := make([]string, len(state))
	for i, e := range state {
		names[i] = strings.TrimPrefix(e.Name, prefix)
	}
	var out []stheno.NamedTensor
	for i, name := range wrappers.Strip(names, func(func(string) bool) bool { return false }) {
		if name != "" || names[i] == "" {
			out = append(out, stheno.NamedTensor{Name: name, Tensor: state[i].Tensor})
		}
	}
	return out
}
