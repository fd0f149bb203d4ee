// SPDX-License-Identifier: MIT

package main

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestSessions checks that every start and resumption is recorded with its settings.
func TestSessions(t *testing.T) {
	dir, begun := t.TempDir(), time.Now().Truncate(time.Second)
	train := func(args ...string) []session {
		out, err := run(t, t.Context(), append([]string{"train", "--out", dir}, args...)...)
		require.NoError(t, err, out)
		list, err := readSessions(dir)
		require.NoError(t, err)
		return list
	}
	first := []string{"--quick", "--model", "resnet8_cifar", "--limit", "40", "--epochs", "1"}
	list := train(first...)
	require.Len(t, list, 1)
	require.False(t, list[0].Began.Before(begun))
	require.Equal(t, thisMachine(), list[0].Machine)
	require.Equal(t, runtime.Version(), list[0].Go)

	list = train("--resume", "--epochs", "2")
	require.Len(t, list, 2)
	o, _, err := readSettings(filepath.Join(dir, configName))
	require.NoError(t, err)
	require.Equal(t, 2, o.epochs, "the next --resume continues to there")
	require.Equal(t, 40, o.limit)

	_, err = run(t, t.Context(), "train", "--out", dir, "--resume", "--model", "resnet14_cifar")
	require.Error(t, err)
	again, _, err := readSettings(filepath.Join(dir, configName))
	require.NoError(t, err)
	require.Equal(t, o.model, again.model, "a failed resumption changes nothing")

	require.Len(t, train(append(first, "--overwrite")...), 1)
	require.NoError(t, os.WriteFile(filepath.Join(dir, sessionsName), []byte("{}"), 0o666))
	_, err = readSessions(dir)
	require.ErrorContains(t, err, sessionsName)
	list, err = readSessions(t.TempDir())
	require.NoError(t, err)
	require.Empty(t, list)
}
