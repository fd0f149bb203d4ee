// SPDX-License-Identifier: MIT

package main

import (
	"encoding/json"
	"encoding/xml"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/golden/parity"
	"github.com/stheno-go/stheno/models"
)

func TestSummary(t *testing.T) {
	out, err := run(t, t.Context(), "summary", "resnet20_cifar", "--batch-size", "2")
	require.NoError(t, err)
	require.Contains(t, out, "layer1.0.conv1: Conv2d")
	require.Regexp(t, `layer1\.0\.bn1: BatchNorm2d +\(2,16,32,32\) +32 `, out)
	require.Contains(t, out, "parameters: 269,722 (269,722 trainable)", "as the weights of akamaster's file")
	require.Regexp(t, `(?m)^training:   arena [\d.]+ MiB for values of [\d.]+ MiB; `, out)

	out, err = run(t, t.Context(), "summary", "resnet18", "--json")
	require.NoError(t, err)
	var s modelSummary
	require.NoError(t, json.Unmarshal([]byte(out), &s))
	require.Equal(t, 11_689_512, s.Parameters) // torchvision's table of ResNet18_Weights
	require.Equal(t, 1_814_073_344, s.MACs)    // its 1.81 GFLOPS, by fvcore's count
	require.Equal(t, []int{1, 1000}, s.Output)
	require.NotEmpty(t, s.Plan)
	require.Greater(t, s.Training.Arena, s.Inference.Arena)
	require.Greater(t, s.Training.Values, s.Training.Arena)
	require.Positive(t, s.Inference.Kept, "packed weights")
	if runtime.GOOS == "linux" {
		require.Greater(t, s.Resident, int64(s.WeightsB))
	}
	out, err = run(t, t.Context(), "summary", "net")
	require.NoError(t, err)
	require.NotContains(t, out, "training:", "it computes no classes")

	for want, args := range map[string][]string{
		"needs the name of one model":                         {"summary"},
		`did you mean "resnet50"`:                             {"summary", "resnet5"},
		"has no option Channels":                              {"summary", "linear", "--channels", "2"},
		"\"0\" for \"--batch-size\" flag: must be at least 1": {"summary", "mlp", "--batch-size", "0"},
	} {
		_, err := run(t, t.Context(), args...)
		require.ErrorContains(t, err, want)
		require.Equal(t, exitUsage, exit(err))
	}
}

func TestGraph(t *testing.T) {
	forward, err := run(t, t.Context(), "graph", "lenet")
	require.NoError(t, err)
	require.Contains(t, forward, "digraph")
	gradient, err := run(t, t.Context(), "graph", "lenet", "--train")
	require.NoError(t, err)
	require.Greater(t, len(gradient), len(forward)*3/2)
	plan, err := run(t, t.Context(), "graph", "lenet", "--plan", "--train", "--batch-size", "4")
	require.NoError(t, err)
	require.Contains(t, plan, "cross_entropy_grad(")
	for _, name := range []string{"linear", "logistic"} {
		_, err = run(t, t.Context(), "graph", name, "--train", "--plan")
		require.NoError(t, err)
	}
	path := filepath.Join(t.TempDir(), "a.svg")
	_, err = run(t, t.Context(), "graph", "lenet", "--format", "svg", "--file", path)
	require.NoError(t, err)
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	var drawing struct {
		Boxes []struct {
			Title string `xml:"title"`
		} `xml:"g"`
		Edges []struct{} `xml:"path"`
	}
	require.NoError(t, xml.Unmarshal(b, &drawing))
	require.Len(t, drawing.Boxes, len(vertices([]byte(forward))))
	require.Greater(t, len(drawing.Edges), 20)
	require.Contains(t, string(b), "max_pool2d")
	for _, row := range layered(vertices([]byte(gradient))) {
		for i, v := range row {
			for _, u := range v.in {
				require.Less(t, u.layer, v.layer)
			}
			if i > 0 {
				require.GreaterOrEqual(t, v.x, row[i-1].x+1, "boxes do not overlap")
			}
		}
	}

	_, err = run(t, t.Context(), "graph", "lenet", "--format", "png")
	require.ErrorContains(t, err, "must be dot or svg")
}

