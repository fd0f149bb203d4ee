// SPDX-License-Identifier: MIT

//go:build unix

package main

import (
	"bytes"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// asProgram is the environment variable that makes the test binary run as the program.
const asProgram = "STHENO_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	os.Exit(m.Run())
}

// program returns a command that runs the program.
func program(args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	return cmd
}

// small returns the arguments of a short run with many steps.
func small(out string, more ...string) []string {
	return append([]string{"train", "--quick", "--model", "resnet8_cifar", "--limit", "40", "--epochs", "2", "--batch-size", "8", "--out", out}, more...)
}

// TestRunFolderIsHeld checks that no other process starts, overwrites or resumes in the folder
// of a run that is in progress.
func TestRunFolderIsHeld(t *testing.T) {
	dir := t.TempDir()
	first := program(small(dir, "--epochs", "1000")...)
	require.NoError(t, first.Start())
	defer func() { _ = first.Wait() }()
	defer func() { _ = first.Process.Kill() }()
	require.Eventually(t, func() bool { return exists(dir, configName) }, 30*time.Second, time.Millisecond)
	config, err := os.ReadFile(filepath.Join(dir, configName))
	require.NoError(t, err)
	for _, args := range [][]string{small(dir), small(dir, "--overwrite"), {"train", "--resume", "--out", dir}} {
		_, err := run(t, t.Context(), args...)
		require.ErrorContains(t, err, "in use by process "+strconv.Itoa(first.Process.Pid), args)
	}
	again, err := os.ReadFile(filepath.Join(dir, configName))
	require.NoError(t, err)
	require.Equal(t, config, again)

	require.NoError(t, first.Process.Kill())
	_ = first.Wait() // killed
	_, err = run(t, t.Context(), small(dir, "--overwrite")...)
	require.NoError(t, err)
	require.False(t, exists(dir, lockName))
}

// TestFreshRunsAreApart checks that runs started at the same time get different folders.
func TestFreshRunsAreApart(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "runs")
	var wait sync.WaitGroup
	paths := make([]string, 20)
	for i := range paths {
		wait.Go(func() {
			var err error
			paths[i], err = freshRun(dir, "net")
			require.NoError(t, err)
		})
	}
	wait.Wait()
	seen := map[string]bool{}
	for _, path := range paths {
		require.False(t, seen[path])
		seen[path] = true
	}
}

// TestKilledBeforeItsFirstCheckpoint checks that the same command and --resume start over,
// with the result of a run that was not killed, and that no file of the killed run remains.
func TestKilledBeforeItsFirstCheckpoint(t *testing.T) {
	whole := t.TempDir()
	_, err := run(t, t.Context(), small(whole)...)
	require.NoError(t, err)
	want, err := os.ReadFile(filepath.Join(whole, weightsName))
	require.NoError(t, err)
	for _, resume := range []bool{false, true} {
		for _, wait := range []string{configName, checkpointsName} {
			dir := t.TempDir()
			cmd := program(small(dir)...)
			require.NoError(t, cmd.Start())
			require.Eventually(t, func() bool { return exists(dir, wait) }, 30*time.Second, time.Millisecond)
			require.NoError(t, cmd.Process.Kill())
			_ = cmd.Wait() // killed
			require.NoError(t, os.WriteFile(filepath.Join(dir, "."+weightsName+".0123456789abcdef.partial"), nil, 0o666))
			args := small(dir)
			if saved(dir) || resume { // it saved before the kill
				args = []string{"train", "--resume", "--out", dir}
			}
			out, err := run(t, t.Context(), args...)
			require.NoError(t, err, out)
			got, err := os.ReadFile(filepath.Join(dir, weightsName))
			require.NoError(t, err)
			require.Equal(t, want, got)
			hidden, err := filepath.Glob(filepath.Join(dir, ".*"))
			require.NoError(t, err)
			require.Empty(t, hidden)
			require.Equal(t, len(entries(t, whole)), len(entries(t, dir)))
			require.Len(t, entries(t, filepath.Join(dir, tensorboardName)), 1)
		}
	}
}

func entries(t *testing.T, dir string) []os.DirEntry {
	list, err := os.ReadDir(dir)
	require.NoError(t, err)
	return list
}

// TestSignalsSave checks that the first signal of each kind saves and exits as Ctrl-C does.
func TestSignalsSave(t *testing.T) {
	for _, s := range []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		if signal.Ignored(s) {
			continue // of a background job, whose programs inherit it
		}
		dir := t.TempDir()
		cmd := program(small(dir, "--epochs", "1000")...)
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		require.NoError(t, cmd.Start())
		require.Eventually(t, func() bool { return exists(dir, "history.csv") }, 30*time.Second, time.Millisecond)
		require.NoError(t, cmd.Process.Signal(s))
		err := cmd.Wait()
		require.Equal(t, exitInterrupted, cmd.ProcessState.ExitCode(), "%v: %v\n%s", s, err, out.String())
		require.True(t, saved(dir))
		require.Contains(t, out.String(), "interrupted in epoch")
		require.Contains(t, out.String(), "to continue: stheno train --resume --out "+dir)
	}
}

// TestIgnoredSignalsStaySo checks that a signal that nohup ignores stays ignored.
func TestIgnoredSignalsStaySo(t *testing.T) {
	nohup, err := exec.LookPath("nohup")
	if err != nil {
		t.Skip("nohup not found")
	}
	dir := t.TempDir()
	cmd := program(small(dir)...)
	cmd.Path, cmd.Args = nohup, append([]string{"nohup"}, cmd.Args...)
	require.NoError(t, cmd.Start())
	require.Eventually(t, func() bool { return exists(dir, configName) }, 30*time.Second, time.Millisecond)
	require.NoError(t, cmd.Process.Signal(syscall.SIGHUP))
	require.NoError(t, cmd.Wait())
	require.True(t, exists(dir, weightsName))
}

// TestOutputThatCannotBeWritten checks that a failed write is an error after the work is done.
func TestOutputThatCannotBeWritten(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("/dev/full not found")
	}
	defer full.Close()
	dir := t.TempDir()
	for _, args := range [][]string{small(dir), {"doctor", "--help"}, {"--help"}, {"summary", "lenet", "--size", "28", "--channels", "1"}, {"completion", "bash"},
		{"eval", "--weights", filepath.Join(dir, weightsName), "--limit", "10"}} {
		cmd := program(args...)
		var stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = full, &stderr
		err := cmd.Run()
		require.Error(t, err, args)
		require.Equal(t, exitError, cmd.ProcessState.ExitCode(), "%v: %s", args, stderr.String())
		require.Contains(t, stderr.String(), "no space left on device", args)
		require.Equal(t, 1, strings.Count(stderr.String(), "no space left"), args)
	}
	require.True(t, exists(dir, weightsName), "the training was finished")
}
