// SPDX-License-Identifier: MIT

package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/models"
)

// TestConfigIsText checks that a setting is the text of the file and not a value of YAML.
func TestConfigIsText(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.yaml")
	read := func(text string) (*pflag.FlagSet, error) {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		f := pflag.NewFlagSet("", pflag.ContinueOnError)
		f.String("data", "none", "")
		f.Int("epochs", 5, "")
		f.Float64("lr", 0.5, "")
		f.Bool("quick", false, "")
		f.StringSlice("classes", nil, "")
		return f, readConfig(f, path)
	}
	for _, text := range []string{"2024-01-01", "2024-01-01T00:00:00Z", "007", "010", "0o10", "1_000", "1e7", "0x10", "1.50", "yes", "on", "true", "1:30", ".inf", "12e03", "+5", "!", "a: b"} {
		in := text
		if strings.ContainsAny(text, "!:") && text != "1:30" && !strings.Contains(text, "T00") {
			in = `"` + text + `"`
		}
		f, err := read("data: " + in + "\n")
		require.NoError(t, err, text)
		got, _ := f.GetString("data")
		require.Equal(t, text, got)
		f, err = read("classes: [" + in + ", \"b, c\"]\n")
		require.NoError(t, err, text)
		list, _ := f.GetStringSlice("classes")
		require.Equal(t, []string{text, "b, c"}, list)
	}
	f, err := read("epochs: 010\nlr: 1e-3\nquick: true\nclasses: a,b\ndata:\n")
	require.NoError(t, err)
	epochs, _ := f.GetInt("epochs")
	require.Equal(t, 10, epochs, "decimal, as in YAML 1.2")
	lr, _ := f.GetFloat64("lr")
	require.Equal(t, 1e-3, lr)
	list, _ := f.GetStringSlice("classes")
	require.Equal(t, []string{"a", "b"}, list)
	data, _ := f.GetString("data")
	require.Equal(t, "", data)
	_, err = read("")
	require.NoError(t, err)
	_, err = read("a: &x [1]\n")
	require.ErrorContains(t, err, "unknown setting a;")
	for text, want := range map[string]string{
		"epochs: 1e3\n": `line 1: invalid argument "1e3"`, "data: a\ndata: b\n": "duplicate setting", "- a\n": "expects one setting", "epochs: [1, 2]\n": "takes one value",
		"data: {a: 1}\n": "takes one value", "data: 'x\n": "--config", "lr: fast\n": "invalid argument",
	} {
		_, err := read(text)
		require.ErrorContains(t, err, want, text)
		require.Equal(t, exitUsage, exit(err))
	}
}

func TestStandardize(t *testing.T) {
	for _, v := range []float64{0.1, 1e30, -3.3333333, 1e-30} {
		tab := &table{features: []string{"constant", "other"}}
		for i := range 7 {
			tab.x = append(tab.x, v, v*(1+1e-6*float64(i)))
			tab.y = append(tab.y, 0)
		}
		tab.standardize()
		squares := 0.0
		for i := range 7 {
			require.Zero(t, tab.row(i)[0])
			squares += tab.row(i)[1] * tab.row(i)[1]
		}
		require.InDelta(t, 7, squares, 1e-6)
	}
}

// weightsOf saves a small network for n classes.
func weightsOf(t *testing.T, n int, name string) string {
	t.Helper()
	net, err := models.New("resnet8_cifar", models.Config{Classes: n})
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, stheno.Save(path, net))
	return path
}

// TestEvalOfNamelessWeights checks that a folder with some of the classes is not renumbered.
func TestEvalOfNamelessWeights(t *testing.T) {
	data, path := photos(t, 2, "test"), weightsOf(t, 4, "net.pth")
	args := []string{"eval", "--model", "resnet8_cifar", "--size", "12", "--weights", path, "--data", data}
	_, err := run(t, t.Context(), args...)
	require.ErrorContains(t, err, "has 3 classes, but the weights have 4, without names")
	require.ErrorContains(t, err, "--classes")
	out, err := run(t, t.Context(), append(args, "--classes", "blue,cyan,green,red", "--json")...)
	require.NoError(t, err)
	var e evalResult
	require.NoError(t, json.Unmarshal([]byte(out), &e))
	require.Equal(t, []int{2, 0, 2, 2}, []int{e.Classes[0].Count, e.Classes[1].Count, e.Classes[2].Count, e.Classes[3].Count})
}

