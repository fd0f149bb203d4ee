// SPDX-License-Identifier: MIT

package main

import (
	"bytes"
	"encoding/json"
	"html"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno/internal/report"
)

// trained trains on noisy pictures and returns the folders of the run and of the pictures.
func trained(t *testing.T, more ...string) (dir, data string) {
	t.Helper()
	dir, data = filepath.Join(t.TempDir(), "run"), photos(t, 8, "train", "val", "test")
	args := append([]string{"train", "--model", "resnet8_cifar", "--data", data, "--size", "12", "--batch-size", "8", "--epochs", "2", "--out", dir}, more...)
	out, err := run(t, t.Context(), args...)
	require.NoError(t, err, out)
	return dir, data
}

// reported returns the page of the report command.
func reported(t *testing.T, args ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "r.html")
	out, err := run(t, t.Context(), append([]string{"report", "--out", path}, args...)...)
	require.NoError(t, err, out)
	require.Contains(t, out, "report: "+path)
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(b)
}

// shown returns the text of a page without markup.
func shown(page string) string {
	page = regexp.MustCompile(`(?s)<(style|script)>.*?</`).ReplaceAllString(page, "</")
	return strings.Join(strings.Fields(html.UnescapeString(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(page, " "))), " ")
}

func TestReport(t *testing.T) {
	dir, data := trained(t)
	page := reported(t, dir)
	require.Equal(t, page, reported(t, dir), "the same run, the same bytes")
	text := shown(page)
	r := trainResult{}
	b, err := os.ReadFile(filepath.Join(dir, resultName))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(b, &r))
	for _, want := range []string{
		"resnet8_cifar on " + data, "test accuracy " + strconv.FormatFloat(100*r.Accuracy, 'f', 2, 64) + " % 24 images", "Classes test, 24 images", "epochs 2", "images/s", "parameters", "processor",
		"model resnet8_cifar resnet14_cifar", "epochs 2 30", "size 12 32", "batch-size 8 128", "data " + data + " –", "channels 3", "lr 0.00625 optimizer",
	} {
		require.Contains(t, text, want)
	}
	require.NotContains(t, text, "lr 0.00625 0", "it is the default for this batch")
	require.NotContains(t, text, "To continue")

	path := filepath.Join(dir, sessionsName)
	require.NoError(t, os.Remove(path))
	require.Contains(t, shown(reported(t, "--no-pictures", dir)), "Machine Not recorded")
}

// TestReportedMistakes checks that the mistakes are those that predict makes.
func TestReportedMistakes(t *testing.T) {
	dir, data := trained(t, "--epochs", "1", "--lr", "0.001")
	o := reportOptions{worst: 5}
	list, err := openTrainings([]string{dir})
	require.NoError(t, err)
	require.NoError(t, list[0].evaluate(t.Context(), o, new(bytes.Buffer)))
	got := list[0].Mistakes

	out, err := run(t, t.Context(), "predict", "--json", "--weights", filepath.Join(dir, weightsName), "--top", "3", filepath.Join(data, "test"))
	require.NoError(t, err)
	var all []prediction
	require.NoError(t, json.Unmarshal([]byte(out), &all))
	var want []report.Mistake
	for _, p := range all {
		class := filepath.Base(filepath.Dir(p.File))
		if p.Top[0].Class == class {
			continue
		}
		own := p.Top[slices.IndexFunc(p.Top, func(g guess) bool { return g.Class == class })].Probability
		file, err := filepath.Rel(data, p.File)
		require.NoError(t, err)
		want = append(want, report.Mistake{File: file, Class: class, Taken: p.Top[0].Class, Probability: p.Top[0].Probability, Own: own, Loss: -math.Log(own)})
	}
	slices.SortFunc(want, func(a, b report.Mistake) int { return int(math.Copysign(1, b.Loss-a.Loss)) })
	require.Greater(t, len(want), 5, "too few mistakes to compare")
	require.Equal(t, len(want), list[0].Wrong)
	require.Equal(t, 24, list[0].All)
	require.Len(t, got, 5)
	for i, m := range got {
		require.Equal(t, [3]string{want[i].File, want[i].Class, want[i].Taken}, [3]string{m.File, m.Class, m.Taken})
		require.InDelta(t, want[i].Probability, m.Probability, 1e-5)
		require.InDelta(t, want[i].Own, m.Own, 1e-5)
		require.InDelta(t, want[i].Loss, m.Loss, 1e-4)
		require.Equal(t, 12, m.Picture.Width)
	}

	// The recorded confusion is the one that is counted.
	recorded := list[0].Confusion
	require.NoError(t, os.Remove(filepath.Join(dir, countsName)))
	list, err = openTrainings([]string{dir})
	require.NoError(t, err)
	require.NoError(t, list[0].evaluate(t.Context(), o, new(bytes.Buffer)))
	require.Equal(t, recorded, list[0].Confusion)
	hits := 0
	for class := range recorded.Counts {
		hits += recorded.Counts[class][class]
	}
	require.Equal(t, 24-len(want), hits)
}

