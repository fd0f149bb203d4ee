// SPDX-License-Identifier: MIT

package main

import (
	"context"
	"encoding/json"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// studies are small enough for a test.
var studies = map[string][]string{
	"degradation": {"--depths", "8,14", "--images", "64", "--epochs", "2", "--size", "8", "--batch-size", "32"},
	"minima":      {"--depths", "1,3", "--parameters", "300,900", "--seeds", "2", "--steps", "15"},
	"overfit":     {"--images", "50", "--epochs", "2", "--width", "2", "--batch-size", "25"},
}

func TestStudies(t *testing.T) {
	for name, args := range studies {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), name)
			args := append([]string{"study", name, "--out", dir}, args...)
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			_, err := run(t, ctx, args...)
			require.ErrorIs(t, err, context.Canceled)

			first, err := run(t, t.Context(), append(args, "--json")...)
			require.NoError(t, err)
			requirePicture(t, filepath.Join(dir, name+".png"))
			again, err := run(t, t.Context(), append(args, "--json")...)
			require.NoError(t, err)
			require.NotContains(t, again, "epoch 1/2", "what is finished is not done again")
			require.Equal(t, printed(t, first), printed(t, again))
			text, err := run(t, t.Context(), args...)
			require.NoError(t, err)
			require.Contains(t, text, map[string]string{"degradation": "plain-14 trains", "minima": "closer to its best than", "overfit": "best on the test images"}[name])
		})
	}
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

func TestVerdicts(t *testing.T) {
	list := []degraded{{Net: "plain-20", Depth: 20, Loss: []float64{2, 1}}, {Net: "plain-56", Depth: 56, Loss: []float64{2, 1.5}},
		{Net: "resnet-20", Depth: 20, Residual: true, Loss: []float64{1}}, {Net: "resnet-56", Depth: 56, Residual: true, Loss: []float64{0.9}}}
	require.Equal(t, "plain-56 trains worse than plain-20: training loss 1.5000 against 1.0000 (+50 %)", verdict(list, false))
	require.Equal(t, "resnet-56 trains no worse than resnet-20: training loss 0.9000 against 1.0000 (-10 %)", verdict(list, true))
	require.Equal(t, []int{64, 9, 9, 10}, sizes(2, 9))
	require.Equal(t, 65*9+10*9+10*10, weights(2, 9))
	require.Equal(t, 9, width(1, 700))
}

func TestStudyArguments(t *testing.T) {
	for want, args := range map[string][]string{
		"two depths are wanted":    {"study", "degradation", "--depths", "20"},
		"got 21":                   {"study", "degradation", "--depths", "20,21", "--images", "8", "--batch-size", "4", "--epochs", "1", "--size", "8"},
		"of which 1000 are held":   {"study", "overfit", "--images", "9500"},
		"flag: must be at least 1": {"study", "minima", "--seeds", "-1"},
	} {
		_, err := run(t, t.Context(), append(args, "--out", t.TempDir())...)
		require.ErrorContains(t, err, want)
		require.Equal(t, exitUsage, exit(err), args)
	}
}
