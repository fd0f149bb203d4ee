// SPDX-License-Identifier: MIT

// Package wrappers takes away what the wrappers of PyTorch put around the names of a
// network's weights: DataParallel and AveragedModel "module.", torch.compile "_orig_mod.",
// Lightning "model.".
package wrappers

import (
	"slices"
	"strings"
)

// averagedCount is beside the weights of an AveragedModel.
const averagedCount = "n_averaged"

// compiled is put before the names of the part of a network that is compiled.
const compiled = "_orig_mod."

// Strip returns names without the prefixes that all of them have, unless own reports that
// the network has such names itself. What is no weight becomes "".
func Strip(names []string, own func(begins func(name string) bool) bool) []string {
	names = slices.Clone(names)
	if i := slices.Index(names, averagedCount); i >= 0 && len(names) > 1 {
		others := func(name string) bool { return name != averagedCount && !strings.HasPrefix(name, "module.") }
		if !own(func(name string) bool { return name == averagedCount }) && !slices.ContainsFunc(names, others) {
			names[i] = ""
		}
	}
	if within := func(name string) bool { return strings.Contains("."+name, "."+compiled) }; !own(within) {
		for i := range names {
			names[i] = strings.TrimPrefix(strings.ReplaceAll("."+names[i], "."+compiled, "."), ".")
		}
	}
	for again := true; again; {
		again = false
		for _, wrapper := range []string{"module.", "model."} {
			begins := func(name string) bool { return strings.HasPrefix(name, wrapper) }
			foreign := func(name string) bool { return name != "" && !begins(name) }
			if own(begins) || slices.ContainsFunc(names, foreign) || !slices.ContainsFunc(names, begins) {
				continue
			}
			for i := range names {
				names[i] = strings.TrimPrefix(names[i], wrapper)
			}
			again = true
		}
	}
	return names
}
