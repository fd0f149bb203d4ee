// SPDX-License-Identifier: MIT

package main

import (
	"context"
	"encoding/json"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestStudies(t *testing.T) {
	for _, c := range []struct {
		name string
		args []string // small enough for a test
		want []string
	}{
		{"degradation", []string{"--depths", "8,14", "--images", "64", "--epochs", "2", "--size", "8", "--batch-size", "32"}, []string{"plain-14 and plain-8: one seed cannot tell", "resnet-14 and resnet-8: one seed cannot tell"}},
		{"minima", []string{"--depths", "1,3", "--parameters", "300,900", "--seeds", "2", "--steps", "15"}, []string{"the best of its seeds than", "2 seeds)", "3 x 3 has not converged"}},
		{"overfit", []string{"--images", "50", "--epochs", "2", "--width", "2", "--batch-size", "25"}, []string{"dropout and nothing: one seed cannot tell whether they differ (test accuracy"}},
		{"sigmoid", []string{"--quick", "--epochs", "1"}, []string{"sigmoid: gradients vanish toward the first layer, outputs are not centered", "tanh: gradients keep their size", "softsign: gradients keep their size, outputs are centered"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			args := append([]string{"study", c.name, "--out", dir}, c.args...)
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			_, err := run(t, ctx, args...)
			require.ErrorIs(t, err, context.Canceled)

			first, err := run(t, t.Context(), append(args, "--json")...)
			require.NoError(t, err)
			requirePicture(t, filepath.Join(dir, c.name+".png"))
			again, err := run(t, t.Context(), append(args, "--json")...)
			require.NoError(t, err)
			require.NotContains(t, again, "epoch 1/2", "what is finished is not trained again")
			require.Equal(t, printed(t, first), printed(t, again))
			text, err := run(t, t.Context(), args...)
			require.NoError(t, err)
			for _, want := range c.want {
				require.Contains(t, text, want)
			}
		})
	}
}

// TestStudySeeds adds a seed to a finished study.
func TestStudySeeds(t *testing.T) {
	args := []string{"study", "overfit", "--images", "50", "--epochs", "1", "--width", "2", "--batch-size", "25", "--out", t.TempDir(), "--json"}
	one, err := run(t, t.Context(), args...)
	require.NoError(t, err)
	two, err := run(t, t.Context(), append(args, "--seeds", "2")...)
	require.NoError(t, err)
	require.NotContains(t, two, "nothing/seed-1\n")
	require.Contains(t, two, "nothing/seed-2\n")
	a, b := printed(t, one), printed(t, two)
	require.Len(t, b, 2*len(a))
	require.Equal(t, a, b[:len(a)])
	require.NotEqual(t, a[0]["training_loss"], b[len(a)]["training_loss"])
}

// printed reads the JSON at the end of what a study printed.
func printed(t *testing.T, text string) (list []map[string]any) {
	t.Helper()
	at := len(text)
	for i := range text {
		if text[i] == '[' && (i == 0 || text[i-1] == '\n') {
			at = i
		}
	}
	require.NoError(t, json.Unmarshal([]byte(text[at:]), &list), text)
	require.NotEmpty(t, list)
	return list
}

func TestStudyArguments(t *testing.T) {
	for want, args := range map[string][]string{
		"at least two depths are needed": {"study", "degradation", "--depths", "20"},
		"got 21":                         {"study", "degradation", "--depths", "20,21", "--images", "8", "--batch-size", "4", "--epochs", "1", "--size", "8"},
		"of which 1000 are held":         {"study", "overfit", "--images", "9500"},
		"flag: must be at least 1":       {"study", "minima", "--seeds", "-1"},
	} {
		_, err := run(t, t.Context(), append(args, "--out", t.TempDir())...)
		require.ErrorContains(t, err, want)
		require.Equal(t, exitUsage, exit(err), args)
	}
}
