// SPDX-License-Identifier: MIT

package main

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// mutation is a fault put in on purpose: a piece of a source file that is replaced by
// another one when the fuzzer is built.
type mutation struct {
	what, file, old, new string
	within               int // programs
}

// apply returns the source file with the fault; root is the module's folder.
func (m *mutation) apply(t *testing.T, root string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, m.file))
	require.NoError(t, err)
	require.Equal(t, 1, strings.Count(string(text), m.old), "%s has changed: write this fault again", m.file)
	return strings.Replace(string(text), m.old, m.new, 1)
}

// TestMutationsApply finds faults whose text is no longer in the sources. It builds nothing;
// TestMutations, which needs the tag mutation, builds and runs them.
func TestMutationsApply(t *testing.T) {
	for _, m := range mutations {
		t.Run(m.what, func(t *testing.T) {
			_, err := parser.ParseFile(token.NewFileSet(), m.file, m.apply(t, "../.."), 0)
			require.NoError(t, err)
		})
	}
}