// TestReportWithoutImages covers images that were moved, changed or excluded by a flag.
func TestReportWithoutImages(t *testing.T) {
	dir, data := trained(t, "--epochs", "1")
	require.Contains(t, shown(reported(t, dir, "--no-pictures")), "Left out because of --no-pictures.")
	require.Contains(t, shown(reported(t, dir, "--worst", "0")), "Left out because of --worst 0.")
	moved := data + "-moved"
	require.NoError(t, os.Rename(data, moved))
	text := shown(reported(t, dir))
	require.Contains(t, text, "the images are no longer in "+data)
	require.Contains(t, text, "mean 0.", "what was recorded is there all the same")
	require.Contains(t, shown(reported(t, dir, "--data", moved)), "among 24 images, the highest loss first")
	require.NoError(t, os.Remove(filepath.Join(moved, "test", "red", "3.png")))
	require.Contains(t, shown(reported(t, dir, "--data", moved)), `the images of class "red" differ`)
	for _, part := range []string{"train", "val", "test"} {
		require.NoError(t, os.Rename(filepath.Join(moved, part, "red"), filepath.Join(moved, part, "pink")))
	}
	require.Contains(t, shown(reported(t, dir, "--data", moved)), "folders were renamed")
}

// TestReportOfHostileNames of classes and files.
func TestReportOfHostileNames(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no such file names on this system")
	}
	data, dir := photos(t, 4, "train", "test"), filepath.Join(t.TempDir(), "<b>run")
	class := `"><img src=x onerror=alert(1)>`
	for _, part := range []string{"train", "test"} {
		require.NoError(t, os.Rename(filepath.Join(data, part, "red"), filepath.Join(data, part, class)))
	}
	require.NoError(t, os.Rename(filepath.Join(data, "test", class, "1.png"), filepath.Join(data, "test", class, `'><script>x.png`)))
	out, err := run(t, t.Context(), "train", "--model", "resnet8_cifar", "--data", data, "--size", "12", "--batch-size", "4", "--epochs", "1", "--lr", "0.0001", "--out", dir)
	require.NoError(t, err, out)
	second := dir + "2"
	require.NoError(t, os.CopyFS(second, os.DirFS(dir)))
	for _, args := range [][]string{{dir}, {dir, second}} {
		page := reported(t, args...)
		require.Equal(t, 1, strings.Count(page, "<script"))
		require.NotContains(t, page, "<b>run")
		require.NotContains(t, page, "<img src=x")
		require.Contains(t, shown(page), class)
		require.Contains(t, shown(page), "<b>run")
	}
	require.Contains(t, shown(reported(t, dir)), `'><script>x.png`)
}

// TestReportOfSeveralRuns checks the comparison of runs.
func TestReportOfSeveralRuns(t *testing.T) {
	first, data := trained(t, "--epochs", "1")
	second := filepath.Join(t.TempDir(), "run")
	out, err := run(t, t.Context(), "train", "--model", "resnet8_cifar", "--data", data, "--size", "12", "--batch-size", "8", "--epochs", "2", "--optimizer", "adamw", "--out", second)
	require.NoError(t, err, out)
	text := shown(reported(t, first, second))
	for _, want := range []string{"2 runs compared", first + " · " + second, "state finished finished", "epochs 1 2", "optimizer sgd adamw", "Settings that differ", "training loss", "validation accuracy, %"} {
		require.Contains(t, text, want)
	}
	require.NotContains(t, text, "Machines that differ")
	_, err = run(t, t.Context(), "report", first, filepath.Join(first, "..", "run"))
	require.ErrorContains(t, err, "are the same folder")
	require.Equal(t, exitUsage, exit(err))
}

