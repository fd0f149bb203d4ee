// SPDX-License-Identifier: MIT

package models_test

import (
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/datasets"
	"github.com/stheno-go/stheno/datasets/transforms"
	"github.com/stheno-go/stheno/models"
)

// python returns an interpreter with torch and safetensors, which STHENO_PYTHON names.
func python(t *testing.T) string {
	path := os.Getenv("STHENO_PYTHON")
	if path == "" || exec.Command(path, "-c", "from importlib.util import find_spec as f; f('torch') and f('torchvision') and f('safetensors') or exit(1)").Run() != nil {
		t.Skip("STHENO_PYTHON does not name a Python with torch, torchvision and safetensors")
	}
	return path
}

// torchLogits returns what torch computes with a file of weights.
func torchLogits(t *testing.T, file, model string, images ...string) (logits []float64) {
	cmd := exec.Command(python(t), append([]string{"testdata/gen.py", "check", file, model}, images...)...)
	cmd.Env = append(os.Environ(), "OMP_NUM_THREADS=1")
	out, err := cmd.Output()
	if exit, ok := err.(*exec.ExitError); ok {
		require.NoError(t, err, "%s", exit.Stderr)
	}
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(out, &logits))
	return logits
}

// TestTorchReadsWhatIsTrainedHere checks that torch.load(weights_only=True) and safetensors read the
// files.
func TestTorchReadsWhatIsTrainedHere(t *testing.T) {
	python(t)
	m, err := models.New("resnet20_cifar", models.Config{})
	require.NoError(t, err)
	fill(t, m)
	losses(t, m, 0.01, 32, 2)
	require.NoError(t, stheno.To(m, stheno.Float32))
	stheno.Eval(m)
	got, err := stheno.Values[float32](m.Forward(images(2, 3, 32, 0)))
	require.NoError(t, err)
	for _, name := range []string{"net.pth", "net.safetensors"} {
		file := filepath.Join(t.TempDir(), name)
		require.NoError(t, stheno.Save(file, m))
		requireClose(t, torchLogits(t, file, "resnet20_cifar"), widen(got), 1e-4, name)
	}
}

// TestPretrainedOnPNG runs if STHENO_WEIGHTS names a folder with resnet20*.th and resnet56*.th of
// akamaster/pytorch_resnet_cifar10. It checks that the files load, and that the logits of PNG files
// are torch's.
func TestPretrainedOnPNG(t *testing.T) {
	folder := os.Getenv("STHENO_WEIGHTS")
	if folder == "" {
		t.Skip("STHENO_WEIGHTS names no folder")
	}
	root := t.TempDir()
	files := drawPNGs(t, filepath.Join(root, "class"), 6)
	data, err := datasets.NewImageFolder(root, datasets.ImageFolderConfig{Transform: transforms.Compose{
		transforms.ToTensor(), transforms.Normalize([]float32{0.485, 0.456, 0.406}, []float32{0.229, 0.224, 0.225}),
	}})
	require.NoError(t, err)
	for _, name := range []string{"resnet20", "resnet56"} {
		weights, err := filepath.Glob(filepath.Join(folder, name+"*.th"))
		require.NoError(t, err)
		require.Len(t, weights, 1)
		m, err := models.New(name+"_cifar", models.Config{})
		require.NoError(t, err)
		require.NoError(t, stheno.Load(weights[0], m))
		stheno.Eval(m)
		var got []float32
		for b, err := range (&datasets.Loader{Dataset: data, BatchSize: 4}).All(t.Context()) {
			require.NoError(t, err)
			y, err := stheno.Values[float32](m.Forward(b.X))
			require.NoError(t, err)
			got = append(got, y...)
		}
		requireClose(t, torchLogits(t, weights[0], name+"_cifar", files...), widen(got), 1e-4, name)
	}
}

// drawPNGs writes n images of 32x32.
func drawPNGs(t *testing.T, folder string, n int) (files []string) {
	require.NoError(t, os.MkdirAll(folder, 0o755))
	pixels, err := stheno.Values[float32](images(n, 3, 32, 0))
	require.NoError(t, err)
	for i := range n {
		img := image.NewNRGBA(image.Rect(0, 0, 32, 32))
		for at := range 32 * 32 {
			level := func(c int) uint8 { return uint8(127 + 100*pixels[(3*i+c)*32*32+at]) }
			img.SetNRGBA(at%32, at/32, color.NRGBA{level(0), level(1), level(2), 255})
		}
		files = append(files, filepath.Join(folder, fmt.Sprintf("%d.png", i)))
		f, err := os.Create(files[i])
		require.NoError(t, err)
		require.NoError(t, png.Encode(f, img))
		require.NoError(t, f.Close())
	}
	return files
}
