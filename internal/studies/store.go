// SPDX-License-Identifier: MIT

package studies

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/stheno-go/stheno/datasets"
	"github.com/stheno-go/stheno/internal/atomicfile"
	"github.com/stheno-go/stheno/internal/jsonfloat"
	"github.com/stheno-go/stheno/trainers"
)

// Store saves the results of a study in a folder: Dir/NAME/seed-N.json for each training.
type Store struct {
	Dir string
	Log io.Writer // where progress is printed
}

// saved is the content of a file: what a training depends on, and its result.
type saved[T any] struct {
	Settings json.RawMessage `json:"settings"`
	Result   T               `json:"result"`
}

func seedName(name string, seed uint64) string { return fmt.Sprintf("%s/seed-%d", name, seed) }

// once returns the saved result of a training with these settings, or that of train, which
// it saves.
func once[T any](s *Store, name string, settings any, train func() (T, error)) (T, error) {
	path := filepath.Join(s.Dir, name+".json")
	key, err := json.Marshal(settings)
	if err != nil {
		return *new(T), err
	}
	if b, err := os.ReadFile(path); err == nil {
		var done saved[T]
		var compact bytes.Buffer
		if jsonfloat.Unmarshal(b, &done) == nil && json.Compact(&compact, done.Settings) == nil && bytes.Equal(compact.Bytes(), key) {
			return done.Result, nil
		}
	}
	result, err := train()
	if err != nil {
		return result, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return result, err
	}
	return result, atomicfile.Write(path, func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(jsonfloat.Value(saved[T]{key, result}))
	})
}

// fit trains with checkpoints. An interrupted training is resumed if its settings are the
// same.
func (s *Store) fit(ctx context.Context, name string, settings any, t *trainers.Trainer, c trainers.CheckpointConfig, train, val *datasets.Loader) (*trainers.History, error) {
	key, err := json.Marshal(settings)
	if err != nil {
		return nil, err
	}
	c.Dir = filepath.Join(s.Dir, name)
	note := filepath.Join(c.Dir, "settings.json")
	if b, err := os.ReadFile(note); err != nil || !bytes.Equal(b, key) {
		if err := os.RemoveAll(c.Dir); err != nil {
			return nil, err
		}
		if err := os.MkdirAll(c.Dir, 0o777); err != nil {
			return nil, err
		}
		if err := os.WriteFile(note, key, 0o666); err != nil {
			return nil, err
		}
	} else if warning, err := t.Resume(c.Dir); err == nil && warning != "" {
		fmt.Fprintln(s.Log, "warning:", warning)
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	fmt.Fprintf(s.Log, "\n%s\n", name)
	t.Callbacks = append(t.Callbacks, trainers.Progress(s.Log), trainers.Checkpoint(c))
	h, err := t.Fit(ctx, train, val)
	if err != nil && ctx.Err() != nil {
		fmt.Fprintln(s.Log, "saved; the same command continues")
	}
	return h, err
}

// read returns the results in a folder with their settings, in the order of names and
// seeds. Settings that differ in more than same removes are an error: they cannot be
// compared.
func read[S, T any](dir string, same func(S) any) (settings []S, results []T, err error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*", "seed-*.json"))
	if err != nil {
		return nil, nil, err
	}
	slices.Sort(paths)
	var first []byte
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			return nil, nil, err
		}
		var done saved[T]
		var s S
		if err := errors.Join(jsonfloat.Unmarshal(b, &done), json.Unmarshal(done.Settings, &s)); err != nil {
			return nil, nil, fmt.Errorf("studies: %s: %w", path, err)
		}
		key, err := json.Marshal(same(s))
		if err != nil {
			return nil, nil, err
		}
		if first == nil {
			first = key
		}
		if !bytes.Equal(key, first) {
			return nil, nil, fmt.Errorf("studies: %s: settings %s, but %s has %s: results with the same settings are needed", path, key, paths[0], first)
		}
		settings, results = append(settings, s), append(results, done.Result)
	}
	return settings, results, nil
}