// TestOtherClasses checks that weights for the same number of other classes get a new last
// layer, and that a run resumes with its own classes and images only.
func TestOtherClasses(t *testing.T) {
	data := photos(t, 6, "train")
	at := func(name string) string { return filepath.Join(data, "train", name) }
	first := t.TempDir()
	train := func(args ...string) (string, error) {
		return run(t, t.Context(), append([]string{"train", "--model", "resnet8_cifar", "--data", data, "--size", "12", "--batch-size", "4", "--epochs", "1"}, args...)...)
	}
	_, err := train("--out", first)
	require.NoError(t, err)
	weights := filepath.Join(first, weightsName)
	out, err := train("--weights", weights, "--freeze", "--out", t.TempDir())
	require.NoError(t, err)
	require.NotContains(t, out, "the last layer")

	_, err = run(t, t.Context(), "train", "--resume", "--out", first)
	require.NoError(t, err)
	swap := func(a, b string) {
		require.NoError(t, os.Rename(at(a), at("x")))
		require.NoError(t, os.Rename(at(b), at(a)))
		require.NoError(t, os.Rename(at("x"), at(b)))
	}
	swap("red", "blue")
	_, err = run(t, t.Context(), "train", "--resume", "--out", first)
	require.ErrorContains(t, err, `the images of class "blue" differ from those at the start of the run in `+first)
	swap("red", "blue")
	require.NoError(t, os.Rename(at("red"), at("apple")))
	_, err = run(t, t.Context(), "train", "--resume", "--out", first)
	require.ErrorContains(t, err, "has the classes apple, blue, green, but the run in "+first+" was trained on blue, green, red")

	out, err = train("--weights", weights, "--out", t.TempDir())
	require.NoError(t, err)
	require.Contains(t, out, "have other classes, or another order (blue, green, red): initializing a new last layer for 3: apple, blue, green")
	out, err = train("--weights", weightsOf(t, 3, "net.pth"), "--out", t.TempDir())
	require.NoError(t, err)
	require.Contains(t, out, "do not name their 3 classes: assuming apple, blue, green, in this order")
}

// TestPredictGoesOn checks that unreadable files do not prevent other predictions.
func TestPredictGoesOn(t *testing.T) {
	data, path := photos(t, 2, "test"), weightsOf(t, 3, "net.pth")
	far := photos(t, 1, "far")
	dir := filepath.Join(data, "test")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "blue", "bad.png"), []byte("no image"), 0o600))
	require.NoError(t, os.Symlink(filepath.Join(far, "far"), filepath.Join(dir, "link")))
	require.NoError(t, os.Symlink("..", filepath.Join(dir, "red", "circle")))
	require.NoError(t, os.Symlink("nowhere", filepath.Join(dir, "red", "broken.png")))
	args := []string{"predict", "--model", "resnet8_cifar", "--size", "12", "--batch-size", "2", "--weights", path, dir, "none.png"}
	out, err := run(t, t.Context(), args...)
	require.ErrorContains(t, err, "3 of 12 images could not be classified; the first: ")
	require.Equal(t, exitError, exit(err))
	require.Equal(t, 9, strings.Count(out, " %\n"), out)
	require.Contains(t, out, "bad.png: ")
	require.Contains(t, out, "none.png: no such file")
	require.Contains(t, out, filepath.Join("link", "green", "0.png: "))
	out, err = run(t, t.Context(), append(args, "--json")...)
	require.Error(t, err)
	var list []prediction
	require.NoError(t, json.Unmarshal([]byte(out), &list))
	require.Len(t, list, 12)
	for _, p := range list {
		require.NotEqual(t, p.Error == "", len(p.Top) == 0, p.File)
	}
	_, err = run(t, t.Context(), args[:len(args)-2]...)
	require.Error(t, err)
}

