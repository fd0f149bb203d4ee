// SPDX-License-Identifier: MIT

package wrappers_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno/internal/wrappers"
)

func TestStrip(t *testing.T) {
	for _, c := range []struct{ names, own, want string }{
		{"a b.c", "", "a b.c"},
		{"", "", ""},
		{"module.a module.b.c", "", "a b.c"},
		{"module.a b.c", "", "module.a b.c"},
		{"module.a module.b", "module.x", "module.a module.b"},
		{"model.a model.b", "", "a b"},
		{"model.a model.b", "model.a model.b", "model.a model.b"},
		{"model.module._orig_mod.a model.module._orig_mod.b", "", "a b"},
		{"_orig_mod.module.a _orig_mod.module.b", "", "a b"},
		{"_orig_mod.a b", "", "a b"},
		{"layer1._orig_mod.0.a b", "", "layer1.0.a b"},
		{"layer1._orig_mod.0.a b", "x._orig_mod.y", "layer1._orig_mod.0.a b"},
		{"n_averaged module.a module.b", "", " a b"},
		{"n_averaged module.module.a", "", " a"},
		{"module.a n_averaged", "n_averaged", "module.a n_averaged"},
		{"n_averaged a", "", "n_averaged a"},
		{"n_averaged", "", "n_averaged"},
		{"modules.a modules.b", "", "modules.a modules.b"},
	} {
		own := func(begins func(string) bool) bool { return slices.ContainsFunc(strings.Fields(c.own), begins) }
		require.Equal(t, strings.Split(c.want, " "), wrappers.Strip(strings.Split(c.names, " "), own), c.names)
	}
}
