// SPDX-License-Identifier: MIT

package main

import (
	"bytes"
	"context"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
)

// run executes the command in a temporary folder and returns its output.
func run(t *testing.T, ctx context.Context, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	cmd := root()
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	cmd.SetArgs(args)
	err := cmd.ExecuteContext(ctx)
	return out.String(), err
}

// number returns the first group of pattern in text.
func number(t *testing.T, text, pattern string) float64 {
	t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(text)
	require.NotNil(t, m, "%q not in\n%s", pattern, text)
	x, err := strconv.ParseFloat(m[1], 64)
	require.NoError(t, err)
	return x
}

func requirePicture(t *testing.T, path string) {
	t.Helper()
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	img, err := png.Decode(f)
	require.NoError(t, err)
	require.Greater(t, img.Bounds().Dx(), 200)
}

func TestTrainLinear(t *testing.T) {
	dir := t.TempDir()
	out, err := run(t, t.Context(), "train", "--model", "linear", "--out", dir)
	require.NoError(t, err)
	require.Equal(t, 50, strings.Count(out, "Epoch["), "a line every 20 of 1000 epochs")
	require.Contains(t, out, "Epoch[20/1000], loss: ")
	// The least-squares line of the points, by numpy.linalg.lstsq.
	require.InDelta(t, 0.2599899, number(t, out, `weight x +\S+ +(\S+)`), 1e-6)
	require.InDelta(t, 0.74766526, number(t, out, `bias +\S+ +(\S+)`), 1e-6)
	requirePicture(t, filepath.Join(dir, "linear.png"))
	state, err := stheno.LoadState(filepath.Join(dir, "linear.safetensors"))
	require.NoError(t, err)
	require.Len(t, state, 2)

	more, err := run(t, t.Context(), "train", "--model", "linear", "--out", dir, "--epochs", "20000", "--lr", "0.02")
	require.NoError(t, err)
	require.InDelta(t, number(t, more, `weight x +\S+ +(\S+)`), number(t, more, `weight x +(\S+)`), 1e-4, "after enough epochs it is the closed form")
}

func TestTrainLinearOnATable(t *testing.T) {
	dir := t.TempDir()
	csv := "size,age,noise,price\n"
	for i := range 60 {
		size, age, noise := 50+i%17*10, i%23, i*i%7
		csv += fmt.Sprintf("%d,%d,%d,%d\n", size, age, noise, 1000+30*size-20*age)
	}
	path := filepath.Join(dir, "houses.csv")
	require.NoError(t, os.WriteFile(path, []byte(csv), 0o644))
	out, err := run(t, t.Context(), "train", "--model", "linear", "--data", path, "--target", "price", "--standardize", "--lr", "0.1", "--out", dir)
	require.NoError(t, err)
	require.Regexp(t, `1\. \+ size`, out)
	require.Regexp(t, `2\. - age`, out)
	requirePicture(t, filepath.Join(dir, "linear.png"))

	_, err = run(t, t.Context(), "train", "--model", "linear", "--data", path, "--target", "price", "--out", dir)
	require.ErrorContains(t, err, "learning rate 0.001 is too large")
	_, err = run(t, t.Context(), "train", "--model", "linear", "--data", path, "--target", "cost", "--out", dir)
	require.ErrorContains(t, err, `no column "cost"; have size, age, noise, price`)
	_, err = run(t, t.Context(), "train", "--model", "logistic", "--data", path, "--target", "price", "--out", dir)
	require.ErrorContains(t, err, "must be 0 or 1")
}

// TestTrainLinearOnADependentTable has two features of which one is twice the other, so the
// solution is not unique.
func TestTrainLinearOnADependentTable(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "t.csv")
	require.NoError(t, os.WriteFile(path, []byte("a,b,y\n1,2,3\n2,4,5\n3,6,8\n"), 0o644))
	out, err := run(t, t.Context(), "train", "--model", "linear", "--data", path, "--target", "y", "--lr", "0.01", "--out", dir)
	require.NoError(t, err)
	require.Contains(t, out, "rank 2 of 3")
	require.InDelta(t, 0.5, number(t, out, `weight a +\S+ +(\S+)`), 1e-6) // numpy.linalg.lstsq
	require.InDelta(t, 1, number(t, out, `weight b +\S+ +(\S+)`), 1e-6)
}

func TestTrainLogistic(t *testing.T) {
	dir := t.TempDir()
	out, err := run(t, t.Context(), "train", "--model", "logistic", "--out", dir)
	require.NoError(t, err)
	require.GreaterOrEqual(t, number(t, out, `Epoch\[1000/1000\], loss: \S+ accuracy: (\S+)`), 0.9)
	require.Contains(t, out, "P(Y=1|x) = 1/(1+exp(-z))")
	requirePicture(t, filepath.Join(dir, "logistic.png"))

	path := filepath.Join(dir, "exam.csv")
	require.NoError(t, os.WriteFile(path, []byte("points,admitted\n900,0\n1100,1\n700,0\n1300,1\n990,1\n1010,0\n"), 0o644))
	out, err = run(t, t.Context(), "train", "--model", "logistic", "--data", path, "--target", "admitted", "--out", dir)
	require.NoError(t, err)
	require.Contains(t, out, "the loss is above that of guessing, 0.693; try --standardize")
	out, err = run(t, t.Context(), "train", "--model", "logistic", "--data", path, "--target", "admitted", "--standardize", "--out", dir)
	require.NoError(t, err)
	require.NotContains(t, out, "guessing")
}

