// SPDX-License-Identifier: MIT

package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/models"
)

// netFlags select a model of the catalogue and the shape of its input.
type netFlags struct {
	classes, channels, size, features, batch int
}

func (f *netFlags) add(cmd *cobra.Command) {
	s := cmd.Flags()
	positiveVar(s, &f.classes, "classes", 0, "number of classes (default the model's)")
	positiveVar(s, &f.channels, "channels", 0, "channels of the images (default the model's)")
	positiveVar(s, &f.size, "size", 0, "height and width of the images (default the model's)")
	positiveVar(s, &f.features, "features", 0, "features of a sample, for linear, logistic and softmax")
	positiveVar(s, &f.batch, "batch-size", 1, "samples in the input")
	cmd.ValidArgs = models.Names()
}

// oneModel requires the name of a model as the only argument.
func oneModel(cmd *cobra.Command, args []string) error {
	if len(args) != 1 {
		return usagef("%s needs the name of one model; have %s", cmd.CommandPath(), strings.Join(models.Names(), ", "))
	}
	return nil
}

// net returns the model with initial weights, in evaluation mode, and the shape of its
// input.
func (f netFlags) net(name string) (stheno.Module, []int, error) {
	m, err := models.Find(name)
	if err != nil {
		return nil, nil, usageError{err}
	}
	c := models.Config{Classes: f.classes, Channels: f.channels, Height: f.size, Width: f.size, Features: f.features}
	net, err := m.New(c)
	if err != nil {
		return nil, nil, usageError{err}
	}
	stheno.Eval(net)
	return net, slices.Insert(m.Input(c), 0, f.batch), nil
}