func TestConvert(t *testing.T) {
	dir := t.TempDir()
	net, err := models.New("lenet", models.Config{Classes: 4})
	require.NoError(t, err)
	at := func(name string) string { return filepath.Join(dir, name) }
	require.NoError(t, stheno.Save(at("a.safetensors"), net))
	for _, step := range [][]string{{"a.safetensors", "b.pth"}, {"b.pth", "c.th"}, {"c.th", "d.safetensors"}} {
		_, err := run(t, t.Context(), "convert", at(step[0]), at(step[1]), "--model", "lenet")
		require.NoError(t, err)
	}
	want, err := stheno.LoadState(at("a.safetensors"))
	require.NoError(t, err)
	got, err := stheno.LoadState(at("d.safetensors"))
	require.NoError(t, err)
	require.Len(t, got, len(want))
	for i := range want {
		require.Equal(t, want[i].Name, got[i].Name)
		require.Equal(t, want[i].Tensor.Floats(), got[i].Tensor.Floats())
	}
	_, err = run(t, t.Context(), "convert", at("a.safetensors"), at("e.safetensors"), "--model", "resnet8_cifar")
	require.ErrorContains(t, err, "these are not weights of resnet8_cifar")
	require.NoFileExists(t, at("e.safetensors"))
	_, err = run(t, t.Context(), "convert", at("a.safetensors"))
	require.ErrorContains(t, err, "expects an input and an output file")
	_, err = run(t, t.Context(), "convert", at("a.safetensors"), at("a.zip"))
	require.Error(t, err)
}

func TestVerify(t *testing.T) {
	out, err := run(t, t.Context(), "verify", "--json")
	require.NoError(t, err)
	var list []verified
	require.NoError(t, json.Unmarshal([]byte(out), &list))
	groups := map[string]int{}
	for _, v := range list {
		require.True(t, v.Passed, "%+v", v)
		require.Positive(t, v.Far, "%+v: something was compared", v)
		groups[v.Group] += v.Cases
	}
	for _, want := range []string{"operations", "activations", "losses", "optimizers", "schedules", "networks: 20 losses"} {
		require.Positive(t, groups[want], want)
	}
	require.Greater(t, groups["operations"], 1000)

	exp := parity.Rows["exp"]
	defer func() { parity.Rows["exp"] = exp }()
	parity.Rows["exp"] = parity.Row{F: func(x ...*parity.V) *parity.V { return x[0].Sum(7) }}
	out, err = run(t, t.Context(), "verify")
	require.ErrorContains(t, err, "checks differ from PyTorch")
	require.Equal(t, exitError, exit(err))
	require.Regexp(t, `(?m)^operations +float32 .* 1 DIFFER$`, out)
	require.Contains(t, out, "operations: exp, float32: ")
	_, err = run(t, t.Context(), "verify", "--json")
	require.ErrorContains(t, err, "checks differ from PyTorch")
}

func TestDoctor(t *testing.T) {
	out, err := run(t, t.Context(), "doctor", "--json")
	require.NoError(t, err)
	var h health
	require.NoError(t, json.Unmarshal([]byte(out), &h))
	require.Contains(t, h.Implementations, h.Kernels)
	require.Positive(t, h.GFLOPS)
	out, err = run(t, t.Context(), "doctor")
	require.NoError(t, err)
	require.Contains(t, out, "kernels       "+h.Kernels)
}

func TestCompletion(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		out, err := run(t, t.Context(), "completion", shell)
		require.NoError(t, err)
		require.Contains(t, out, "stheno")
	}
	out, err := run(t, t.Context(), "__complete", "train", "--model", "resnet20")
	require.NoError(t, err)
	require.Contains(t, out, "resnet20_cifar")
	out, err = run(t, t.Context(), "__complete", "summary", "wide")
	require.NoError(t, err)
	require.Contains(t, out, "wide_resnet50_2")
}

// TestHelp checks that every command has an example or a long description.
func TestHelp(t *testing.T) {
	for _, cmd := range root().Commands() {
		out, err := run(t, t.Context(), cmd.Name(), "--help")
		require.NoError(t, err)
		require.Contains(t, out, "Usage:", cmd.Name())
		require.NotEmpty(t, cmd.Short)
		if cmd.HasFlags() && !cmd.HasSubCommands() && cmd.Name() != "doctor" && cmd.Name() != "verify" {
			require.NotEmpty(t, cmd.Example, cmd.Name())
		}
	}
}