// TestNamesDoNotSteerTheTerminal checks that no control character is printed.
func TestNamesDoNotSteerTheTerminal(t *testing.T) {
	for in, want := range map[string]string{
		"plain\ttext\n": "plain\ttext\n", "größe 日本 👩‍🚀": "größe 日本 👩‍🚀",
		"\x1b[31mred\x1b]0;title\a": `\u001b[31mred\u001b]0;title\u0007`, "a\rb\bc\x7f\x00": `a\u000db\u0008c\u007f\u0000`,
		"\u009b2J": `\u009b2J`, "\x9b2J": `\x9b2J`, "abc\u202egnp.exe": `abc\u202egnp.exe`, "\u2066x\u2069": `\u2066x\u2069`,
	} {
		require.Equal(t, want, string(visible([]byte(in))), "%q", in)
	}
	var v any
	require.NoError(t, json.Unmarshal(visible([]byte("[\"\u009b\x7f\"]")), &v), "JSON stays JSON")
	require.Equal(t, []any{"\u009b\x7f"}, v)
	f, err := os.CreateTemp(t.TempDir(), "")
	require.NoError(t, err)
	o := &output{f: f}
	n, err := fmt.Fprint(o, "\x1b[2J")
	require.NoError(t, err)
	require.Equal(t, 4, n)
	_, err = fmt.Fprint(draws(o), "\x1b[K")
	require.NoError(t, err)
	b, err := os.ReadFile(f.Name())
	require.NoError(t, err)
	require.Equal(t, "\\u001b[2J\x1b[K", string(b))
}

// TestHostileWeights checks that a small file cannot demand a huge number of classes.
func TestHostileWeights(t *testing.T) {
	data, dir := photos(t, 1, "test"), t.TempDir()
	for _, shape := range []string{"[2147483647,0]", "[0,64]", "[2147483647,0,1]", "[0]"} {
		header := fmt.Sprintf(`{"fc.weight":{"dtype":"F32","shape":%s,"data_offsets":[0,0]},"linear.weight":{"dtype":"F32","shape":%s,"data_offsets":[0,0]}}`, shape, shape)
		path := filepath.Join(dir, "w.safetensors")
		require.NoError(t, os.WriteFile(path, append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header...), 0o600))
		for _, args := range [][]string{
			{"convert", path, filepath.Join(dir, "out.pth"), "--model", "resnet8_cifar"},
			{"predict", "--model", "resnet8_cifar", "--weights", path, data},
			{"eval", "--model", "resnet8_cifar", "--weights", path, "--data", data},
		} {
			_, err := run(t, t.Context(), args...)
			require.ErrorContains(t, err, "these are not weights of resnet8_cifar", args)
		}
	}
	weights := weightsOf(t, 3, "net.pth")
	for _, side := range []string{"2000000000", "-5"} {
		text := `{"model":"resnet8_cifar","classes":["a","b","c"],"channels":3,"height":` + side + `,"width":12,"mean":[0,0,0],"std":[1,1,1]}`
		require.NoError(t, os.WriteFile(filepath.Join(filepath.Dir(weights), cardName), []byte(text), 0o600))
		_, err := run(t, t.Context(), "predict", "--weights", weights, data)
		require.ErrorContains(t, err, "are inconsistent")
	}
	require.NoError(t, os.Remove(filepath.Join(filepath.Dir(weights), cardName)))
	_, err := run(t, t.Context(), "predict", "--model", "resnet8_cifar", "--size", "2000000000", "--weights", weights, data)
	require.ErrorContains(t, err, "are too large")
	_, err = run(t, t.Context(), "convert", "/dev/zero", filepath.Join(dir, "out.pth"))
	require.Error(t, err)
}

// TestConvertOfWrappers checks that convert removes the prefixes of PyTorch's wrappers.
func TestConvertOfWrappers(t *testing.T) {
	x := stheno.TensorOf([]float32{1})
	got := stripped([]stheno.NamedTensor{{Name: "n_averaged", Tensor: x}, {Name: "module.a", Tensor: x}, {Name: "module.b.c", Tensor: x}}, "")
	var b bytes.Buffer
	for _, e := range got {
		b.WriteString(e.Name + " ")
	}
	require.Equal(t, "a b.c ", b.String())
	require.Equal(t, "a", stripped([]stheno.NamedTensor{{Name: "net.model._orig_mod.a", Tensor: x}}, "net.")[0].Name)
}
