// SPDX-License-Identifier: MIT

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
)

// photos creates a folder with n noisy pictures in each of three colors for each part.
func photos(t *testing.T, n int, parts ...string) string {
	t.Helper()
	dir, r := t.TempDir(), rand.New(rand.NewPCG(1, 2))
	for _, part := range parts {
		for class, name := range []string{"blue", "green", "red"} {
			folder := filepath.Join(dir, part, name)
			require.NoError(t, os.MkdirAll(folder, 0o755))
			for i := range n {
				img := image.NewRGBA(image.Rect(0, 0, 12, 12))
				for k := range 144 {
					rgb := [3]uint8{uint8(r.IntN(180)), uint8(r.IntN(180)), uint8(r.IntN(180))}
					rgb[2-class] += 60
					img.Set(k%12, k/12, color.RGBA{rgb[0], rgb[1], rgb[2], 255})
				}
				var b bytes.Buffer
				require.NoError(t, png.Encode(&b, img))
				require.NoError(t, os.WriteFile(filepath.Join(folder, strconv.Itoa(i)+".png"), b.Bytes(), 0o644))
			}
		}
	}
	return dir
}

// result parses the JSON output of train.
func result(t *testing.T, text string) (r trainResult) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(text[strings.Index(text, "{"):]), &r), text)
	return r
}

func TestTrainWithoutFlags(t *testing.T) {
	dir := t.TempDir()
	out, err := run(t, t.Context(), "train", "--quick", "--limit", "400", "--epochs", "3", "--out", dir, "--json")
	require.NoError(t, err, out)
	r := result(t, out)
	require.Greater(t, r.Accuracy, 0.25, "ten classes: guessing gives 0.1")
	require.Equal(t, 400, r.Count)
	requirePicture(t, filepath.Join(dir, curvesName))
	requirePicture(t, filepath.Join(dir, confusionName))
	for _, name := range []string{configName, cardName, resultName, "history.csv", "history.jsonl", "checkpoints/last.safetensors"} {
		require.FileExists(t, filepath.Join(dir, name))
	}

	_, err = run(t, t.Context(), "train", "--quick", "--out", dir)
	require.ErrorContains(t, err, "--resume continues it, --overwrite deletes it")
	_, err = run(t, t.Context(), "train", "--resume", "--out", t.TempDir())
	require.ErrorContains(t, err, "has no run to resume")
}

// TestTrainFolder trains on folders with and without parts, with all settings of the recipe.
// TestFindLR: a suggestion and a picture, and no training.
func TestFindLR(t *testing.T) {
	dir := t.TempDir()
	args := []string{"train", "--find-lr", "--model", "resnet8_cifar", "--size", "12", "--batch-size", "8", "--data", photos(t, 12, "."), "--out", dir, "--json"}
	out, err := run(t, t.Context(), args...)
	require.NoError(t, err, out)
	var r rateResult
	require.NoError(t, json.Unmarshal([]byte(out[strings.Index(out, "{"):strings.LastIndex(out, "}")+1]), &r))
	require.Positive(t, r.Suggestion)
	require.NotEmpty(t, r.Loss)
	requirePicture(t, filepath.Join(dir, rateName))
	require.NoFileExists(t, filepath.Join(dir, configName))
	for text, flags := range map[string][]string{
		"excludes --resume": {"--resume"},
		"needs a learning":  {"--lr", "0"},
		"not for linear":    {"--model", "linear", "--data="},
	} {
		_, err := run(t, t.Context(), append(args, flags...)...)
		require.ErrorContains(t, err, text)
	}
}

func TestTrainFolder(t *testing.T) {
	whole, parts := photos(t, 12, "."), photos(t, 12, "train", "val", "test")
	for name, args := range map[string][]string{
		"held out":  {"--data", whole, "--holdout", "0.25"},
		"three":     {"--data", parts, "--optimizer", "adamw", "--lr", "0.01", "--schedule", "cosine", "--warmup", "0.5"},
		"mixed":     {"--data", parts, "--mixup", "0.2", "--cutmix", "0.2", "--ema", "0.5", "--label-smoothing", "0.1", "--clip-norm", "5", "--accumulate", "2"},
		"other net": {"--data", parts, "--model", "mlp", "--augment", "none", "--early-stopping", "3", "--lr", "0.02", "--schedule", "step"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			out, err := run(t, t.Context(), append([]string{"train", "--model", "resnet8_cifar", "--size", "12", "--batch-size", "8", "--epochs", "5", "--out", dir, "--json"}, args...)...)
			require.NoError(t, err, out)
			require.Greater(t, result(t, out).Accuracy, 0.5, "three classes: guessing gives 0.33")
		})
	}
	_, err := run(t, t.Context(), "train", "--data", filepath.Join(whole, "none"), "--out", t.TempDir())
	require.ErrorContains(t, err, "no such file")
}

