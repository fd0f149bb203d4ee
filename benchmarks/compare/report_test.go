// SPDX-License-Identifier: MIT

package main

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno/benchmarks/cases"
)

// TestREADME holds the stored table and README's summary to the stored run.
func TestREADME(t *testing.T) {
	b, err := os.ReadFile("../results/latest.json")
	require.NoError(t, err)
	var r report
	require.NoError(t, json.Unmarshal(b, &r))
	table, err := os.ReadFile("../results/latest.md")
	require.NoError(t, err)
	require.Equal(t, r.markdown(), string(table))
	readme, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	want, err := insert(string(readme), r.summary())
	require.NoError(t, err)
	require.Equal(t, want, string(readme))
}

func TestInsertNeedsMarks(t *testing.T) {
	_, err := insert("no marks", "table")
	require.ErrorContains(t, err, "<!-- benchmark -->")
}

// TestMemoryRow expects PyTorch's smallest peak, and what is known of where it came from.
func TestMemoryRow(t *testing.T) {
	m := memory{
		Case:   "a case",
		Stheno: peak{Loaded: 10 << 20, Ready: 20 << 20, Peak: 100 << 20, Arena: 60 << 20, Kept: 5 << 20},
		PyTorch: map[string]peak{
			"eager":         {Loaded: 300 << 20, Ready: 400 << 20, Peak: 500 << 20},
			"channels_last": {Loaded: 301 << 20, Ready: 390 << 20, Peak: 450 << 20},
		},
	}
	require.Equal(t, "| a case | 60, 5 | 10, 20, 100 | 301, 390, 450 (channels_last) | 0.22x |", m.row())
	m.Stheno = peak{Peak: 100 << 20}
	require.Equal(t, "| a case |  | 100 | 301, 390, 450 (channels_last) | 0.22x |", m.row())
}

// TestPlannedMemory runs small forms of the cases whose memory is compared: what is
// planned is known, and training needs more of it.
func TestPlannedMemory(t *testing.T) {
	list, err := cases.All()
	require.NoError(t, err)
	arena := map[string]int{}
	for _, c := range list {
		if c.Model != "resnet20_cifar" {
			continue
		}
		task, err := c.Small().Task()
		require.NoError(t, err)
		require.NoError(t, task.Step())
		m, err := task.Memory()
		require.NoError(t, err)
		require.Greater(t, m.Values, m.Arena)
		arena[c.Name] = m.Arena
	}
	require.Positive(t, arena["resnet20-infer-128"])
	require.Greater(t, arena["resnet20-train-128"], arena["resnet20-infer-128"])
}
