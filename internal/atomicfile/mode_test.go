// SPDX-License-Identifier: MIT

//go:build unix

package atomicfile

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestModes(t *testing.T) {
	dir := t.TempDir()
	mode := func(path string) os.FileMode {
		info, err := os.Stat(path)
		require.NoError(t, err)
		return info.Mode().Perm()
	}
	for _, umask := range []int{0o022, 0o002, 0o077, 0} {
		was := syscall.Umask(umask)
		path := filepath.Join(dir, "new")
		os.Remove(path)
		err := Write(path, text("new"))
		syscall.Umask(was)
		require.NoError(t, err)
		require.Equal(t, 0o666&^os.FileMode(umask), mode(path))
		for _, m := range []os.FileMode{0o600, 0o644, 0o640, 0o666, 0o444} {
			require.NoError(t, os.Chmod(path, m))
			require.NoError(t, Write(path, text("again")))
			require.Equal(t, m, mode(path))
		}
	}
}

// TestLinksAndDevices: what path names is written, not replaced.
func TestLinksAndDevices(t *testing.T) {
	dir := t.TempDir()
	real, link := filepath.Join(dir, "real"), filepath.Join(dir, "link")
	require.NoError(t, os.WriteFile(real, nil, 0o600))
	require.NoError(t, os.Symlink(real, link))
	require.NoError(t, Write(link, text("linked")))
	b, err := os.ReadFile(real)
	require.NoError(t, err)
	require.Equal(t, "linked", string(b))
	info, err := os.Lstat(link)
	require.NoError(t, err)
	require.NotZero(t, info.Mode()&os.ModeSymlink)

	require.NoError(t, os.Symlink(os.DevNull, filepath.Join(dir, "null")))
	require.NoError(t, Write(filepath.Join(dir, "null"), text("nothing")))
	info, err = os.Stat(os.DevNull)
	require.NoError(t, err)
	require.NotZero(t, info.Mode()&os.ModeDevice)
	if _, err := os.Stat("/dev/full"); err == nil {
		require.Error(t, Write("/dev/full", text("much")))
	}
}
