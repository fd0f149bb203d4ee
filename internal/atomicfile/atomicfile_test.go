// SPDX-License-Identifier: MIT

package atomicfile

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

const killedFile = "STHENO_TEST_KILLED_FILE"

func TestMain(m *testing.M) {
	if path := os.Getenv(killedFile); path != "" {
		_ = Write(path, func(w io.Writer) error {
			fmt.Fprint(w, "half")
			fmt.Println("written")
			select {} // until it is killed
		})
	}
	os.Exit(m.Run())
}

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error { _, err := io.WriteString(w, s); return err }
}

func names(t *testing.T, dir string) (list []string) {
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	require.NoError(t, Write(path, text("one")))
	require.NoError(t, Write(path, text("two")))
	require.Error(t, Write(path, func(w io.Writer) error { fmt.Fprint(w, "three"); return errors.New("no") }))
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "two", string(b))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "b"), 0o777))
	require.Error(t, Write(filepath.Join(dir, "b"), text("a folder")))
	require.Error(t, Write(filepath.Join(dir, "c", "d"), text("no folder")))
	require.Equal(t, []string{"a", "b"}, names(t, dir))
}

// TestClean: what a killed writer leaves goes when another process writes there, what one
// at work writes and what has another name stays.
func TestClean(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), killedFile+"="+path)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	_, err = fmt.Fscanln(out, new(string))
	require.NoError(t, err)
	Clean(dir)
	require.Len(t, names(t, dir), 1, "the file that is being written")
	require.NoError(t, cmd.Process.Kill())
	_ = cmd.Wait() // killed
	others := []string{".a.partial", ".a.0123456789abcdeX.partial", ".b.0123456789abcdef", "c.0123456789abcdef.partial", ".0123456789abcdef.partial"}
	for _, name := range others {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), nil, 0o666))
	}
	require.NoError(t, Write(path, func(w io.Writer) error {
		require.Len(t, names(t, dir), len(others)+1)
		Clean(dir)
		require.Len(t, names(t, dir), len(others)+1)
		return nil
	}))
	require.ElementsMatch(t, append(others, "a"), names(t, dir))
}
