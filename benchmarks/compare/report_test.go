// SPDX-License-Identifier: MIT

package main

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestREADME holds README's table to the stored run.
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
	want, err := insert(string(readme), string(table))
	require.NoError(t, err)
	require.Equal(t, want, string(readme))
}

func TestInsertNeedsMarks(t *testing.T) {
	_, err := insert("no marks", "table")
	require.ErrorContains(t, err, "<!-- benchmark -->")
}
