// SPDX-License-Identifier: MIT

package main

import (
	"github.com/spf13/cobra"

	"github.com/stheno-go/stheno/internal/report"
)

// readSettings reads the settings of a run, together with their defaults.
func readSettings(path string) (trainOptions, []report.Setting, error) {
	var o trainOptions
	had := trainFlags(&o)
	if err := readConfig(had.Flags(), path); err != nil {
		return o, nil, err
	}
	var plain trainOptions
	defaults := trainFlags(&plain)
	if err := plain.without(o); err != nil {
		return o, nil, err
	}
	var list []report.Setting
	for _, name := range settings(had.Flags()) {
		switch name {
		case "out", "target", "standardize": // not settings of a run on images
			continue
		}
		list = append(list, report.Setting{Name: name, Value: had.Flags().Lookup(name).Value.String(), Default: defaults.Flags().Lookup(name).Value.String()})
	}
	return o, list, nil
}

// trainFlags returns a command with the flags of train, bound to o.
func trainFlags(o *trainOptions) *cobra.Command {
	cmd := new(cobra.Command)
	o.add(cmd)
	new(commonFlags).add(cmd)
	cmd.Flags().AddFlagSet(cmd.PersistentFlags())
	o.cmd = cmd
	return cmd
}

// without sets the zeros in o, which has the defaults of the flags, to the defaults of train for
// the given model, data and recipe.
func (o *trainOptions) without(given trainOptions) error {
	flags := *o
	size, channels := 0, 0
	if given.data == "" {
		size, channels = 28, 1
	}
	own, err := newCard(given.model, channels, size)
	if err != nil {
		return err
	}
	used, err := newCard(given.model, given.channels, given.size)
	if err != nil {
		return err
	}
	o.data, o.quick, o.optimizer, o.accumulate, o.weights = given.data, given.quick, given.optimizer, given.accumulate, given.weights
	rate := *o
	rate.batch = given.batch
	rate.applyDefaults(used)
	o.applyDefaults(used)
	o.lr, o.size, o.channels = rate.lr, own.Height, own.Channels
	o.data, o.quick, o.optimizer, o.accumulate, o.weights = flags.data, flags.quick, flags.optimizer, flags.accumulate, flags.weights
	return nil
}
