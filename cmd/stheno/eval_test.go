// SPDX-License-Identifier: MIT

package main

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/jsonfloat"
	"github.com/stheno-go/stheno/models"
)

// fitted trains on photos and returns the folders of the images and of the run.
func fitted(t *testing.T) (data, dir string) {
	t.Helper()
	data, dir = photos(t, 10, "train", "test"), t.TempDir()
	_, err := run(t, t.Context(), "train", "--model", "resnet8_cifar", "--data", data, "--size", "12", "--batch-size", "8", "--epochs", "4", "--out", dir)
	require.NoError(t, err)
	return data, dir
}

func TestEvalAndPredict(t *testing.T) {
	data, dir := fitted(t)
	weights := filepath.Join(dir, weightsName)
	out, err := run(t, t.Context(), "eval", "--weights", weights, "--data", data, "--json", "--picture", filepath.Join(dir, "c.png"))
	require.NoError(t, err)
	var e evalResult
	require.NoError(t, json.Unmarshal([]byte(out), &e))
	require.Equal(t, 30, e.Count)
	require.Greater(t, e.Top1, 0.6)
	require.Len(t, e.Classes, 3)
	require.Equal(t, "blue", e.Classes[0].Class)
	requirePicture(t, filepath.Join(dir, "c.png"))

	// The checkpoint has the same weights, and --data may name the part itself.
	again, err := run(t, t.Context(), "eval", "--weights", filepath.Join(dir, "checkpoints", "last.safetensors"), "--data", filepath.Join(data, "test"), "--json")
	require.NoError(t, err)
	var f evalResult
	require.NoError(t, json.Unmarshal([]byte(again), &f))
	require.Equal(t, e.Loss, f.Loss)

	out, err = run(t, t.Context(), "predict", "--weights", weights, "--top", "2", "--json", filepath.Join(data, "test"))
	require.NoError(t, err)
	var list []prediction
	require.NoError(t, json.Unmarshal([]byte(out), &list))
	require.Len(t, list, 30)
	right := 0
	for _, p := range list {
		require.Len(t, p.Top, 2)
		require.GreaterOrEqual(t, p.Top[0].Probability, p.Top[1].Probability)
		if filepath.Base(filepath.Dir(p.File)) == p.Top[0].Class {
			right++
		}
	}
	require.InDelta(t, e.Top1*30, right, 1e-9, "predict and eval agree")
}

// TestEvalPyTorch evaluates a file as DataParallel writes it, without a card.
// TestSkipBroken checks that an unreadable image is an error, or is skipped and counted.
func TestSkipBroken(t *testing.T) {
	data, dir := photos(t, 10, "."), t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(data, "blue", "broken.jpg"), []byte("\xff\xd8\xff"), 0o644))
	train := []string{"train", "--model", "resnet8_cifar", "--data", data, "--size", "12", "--batch-size", "8", "--epochs", "1", "--out", dir}
	_, err := run(t, t.Context(), train...)
	require.ErrorContains(t, err, "broken.jpg")
	require.ErrorContains(t, err, "--skip-broken")
	out, err := run(t, t.Context(), append(train, "--skip-broken", "--overwrite")...)
	require.NoError(t, err)
	require.Contains(t, out, "1 of 28 images could not be read and were skipped; the first: ")
	require.Contains(t, out, "broken.jpg")

	eval := []string{"eval", "--weights", filepath.Join(dir, weightsName), "--data", data, "--json"}
	_, err = run(t, t.Context(), eval...)
	require.ErrorContains(t, err, "--skip-broken")
	out, err = run(t, t.Context(), append(eval, "--skip-broken")...)
	require.NoError(t, err)
	var e evalResult
	require.NoError(t, json.Unmarshal([]byte(out[strings.Index(out, "{"):]), &e))
	require.Equal(t, 30, e.Count)
}

// TestTooFewToHoldOut checks the error for too few images.
func TestTooFewToHoldOut(t *testing.T) {
	_, err := run(t, t.Context(), "train", "--data", photos(t, 1, "."), "--out", t.TempDir())
	require.ErrorContains(t, err, "too few images to hold out a fraction of 0.1: 3 to train on and 0 to evaluate")
}

func TestEvalPyTorch(t *testing.T) {
	data, dir := photos(t, 3, "val"), t.TempDir()
	net, err := models.New("resnet8_cifar", models.Config{Classes: 3})
	require.NoError(t, err)
	state, err := stheno.StateDict(net)
	require.NoError(t, err)
	for i := range state {
		state[i].Name = "module." + state[i].Name
	}
	path := filepath.Join(dir, "net.th")
	require.NoError(t, stheno.SaveState(path, state))
	out, err := run(t, t.Context(), "eval", "--model", "resnet8_cifar", "--weights", path, "--data", data, "--json")
	require.NoError(t, err)
	require.Contains(t, out, `"top1": `)
	require.Contains(t, out, `"count": 9`)

	for want, args := range map[string][]string{
		"--model is needed":                   {"eval", "--weights", path, "--data", data},
		"--weights FILE is needed":            {"eval", "--model", "resnet8_cifar"},
		"names 2 classes, the weights have 3": {"predict", "--model", "resnet8_cifar", "--weights", path, "--classes", "a,b", data},
		`has no part "test"; have val`:        {"eval", "--model", "resnet8_cifar", "--weights", path, "--data", data, "--split", "test"},
		"these are not weights of resnet18":   {"eval", "--model", "resnet18", "--weights", path, "--data", data},
		"needs image files or folders":        {"predict", "--model", "resnet8_cifar", "--weights", path},
		"no file ends in":                     {"predict", "--model", "resnet8_cifar", "--weights", path, dir},
		"has 3 classes, the weights have 2":   {"eval", "--model", "lenet", "--weights", strings.Replace(path, "net", "two", 1), "--data", data},
	} {
		if strings.Contains(want, "have 2") {
			two, err := models.New("lenet", models.Config{Classes: 2})
			require.NoError(t, err)
			require.NoError(t, stheno.Save(args[4], two))
			args = append(args, "--size", "28", "--channels", "1")
		}
		_, err := run(t, t.Context(), args...)
		require.ErrorContains(t, err, want, args)
	}
}

// TestSpoiltWeights checks that predict reports NaN and that eval still writes valid JSON.
func TestSpoiltWeights(t *testing.T) {
	data, dir := photos(t, 2, "test"), t.TempDir()
	m, err := models.New("resnet8_cifar", models.Config{Classes: 3})
	require.NoError(t, err)
	state, err := stheno.StateDict(m)
	require.NoError(t, err)
	for i, e := range state {
		if e.Name == "linear.bias" || e.Name == "fc.bias" {
			state[i].Tensor = stheno.TensorOf([]float32{float32(math.NaN()), 1, 2})
		}
	}
	weights := filepath.Join(dir, "w.safetensors")
	require.NoError(t, stheno.SaveState(weights, state))
	args := []string{"--model", "resnet8_cifar", "--weights", weights, "--size", "12", "--classes", "blue,green,red", "--json"}
	_, err = run(t, t.Context(), append([]string{"predict", filepath.Join(data, "test")}, args...)...)
	require.ErrorContains(t, err, "0.png: the model's output contains NaN")
	out, err := run(t, t.Context(), append([]string{"eval", "--data", data}, args...)...)
	require.NoError(t, err)
	var e evalResult
	require.NoError(t, jsonfloat.Unmarshal([]byte(out), &e))
	require.True(t, math.IsNaN(e.Loss))
}
