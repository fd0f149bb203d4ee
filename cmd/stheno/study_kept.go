// SPDX-License-Identifier: MIT

package main

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

	"github.com/spf13/cobra"

	"github.com/stheno-go/stheno/datasets"
	"github.com/stheno-go/stheno/internal/jsonfloat"
	"github.com/stheno-go/stheno/trainers"
)

// studyFlags are the flags of every study. What a study has finished is kept in its
// folder, and not done again.
type studyFlags struct {
	out   string
	seed  uint64
	quick bool
	json  bool
	w     io.Writer // where the result goes
	log   io.Writer // where the progress goes
}

func (s *studyFlags) add(cmd *cobra.Command, quick string) {
	f := cmd.Flags()
	f.Uint64Var(&s.seed, "seed", 1, "seed of initialisation, order and augmentation")
	f.StringVar(&s.out, "out", filepath.Join("runs", cmd.Name()), "folder for the picture and what is finished")
	f.BoolVar(&s.quick, "quick", false, quick)
	f.BoolVar(&s.json, "json", false, "print the table as JSON; the rest goes to standard error")
}

// begin makes the folder, and makes it the study's until release is called.
func (s *studyFlags) begin(cmd *cobra.Command) (release func(), err error) {
	s.w, s.log = cmd.OutOrStdout(), cmd.OutOrStdout()
	if s.json {
		s.log = cmd.ErrOrStderr()
	}
	return hold(s.out, lockName)
}

// picture is where the picture goes.
func (s *studyFlags) picture() string { return filepath.Join(s.out, filepath.Base(s.out)+".png") }

// finished is a part of a study in a file: what it was asked and what came out.
type finished[T any] struct {
	Settings json.RawMessage `json:"settings"`
	Result   T               `json:"result"`
}

// kept returns the result of f under a name, from the folder if it was found with the
// same settings before.
func kept[T any](s *studyFlags, name string, settings any, f func() (T, error)) (T, error) {
	path := filepath.Join(s.out, name+".json")
	asked, err := json.Marshal(settings)
	if err != nil {
		return *new(T), err
	}
	if b, err := os.ReadFile(path); err == nil {
		var done finished[T]
		var compact bytes.Buffer
		if jsonfloat.Unmarshal(b, &done) == nil && json.Compact(&compact, done.Settings) == nil && bytes.Equal(compact.Bytes(), asked) {
			return done.Result, nil
		}
	}
	result, err := f()
	if err != nil {
		return result, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return result, err
	}
	return result, writeJSON(path, finished[T]{asked, result})
}

// fit trains within a study: interrupted, it goes on from its last checkpoint, if the
// settings are the same.
func (s *studyFlags) fit(ctx context.Context, name string, settings any, t *trainers.Trainer, c trainers.CheckpointConfig, train, val *datasets.Loader) (*trainers.History, error) {
	asked, err := json.Marshal(settings)
	if err != nil {
		return nil, err
	}
	c.Dir = filepath.Join(s.out, name)
	note := filepath.Join(c.Dir, "settings.json")
	if b, err := os.ReadFile(note); err != nil || !bytes.Equal(b, asked) {
		if err := os.RemoveAll(c.Dir); err != nil {
			return nil, err
		}
		if err := os.MkdirAll(c.Dir, 0o777); err != nil {
			return nil, err
		}
		if err := os.WriteFile(note, asked, 0o666); err != nil {
			return nil, err
		}
	} else if warning, err := t.Resume(c.Dir); err == nil && warning != "" {
		fmt.Fprintln(s.log, "warning:", warning)
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	fmt.Fprintf(s.log, "\n%s\n", name)
	t.Callbacks = append(t.Callbacks, trainers.Progress(s.log), trainers.Checkpoint(c))
	h, err := t.Fit(ctx, train, val)
	if err != nil && ctx.Err() != nil {
		fmt.Fprintln(s.log, "saved; the same command goes on")
	}
	return h, err
}
