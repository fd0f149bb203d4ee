// SPDX-License-Identifier: MIT

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/pflag"

	"github.com/stheno-go/stheno/internal/atomicfile"
	"github.com/stheno-go/stheno/internal/filelock"
	"github.com/stheno-go/stheno/internal/jsonfloat"
	"github.com/stheno-go/stheno/internal/regular"
)

// freshRun creates the first new folder of dir/name, dir/name-2, ...
func freshRun(dir, name string) (string, error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return "", err
	}
	path := filepath.Join(dir, name)
	for i := 2; ; i++ {
		if err := os.Mkdir(path, 0o777); !errors.Is(err, fs.ErrExist) {
			return path, err
		}
		path = filepath.Join(dir, fmt.Sprintf("%s-%d", name, i))
	}
}

// lockName is the lock file in the folder of a run.
const lockName = "lock"

// hold locks the folder dir for this process until release is called. It returns an error if
// another process has the lock.
func hold(dir, name string) (release func(), err error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	release, err = filelock.Hold(filepath.Join(dir, name))
	if errors.Is(err, filelock.ErrHeld) {
		return nil, fmt.Errorf("%s: %w: wait for it to end, or give another folder with --out", dir, err)
	}
	if err != nil {
		return nil, err
	}
	atomicfile.Clean(dir)
	return release, nil
}

// exists reports whether dir contains any of the names.
func exists(dir string, names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool {
		_, err := os.Lstat(filepath.Join(dir, name))
		return err == nil
	})
}

// saved reports whether dir contains a checkpoint to resume from.
func saved(dir string) bool {
	return exists(filepath.Join(dir, checkpointsName), "last.safetensors", "previous.safetensors")
}

// newestRun returns the run in dir that was started or saved last.
func newestRun(dir string) (string, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*", configName))
	if err != nil {
		return "", err
	}
	newest, when := "", time.Time{}
	for _, path := range paths {
		run := filepath.Dir(path)
		for _, path := range []string{path, filepath.Join(run, checkpointsName)} {
			if info, err := os.Stat(path); err == nil && info.ModTime().After(when) {
				newest, when = run, info.ModTime()
			}
		}
	}
	if newest == "" {
		return "", fmt.Errorf("no run to resume in %s; give its folder with --out", dir)
	}
	return newest, nil
}

// writeJSON writes v to a file atomically.
func writeJSON(path string, v any) error {
	return atomicfile.Write(path, func(w io.Writer) error { return printJSON(w, v) })
}

// readJSON reads a file of writeJSON into v and reports whether the file exists.
func readJSON(path string, v any) (is bool, err error) {
	b, err := regular.ReadFile(path, maxCard)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	err = jsonfloat.Unmarshal(b, v)
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) { // its own text names internal types
		err = fmt.Errorf("unexpected %s at byte %d", kind.Value, kind.Offset)
	}
	if err != nil {
		return false, fmt.Errorf("%s is damaged: %w", path, err)
	}
	return true, nil
}

// copyFlag sets the flag of the same name in f to the value of from.
func copyFlag(f *pflag.FlagSet, from *pflag.Flag) error {
	return f.Set(from.Name, from.Value.String())
}
