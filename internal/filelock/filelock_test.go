// SPDX-License-Identifier: MIT

package filelock

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

const holdFile = "STHENO_TEST_HOLD_FILE"

func TestMain(m *testing.M) {
	if path := os.Getenv(holdFile); path != "" {
		if _, err := Hold(path); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println("held")
		select {}
	}
	os.Exit(m.Run())
}

// TestHold: by another in this process, by another process, and after that was killed.
func TestHold(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	release, err := Hold(path)
	require.NoError(t, err)
	_, err = Hold(path)
	require.ErrorIs(t, err, ErrHeld)
	require.ErrorContains(t, err, fmt.Sprint("in use by process ", os.Getpid()))
	look := func() State {
		s, by, err := Look(path)
		require.NoError(t, err)
		require.Equal(t, s == Held, by != "")
		return s
	}
	require.Equal(t, Held, look())
	release()
	require.Equal(t, Free, look())
	require.NoFileExists(t, path)

	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), holdFile+"="+path)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	_, err = fmt.Fscanln(out, new(string))
	require.NoError(t, err)
	_, err = Hold(path)
	require.ErrorContains(t, err, fmt.Sprint("in use by process ", cmd.Process.Pid))
	require.Equal(t, Held, look())
	require.NoError(t, cmd.Process.Kill())
	_ = cmd.Wait() // killed
	require.Equal(t, Left, look())
	require.FileExists(t, path)
	release, err = Hold(path)
	require.NoError(t, err)
	release()
	_, err = Hold(filepath.Join(path, "missing"))
	require.ErrorIs(t, err, os.ErrNotExist)
}