// TestFineTune fine-tunes weights for ten classes to three.
func TestFineTune(t *testing.T) {
	first, dir := t.TempDir(), t.TempDir()
	parts := photos(t, 8, "train", "test")
	_, err := run(t, t.Context(), "train", "--limit", "64", "--epochs", "1", "--channels", "3", "--model", "resnet8_cifar", "--out", first)
	require.NoError(t, err)
	c, ok, err := readCard(filepath.Join(first, weightsName))
	require.NoError(t, err)
	require.True(t, ok)
	c.Mean[0] = 0.25
	require.NoError(t, c.write(first))
	out, err := run(t, t.Context(), "train", "--data", parts, "--size", "12", "--batch-size", "8", "--epochs", "1", "--model", "resnet8_cifar", "--weights", filepath.Join(first, weightsName), "--freeze", "--out", dir)
	require.NoError(t, err, out)
	require.Contains(t, out, "the weights have 10 classes: initializing a new last layer for 3")
	own, _, err := readCard(filepath.Join(dir, weightsName))
	require.NoError(t, err)
	require.Equal(t, c.Mean, own.Mean, "images are normalized as the weights expect")
	require.Equal(t, []string{"blue", "green", "red"}, own.Classes)
	before, err := stheno.LoadState(filepath.Join(first, weightsName))
	require.NoError(t, err)
	after, err := stheno.LoadState(filepath.Join(dir, weightsName))
	require.NoError(t, err)
	require.Equal(t, "conv1.weight", before[0].Name)
	require.Equal(t, before[0].Tensor.Floats(), after[0].Tensor.Floats(), "the body is frozen")
	require.EqualValues(t, []int{3, 64}, after[len(after)-2].Tensor.Shape())
}

// canceller is a Writer that cancels when a text is written.
type canceller struct {
	bytes.Buffer
	at     string
	cancel context.CancelFunc
}

func (c *canceller) Write(b []byte) (int, error) {
	if strings.Contains(string(b), c.at) {
		c.cancel()
	}
	return c.Buffer.Write(b)
}

// TestResume checks that an interrupted and resumed run ends with the same bits as one that was
// not interrupted.
func TestResume(t *testing.T) {
	flags := []string{"--model", "resnet8_cifar", "--limit", "96", "--batch-size", "32", "--epochs", "3", "--mixup", "0.2"}
	straight, broken := t.TempDir(), t.TempDir()
	_, err := run(t, t.Context(), append([]string{"train", "--out", straight}, flags...)...)
	require.NoError(t, err)

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	cmd, out := root(), &canceller{at: "epoch 1/3", cancel: cancel}
	cmd.SetOut(out)
	cmd.SetArgs(append([]string{"train", "--out", broken}, flags...))
	err = cmd.ExecuteContext(ctx)
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, exitInterrupted, exit(err))
	require.Contains(t, out.String(), "to continue: stheno train --resume --out "+broken)

	text, err := run(t, t.Context(), "train", "--resume", "--out", broken)
	require.NoError(t, err)
	require.Contains(t, text, "resuming after epoch 1")
	want, err := os.ReadFile(filepath.Join(straight, weightsName))
	require.NoError(t, err)
	got, err := os.ReadFile(filepath.Join(broken, weightsName))
	require.NoError(t, err)
	require.True(t, bytes.Equal(want, got), "the same bits")
}

func TestTimeLimit(t *testing.T) {
	dir := t.TempDir()
	out, err := run(t, t.Context(), "train", "--limit", "96", "--time-limit", "1ms", "--out", dir)
	require.NoError(t, err)
	require.Contains(t, out, "time limit reached after 0 of 10 epochs")
	require.FileExists(t, filepath.Join(dir, weightsName))
}

func TestConfigFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "my.yaml")
	require.NoError(t, os.WriteFile(path, []byte("limit: 64\nepochs: 2\nbatch-size: 32\noptimizer: adam\ntime-limit: 1h\n"), 0o644))
	runDir := filepath.Join(dir, "run")
	out, err := run(t, t.Context(), "train", "--config", path, "--epochs", "1", "--out", runDir, "--json")
	require.NoError(t, err, out)
	require.Equal(t, 1, result(t, out).Of, "flags win")
	b, err := os.ReadFile(filepath.Join(runDir, configName))
	require.NoError(t, err)
	for _, line := range []string{"limit: 64", "epochs: 1", "batch-size: 32", "optimizer: adam", "lr: 0.00025", "augment: flip", "time-limit: 1h0m0s", "model: resnet14_cifar"} {
		require.Contains(t, string(b), line+"\n", "the configuration in effect")
	}
	require.NoError(t, os.WriteFile(path, []byte(`{"epochz": 2}`), 0o644))
	_, err = run(t, t.Context(), "train", "--config", path)
	require.ErrorContains(t, err, "unknown setting epochz; have model, data, out")
	require.NoError(t, os.WriteFile(path, []byte(`{"epochs": "many"}`), 0o644))
	_, err = run(t, t.Context(), "train", "--config", path)
	require.ErrorContains(t, err, `invalid argument "many"`)
}
