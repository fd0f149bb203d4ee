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

// freshRun makes a folder that was not there: dir/name, dir/name-2, ...
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

// lockName is the file in a folder that says that a run has it.
const lockName = "lock"

// hold makes the folder dir this run's until release is called: another process that
// wants it under the same name ends with an error.
func hold(dir, name string) (release func(), err error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	release, err = filelock.Hold(filepath.Join(dir, name))
	if errors.Is(err, filelock.ErrHeld) {
		return nil, fmt.Errorf("%s: %w: wait for its end, or name another folder with --out", dir, err)
	}
	if err != nil {
		return nil, err
	}
	atomicfile.Clean(dir)
	return release, nil
}

// exists reports whether there is something of one of these names in dir.
func exists(dir string, names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool {
		_, err := os.Lstat(filepath.Join(dir, name))
		return err == nil
	})
}

// saved reports whether dir holds a checkpoint to go on from.
func saved(dir string) bool {
	return exists(filepath.Join(dir, checkpointsName), "last.safetensors", "previous.safetensors")
}

// newestRun returns the training in dir that was begun or saved last.
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
		return "", fmt.Errorf("there is no training in %s to go on with; name its folder with --out", dir)
	}
	return newest, nil
}

// writeJSON writes v to a file, whole.
func writeJSON(path string, v any) error {
	return atomicfile.Write(path, func(w io.Writer) error { return printJSON(w, v) })
}

// readJSON reads what writeJSON has written, and reports whether the file is there.
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
	if errors.As(err, &kind) { // it would name types that nobody knows
		err = fmt.Errorf("%s at byte %d is not what is wanted there", kind.Value, kind.Offset)
	}
	if err != nil {
		return false, fmt.Errorf("%s is damaged: %w", path, err)
	}
	return true, nil
}

// copyFlag sets a flag of f to what another one of the same name holds.
func copyFlag(f *pflag.FlagSet, from *pflag.Flag) error {
	return f.Set(from.Name, from.Value.String())
}