func TestTrainDigits(t *testing.T) {
	dir := t.TempDir()
	out, err := run(t, t.Context(), "train", "--model", "mlp", "--quick", "--out", dir)
	require.NoError(t, err)
	require.Greater(t, number(t, out, `mlp: (\S+) %`), 80.)
	again, err := run(t, t.Context(), "train", "--model", "mlp", "--quick", "--out", dir)
	require.NoError(t, err)
	seconds := regexp.MustCompile(`in \S+ s`)
	require.Equal(t, seconds.ReplaceAllString(out, ""), seconds.ReplaceAllString(again, ""), "a seed gives the same bits")
}

// TestInterrupt checks that a run that is ended as by Ctrl-C saves its weights.
func TestInterrupt(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, args := range [][]string{{"train", "--model", "mlp"}, {"train", "--model", "linear"}, {"train", "--model", "logistic"}} {
		dir := t.TempDir()
		_, err := run(t, ctx, append(args, "--out", dir)...)
		require.ErrorIs(t, err, context.Canceled)
		saved, err := filepath.Glob(filepath.Join(dir, "*.safetensors"))
		require.NoError(t, err)
		require.Len(t, saved, 1)
	}
}

func TestBadArguments(t *testing.T) {
	for want, args := range map[string][]string{
		`no model "tree"`:                                   {"train", "--model", "tree"},
		`did you mean "resnet18"`:                           {"train", "--model", "resnet17"},
		"does not classify images":                          {"train", "--model", "net"},
		"must be given together":                            {"train", "--model", "linear", "--data", "x.csv"},
		"\"-1\" for \"--epochs\" flag: must be at":          {"train", "--epochs", "-1"},
		"--ema 1 must be in [0, 1)":                         {"train", "--ema", "1"},
		`no optimizer "lamb"; have sgd`:                     {"train", "--optimizer", "lamb"},
		`no schedule "zigzag"; have`:                        {"train", "--schedule", "zigzag"},
		`no augmentation "cut"; have`:                       {"train", "--augment", "cut"},
		`unknown command "fly"`:                             {"fly"},
		`did you mean "train"`:                              {"trian"},
		"unknown flag":                                      {"train", "--fast"},
		"takes no arguments, got":                           {"train", "photos"},
		"depth 1 must be at least 2":                        {"study", "sigmoid", "--depth", "1"},
		"is trained on the embedded digits":                 {"train", "--model", "softmax", "--data", "x.csv", "--target", "y"},
		"--config: open none.yaml":                          {"train", "--config", "none.yaml"},
		"\"-1\" for \"--threads\" flag: must be at least 1": {"train", "--threads", "-1"},
	} {
		if args[0] == "train" {
			args = append(args, "--out", t.TempDir())
		}
		_, err := run(t, t.Context(), args...)
		require.ErrorContains(t, err, want, args)
		require.Equal(t, exitUsage, exit(err), args)
	}
	_, err := run(t, t.Context(), "train", "--model", "linear", "--data", "none.csv", "--target", "y", "--out", t.TempDir())
	require.ErrorContains(t, err, "no such file")
	require.Equal(t, exitError, exit(err))
	require.Equal(t, exitInterrupted, exit(fmt.Errorf("fit: %w", context.Canceled)))
	require.Zero(t, exit(nil))
}

// TestTour runs every stheno command of the README and of docs/cli.md, in order.
func TestTour(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	page, err := os.ReadFile("../../docs/cli.md")
	require.NoError(t, err)
	ran := map[string]bool{}
	t.Chdir(t.TempDir())
	require.NoError(t, os.WriteFile("houses.csv", []byte("size,price\n1,3\n2,5\n3,7.5\n4,8\n"), 0o644))
	for line := range strings.Lines(string(readme) + string(page)) {
		rest, ok := strings.CutPrefix(line, "go run ./cmd/stheno ")
		if !ok {
			continue
		}
		rest, _, _ = strings.Cut(rest, "#")
		if rest = strings.TrimSpace(rest); ran[rest] {
			continue
		}
		ran[rest] = true
		args := strings.Fields(rest)
		if args[0] == "train" || args[0] == "study" {
			args = append(args, "--quick")
		}
		if args[0] == "train" && !slices.Contains(args, "--model") {
			args = append(args, "--limit", "100", "--epochs", "1")
		}
		_, err := run(t, t.Context(), args...)
		require.NoError(t, err, line)
	}
	require.Greater(t, len(ran), 5)
}
