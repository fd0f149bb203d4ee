// SPDX-License-Identifier: MIT

package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
)

// TestNoFlagTakesZeroForItsDefault sets every flag whose default is 0 to 0, unless its help
// says what 0 means: it must be an error, or be used as 0.
func TestNoFlagTakesZeroForItsDefault(t *testing.T) {
	asGiven := map[string]bool{ // 0 is used as 0
		"stheno train lr": true, "stheno train warmup": true, "stheno train label-smoothing": true,
	}
	seen := 0
	var visit func(cmd *cobra.Command)
	visit = func(cmd *cobra.Command) {
		cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
			at := cmd.CommandPath() + " " + f.Name
			if f.DefValue != "0" && f.DefValue != "0s" || asGiven[at] || strings.Contains(f.Usage, "(0: ") {
				return
			}
			seen++
			require.ErrorContains(t, cmd.Flags().Set(f.Name, "0"), "must be at least 1", at)
			require.ErrorContains(t, cmd.Flags().Set(f.Name, "-1"), "must be at least 1", at)
			require.NoError(t, cmd.Flags().Set(f.Name, "3"), at)
			require.Equal(t, "3", f.Value.String(), at)
		})
		for _, sub := range cmd.Commands() {
			visit(sub)
		}
	}
	visit(root())
	require.Greater(t, seen, 25)

	_, err := run(t, t.Context(), "train", "--epochs", "0")
	require.ErrorContains(t, err, `invalid argument "0" for "--epochs" flag: must be at least 1`)
	require.ErrorAs(t, err, new(usageError))
	_, err = run(t, t.Context(), "train", "--accumulate", "0")
	require.ErrorContains(t, err, "must be at least 1")
}

// TestRateOfZeroIsTaken trains with --lr 0, given by a flag, by a configuration or by the
// settings of a resumed run: the weights do not change.
func TestRateOfZeroIsTaken(t *testing.T) {
	out, err := run(t, t.Context(), "train", "--model", "logistic", "--lr", "0", "--epochs", "20", "--out", t.TempDir())
	require.NoError(t, err)
	first := number(t, out, `Epoch\[2/20\], loss: ([\d.]+)`)
	require.Equal(t, first, number(t, out, `Epoch\[20/20\], loss: ([\d.]+)`))

	dir := t.TempDir()
	out, err = run(t, t.Context(), "train", "--quick", "--limit", "200", "--lr", "0", "--epochs", "1", "--out", dir, "--model", "lenet")
	require.NoError(t, err, out)
	again := t.TempDir()
	out, err = run(t, t.Context(), "train", "--config", filepath.Join(dir, configName), "--out", again)
	require.NoError(t, err, out)
	for _, at := range []string{dir, again} {
		got, err := stheno.LoadState(filepath.Join(at, weightsName))
		require.NoError(t, err)
		stheno.Seed(1)
		c, err := newCard("lenet", 1, 28)
		require.NoError(t, err)
		c.Classes = make([]string, 10)
		want, err := c.network()
		require.NoError(t, err)
		initial, err := stheno.StateDict(want)
		require.NoError(t, err)
		require.Len(t, got, len(initial))
		for i := range got {
			require.Equal(t, initial[i].Tensor.Floats(), got[i].Tensor.Floats(), got[i].Name)
		}
	}
}

// TestQuickDoesNotTakeWhatIsGiven checks that --quick does not override other flags.
func TestQuickDoesNotTakeWhatIsGiven(t *testing.T) {
	out, err := run(t, t.Context(), "train", "--model", "mlp", "--quick", "--epochs", "11", "--out", t.TempDir())
	require.NoError(t, err)
	require.Contains(t, out, "epoch 11/11")
	out, err = run(t, t.Context(), "study", "sigmoid", "--quick", "--epochs", "0", "--depth", "2", "--out", t.TempDir())
	require.NoError(t, err)
	require.Contains(t, out, "trained for 0 epochs")
}
