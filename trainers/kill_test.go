// SPDX-License-Identifier: MIT

package trainers_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/trainers"
)

// killDir is the environment variable that makes the test binary train in a folder until it is
// killed.
const killDir = "STHENO_TEST_KILL_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(killDir); dir != "" {
		if err := trainUntilKilled(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// trainUntilKilled resumes from the folder's checkpoint, if there is one, and saves after every
// step.
func trainUntilKilled(dir string) error {
	t := newTrainer(11)
	t.EMA = 0.9
	t.Callbacks = []trainers.Callback{
		trainers.CSVLog(filepath.Join(dir, "log.csv")),
		trainers.Checkpoint(trainers.CheckpointConfig{Dir: dir, Steps: 1, Monitor: "val_loss"}),
	}
	if _, err := t.Resume(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	train, val := loaders()
	if _, err := t.Fit(context.Background(), train, val); err != nil {
		return err
	}
	return stheno.Save(filepath.Join(dir, "final.safetensors"), t.Model)
}

// TestKill kills a run 50 times at random moments and expects the files of an uninterrupted run.
func TestKill(t *testing.T) {
	whole := t.TempDir()
	require.NoError(t, trainUntilKilled(whole))
	rng := rand.New(rand.NewPCG(1, 2))
	for kills := 0; kills < 50; {
		dir := t.TempDir()
		for done := false; !done; {
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), killDir+"="+dir)
			require.NoError(t, cmd.Start())
			finished := make(chan error, 1)
			go func() { finished <- cmd.Wait() }()
			select {
			case err := <-finished:
				require.NoError(t, err)
				done = true
			case <-time.After(time.Duration(5+rng.IntN(60)) * time.Millisecond):
				killed := cmd.Process.Kill()
				err := <-finished
				if errors.Is(killed, os.ErrProcessDone) { // it ended as the timer fired
					require.NoError(t, err)
					done = true
					continue
				}
				require.NoError(t, killed)
				kills++
				_, err = os.Stat(filepath.Join(dir, "final.safetensors"))
				done = err == nil // killed after the last checkpoint
			}
		}
		for _, name := range []string{"final.safetensors", "log.csv"} {
			want, err := os.ReadFile(filepath.Join(whole, name))
			require.NoError(t, err)
			got, err := os.ReadFile(filepath.Join(dir, name))
			require.NoError(t, err)
			require.Equal(t, want, got, "%s after %d kills", name, kills)
		}
		same := func(pattern string) []string {
			files, err := filepath.Glob(filepath.Join(dir, pattern))
			require.NoError(t, err)
			for i := range files {
				files[i] = filepath.Base(files[i])
			}
			return files
		}
		wantBest, err := filepath.Glob(filepath.Join(whole, "best-*"))
		require.NoError(t, err)
		require.Equal(t, []string{filepath.Base(wantBest[0])}, same("best-*"))
	}
}
