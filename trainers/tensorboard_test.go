// SPDX-License-Identifier: MIT

package trainers_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno/trainers"
)

// points counts the scalars of the event files in a folder by name and step, in the order in which
// TensorBoard reads them. *shown has what it shows: a session start discards later steps.
func points(t *testing.T, dir string) (held, shown map[string]int, last int) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "events.out.tfevents.*"))
	require.NoError(t, err)
	slices.Sort(paths)
	held, shown = map[string]int{}, map[string]int{}
	steps := map[string]int{}
	for _, path := range paths {
		b, err := os.ReadFile(path)
		require.NoError(t, err)
		for len(b) > 0 {
			n := binary.LittleEndian.Uint64(b)
			event := fields(t, b[12:12+n])
			b = b[16+n:]
			step, _ := event[2].(uint64)
			if event[7] != nil {
				for key, at := range steps {
					if at >= int(step) {
						delete(shown, key)
					}
				}
			}
			if event[5] == nil {
				continue
			}
			value := fields(t, fields(t, event[5].([]byte))[1].([]byte))
			key := fmt.Sprint(string(value[1].([]byte)), " ", step)
			held[key]++
			shown[key]++
			steps[key] = int(step)
			last = max(last, int(step))
		}
	}
	return held, shown, last
}

// TestTensorBoardAfterKill resumes from a copy of the files at some step, as after a kill: each step
// must be in the event files once.
func TestTensorBoardAfterKill(t *testing.T) {
	fit := func(dir string, every int, more ...trainers.Callback) {
		tr := newTrainer(3)
		tr.Callbacks = append([]trainers.Callback{
			trainers.TensorBoard(filepath.Join(dir, "board")),
			trainers.Checkpoint(trainers.CheckpointConfig{Dir: dir, Steps: every}),
		}, more...)
		if _, err := os.Stat(filepath.Join(dir, "last.safetensors")); err == nil {
			_, err := tr.Resume(dir)
			require.NoError(t, err)
		}
		train, val := loaders()
		_, err := tr.Fit(t.Context(), train, val)
		require.NoError(t, err)
	}
	whole := t.TempDir()
	fit(whole, 5)
	want, _, last := points(t, filepath.Join(whole, "board"))
	require.Equal(t, 28, last)
	for _, c := range []struct{ every, at int }{{5, 6}, {5, 13}, {7, 14}, {7, 18}, {4, 15}, {1, 21}, {100, 9}, {28, 28}} {
		killed := t.TempDir()
		dir := t.TempDir()
		fit(dir, c.every, trainers.Callback{Name: "snapshot", StepEnd: func(_ context.Context, s *trainers.State) error {
			if s.Step == c.at {
				return os.CopyFS(killed, os.DirFS(dir))
			}
			return nil
		}})
		files, err := filepath.Glob(filepath.Join(killed, "board", "*"))
		require.NoError(t, err)
		require.Len(t, files, 1)
		b, err := os.ReadFile(files[0])
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(files[0], append(b, 50, 0, 0), 0o600)) // an incomplete record
		if _, err := os.Stat(filepath.Join(killed, "last.safetensors")); err != nil {
			require.NoError(t, os.WriteFile(files[0], b, 0o600))
		}
		fit(killed, c.every)
		held, shown, _ := points(t, filepath.Join(killed, "board"))
		require.Equal(t, want, shown, c)
		if _, err := os.Stat(filepath.Join(killed, "last.safetensors")); err == nil && c.every < 100 {
			require.Equal(t, want, held, c)
		}
	}
}

// TestTensorBoardLeavesOthers checks that files of other programs are not changed.
func TestTensorBoardLeavesOthers(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a[b]*")
	require.NoError(t, os.Mkdir(dir, 0o700))
	other := filepath.Join(dir, "events.out.tfevents.1700000000.host")
	ours := filepath.Join(dir, "events.out.tfevents.9999999990.000000001.stheno") // the clock was wrong
	for _, path := range []string{other, ours} {
		require.NoError(t, os.WriteFile(path, []byte("this is no event file at all"), 0o600))
	}
	cb := trainers.TensorBoard(dir)
	tr := newTrainer(1)
	tr.Callbacks = []trainers.Callback{{Name: "stop", StepEnd: func(_ context.Context, s *trainers.State) error { return nil }}, cb}
	train, val := loaders()
	_, err := tr.Fit(t.Context(), train, val)
	require.NoError(t, err)
	for _, path := range []string{other, ours} {
		b, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, "this is no event file at all", string(b))
	}
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 3)
	require.Equal(t, filepath.Base(ours), entries[1].Name(), "the new file comes last")
}
