// SPDX-License-Identifier: MIT

package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/pflag"

	"github.com/stheno-go/stheno/internal/atomicfile"
)

// freshRun returns a folder that is not there yet: dir/name, dir/name-2, ...
func freshRun(dir, name string) string {
	path := filepath.Join(dir, name)
	for i := 2; ; i++ {
		if _, err := os.Lstat(path); err != nil {
			return path
		}
		path = filepath.Join(dir, fmt.Sprintf("%s-%d", name, i))
	}
}

// newestRun returns the training in dir whose checkpoints were written last.
func newestRun(dir string) (string, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*", checkpointsName))
	if err != nil {
		return "", err
	}
	newest, when := "", time.Time{}
	for _, path := range paths {
		if info, err := os.Stat(path); err == nil && info.ModTime().After(when) {
			newest, when = filepath.Dir(path), info.ModTime()
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

// copyFlag sets a flag of f to what another one of the same name holds.
func copyFlag(f *pflag.FlagSet, from *pflag.Flag) error {
	return f.Set(from.Name, from.Value.String())
}
