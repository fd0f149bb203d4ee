// SPDX-License-Identifier: MIT

package ptx_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno/internal/cuda/ptx"
	"github.com/stheno-go/stheno/internal/cuda/ptx/ptxtest"
)

// TestForms parses, prints and parses every instruction of the table with every combination of its
// modifiers, and has ptxas read them.
func TestForms(t *testing.T) {
	byTarget := map[[2]int][]string{}
	for _, e := range ptx.Examples() {
		m, err := ptx.Parse(ptxtest.Wrap(e.Version, e.SM, e.Text))
		require.NoError(t, err, e.Text)
		require.Equal(t, 2, len(m.Funcs[0].Code), e.Text)
		again, err := ptx.Parse(m.String())
		require.NoError(t, err, m.String())
		require.Equal(t, m.String(), again.String())
		require.Equal(t, m.Funcs[0].Code[0].String(), again.Funcs[0].Code[0].String())
		byTarget[[2]int{e.Version, e.SM}] = append(byTarget[[2]int{e.Version, e.SM}], e.Text)
		if e.Version > 60 {
			_, err = ptx.Parse(ptxtest.Wrap(e.Version-1, e.SM, e.Text))
			require.ErrorContains(t, err, "needs .version", e.Text)
		}
		if e.SM > 50 {
			_, err = ptx.Parse(ptxtest.Wrap(e.Version, e.SM-1, e.Text))
			require.ErrorContains(t, err, "needs .version", e.Text)
		}
	}
	for target, list := range byTarget {
		text := ""
		for _, s := range list {
			text += s + "\n"
		}
		ptxtest.Accept(t, ptxtest.Wrap(target[0], target[1], text), 75, 80, 90)
	}
}