// TestReportOfUnfinishedRuns covers runs that were interrupted, killed or stopped, are in
// progress, or reached their time limit.
func TestReportOfUnfinishedRuns(t *testing.T) {
	dir, _ := trained(t, "--early-stopping", "1")
	at := func(name string) string { return filepath.Join(dir, name) }
	edit := func(name, old, new string) {
		b, err := os.ReadFile(at(name))
		require.NoError(t, err)
		require.Contains(t, string(b), old)
		require.NoError(t, os.WriteFile(at(name), bytes.Replace(b, []byte(old), []byte(new), 1), 0o666))
	}
	edit(resultName, `"of_epochs": 2`, `"of_epochs": 9`)
	text := shown(reported(t, dir))
	require.Contains(t, text, "The time limit ended this run after 2 of 9 epochs. To continue: stheno train --resume --out "+dir)
	edit(resultName, `"of_epochs": 9`, `"of_epochs": 9, "stopped": "early stopping"`)
	text = shown(reported(t, dir))
	require.Contains(t, text, "Early stopping ended this run after 2 of 9 epochs.")
	require.NotContains(t, text, "To continue")

	edit(resultName, `"epochs": 2`, `"epochs": 1`)
	text = shown(reported(t, dir))
	require.Contains(t, text, "This run was interrupted after 2 epochs.", "it was resumed after that result")
	require.NotContains(t, text, "test accuracy")
	edit(resultName, `"epochs": 1`, `"epochs": 2`)

	release, err := hold(dir, lockName)
	require.NoError(t, err)
	text = shown(reported(t, dir))
	require.Contains(t, text, "This run is in progress: it is shown as it was after 2 epochs.")
	require.NotContains(t, text, "test accuracy", "the result is of an earlier session")
	require.Contains(t, text, "Classes validation, 24 images", "of the newest checkpoint")
	release()

	require.NoError(t, os.WriteFile(at(lockName), []byte("1\n"), 0o666))
	require.Contains(t, shown(reported(t, dir)), "This run was killed after 2 epochs. To continue: ")
	require.NoError(t, os.Remove(at(lockName)))
	require.NoError(t, os.Remove(at(resultName)))
	require.Contains(t, shown(reported(t, dir)), "This run was interrupted after 2 epochs. To continue: ")

	require.NoError(t, os.Remove(at("history.jsonl")))
	require.NoError(t, os.RemoveAll(at(checkpointsName)))
	text = shown(reported(t, dir))
	require.Contains(t, text, "This run was interrupted before its first epoch ended.")
	require.Contains(t, text, "Not available: no weights have been saved yet.")
}

// TestReportOfDamagedFolders checks that the error names the file and that no page is written.
func TestReportOfDamagedFolders(t *testing.T) {
	whole, _ := trained(t, "--epochs", "1")
	page := filepath.Join(t.TempDir(), "r.html")
	for _, c := range []struct{ file, content, want string }{
		{configName, "", "is damaged: " + configName + " has"},
		{configName, "model: [", configName},
		{configName, "depth: 3\n", "unknown setting depth"},
		{configName, "model: unheard\n", "unheard"},
		{configName, "\x00", "it has no " + configName},
		{cardName, "", cardName},
		{cardName, "{}", cardName},
		{"history.jsonl", "{", "history.jsonl: line 1"},
		{"history.jsonl", `{"epoch": 2}`, "line 1: epoch 2 is out of order"},
		{"history.jsonl", "", "records 1 epochs, but history.jsonl has 0"},
		{resultName, `{"epochs": 5}`, "records 5 epochs, but history.jsonl has 1"},
		{resultName, "[]", resultName},
		{sessionsName, "{", sessionsName},
		{countsName, "[[1,2],[3]]", countsName},
		{countsName, "[[1]]", countsName},
		{contentsName, "{", contentsName},
		{weightsName, "damaged", weightsName},
		{weightsName, "", weightsName},
	} {
		dir := filepath.Join(t.TempDir(), "copy")
		require.NoError(t, os.CopyFS(dir, os.DirFS(whole)))
		if c.content == "\x00" || c.file == cardName && c.content == "" {
			require.NoError(t, os.Remove(filepath.Join(dir, c.file)))
		} else {
			require.NoError(t, os.WriteFile(filepath.Join(dir, c.file), []byte(c.content), 0o666))
		}
		_, err := run(t, t.Context(), "report", dir, "--out", page)
		require.Error(t, err, "%s: %q", c.file, c.content)
		require.ErrorContains(t, err, c.want)
		require.ErrorContains(t, err, dir)
		require.Equal(t, exitError, exit(err), "the command line is right")
		require.NoFileExists(t, page)
	}
}

func TestReportOfOtherFolders(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o666))
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "runs", "one"), 0o777))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "runs", "one", configName), nil, 0o666))
	for path, want := range map[string]string{
		filepath.Join(dir, "missing"): "expects the folder of a run of stheno train",
		file:                          file + " is a file",
		dir:                           "it has no " + configName,
		filepath.Join(dir, "runs"):    "contains some: give " + filepath.Join(dir, "runs", "one"),
	} {
		_, err := run(t, t.Context(), "report", path, "--out", filepath.Join(dir, "r.html"))
		require.ErrorContains(t, err, want)
		require.ErrorContains(t, err, path)
	}
	_, err := run(t, t.Context(), "report", file, filepath.Join(dir, "missing"))
	require.ErrorContains(t, err, "is a file")
	require.ErrorContains(t, err, "no such file", "all errors are reported")
	for _, args := range [][]string{{"report"}, {"report", dir, "--worst", "-1"}, {"report", dir, "--out", "model.safetensors"}} {
		_, err := run(t, t.Context(), args...)
		require.Equal(t, exitUsage, exit(err), args)
	}
}
