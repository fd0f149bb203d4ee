// SPDX-License-Identifier: MIT

package trainers_test

import (
	"bytes"
	"encoding/binary"
	"encoding/csv"
	"encoding/json"
	"image"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/stheno-go/stheno/trainers"
	"github.com/stheno-go/stheno/trainers/charts"
	"github.com/stheno-go/stheno/trainers/metrics"
)

func TestLogs(t *testing.T) {
	dir := t.TempDir()
	var out bytes.Buffer
	tr := newTrainer(1)
	confusion := metrics.NewConfusion(2)
	tr.Metrics = append(tr.Metrics, confusion)
	tr.Callbacks = []trainers.Callback{
		trainers.Progress(&out), trainers.CSVLog(filepath.Join(dir, "log.csv")), trainers.JSONLog(filepath.Join(dir, "log.jsonl")),
		trainers.TensorBoard(filepath.Join(dir, "board")), charts.LearningCurves(filepath.Join(dir, "curves.png")),
		charts.ConfusionMatrix(filepath.Join(dir, "confusion.png"), confusion, []string{"in", "out"}),
	}
	train, val := loaders()
	h, err := tr.Fit(t.Context(), train, val)
	require.NoError(t, err)

	require.Equal(t, 4, strings.Count(out.String(), "\n"))
	require.Regexp(t, `(?m)^epoch 1/4  loss \d\.\d{4}  top1 0\.\d{4}  accuracy 0\.\d{4}  val_loss \S+  val_top1 \S+  val_accuracy \S+  lr \S+  \d+/s`, out.String())

	f, err := os.Open(filepath.Join(dir, "log.csv"))
	require.NoError(t, err)
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	require.NoError(t, err)
	require.Equal(t, []string{"epoch", "step", "loss", "top1", "accuracy", "val_loss", "val_top1", "val_accuracy", "lr"}, rows[0])
	require.Len(t, rows, 5)
	require.Equal(t, []string{"4", "28"}, rows[4][:2])

	lines, err := os.ReadFile(filepath.Join(dir, "log.jsonl"))
	require.NoError(t, err)
	var last trainers.Record
	require.NoError(t, json.Unmarshal([]byte(strings.Split(string(lines), "\n")[3]), &last))
	require.Equal(t, h.Epochs[3], last)

	for _, name := range []string{"curves.png", "confusion.png"} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		_, _, err = image.Decode(bytes.NewReader(b))
		require.NoError(t, err)
	}

	files, err := filepath.Glob(filepath.Join(dir, "board", "events.out.tfevents.*"))
	require.NoError(t, err)
	require.Len(t, files, 1)
	scalars := readScalars(t, files[0])
	require.Len(t, scalars["step_loss"], 28)
	require.Len(t, scalars["step_lr"], 28)
	require.Equal(t, float32(h.Epochs[3].Metrics["val_loss"]), scalars["val_loss"][28])
}

func TestRecordsKeepNaN(t *testing.T) {
	r := trainers.Record{Epoch: 1, Metrics: map[string]float64{"a": math.Inf(-1), "b": 0.1}}
	b, err := json.Marshal(r)
	require.NoError(t, err)
	var got trainers.Record
	require.NoError(t, json.Unmarshal(b, &got))
	require.Equal(t, r, got)
	require.Error(t, json.Unmarshal([]byte(`{"metrics":{"a":"x"}}`), &got))
}

// readScalars reads the scalars of an event file by name and step.
func readScalars(t *testing.T, path string) map[string]map[int]float32 {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	all := map[string]map[int]float32{}
	for len(b) > 0 {
		n := binary.LittleEndian.Uint64(b)
		event := fields(t, b[12:12+n])
		b = b[16+n:]
		if event[5] == nil {
			continue
		}
		value := fields(t, fields(t, event[5].([]byte))[1].([]byte))
		name := string(value[1].([]byte))
		if all[name] == nil {
			all[name] = map[int]float32{}
		}
		all[name][int(event[2].(uint64))] = math.Float32frombits(value[2].(uint32))
	}
	return all
}

// fields reads a protobuf message with one field of each number.
func fields(t *testing.T, b []byte) map[protowire.Number]any {
	m := map[protowire.Number]any{}
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		require.Positive(t, n)
		b = b[n:]
		switch typ {
		case protowire.BytesType:
			m[num], n = protowire.ConsumeBytes(b)
		case protowire.Fixed32Type:
			m[num], n = protowire.ConsumeFixed32(b)
		case protowire.Fixed64Type:
			m[num], n = protowire.ConsumeFixed64(b)
		default:
			m[num], n = protowire.ConsumeVarint(b)
		}
		require.Positive(t, n)
		b = b[n:]
	}
	return m
}

// TestTensorBoardReads reads scalars and a picture with TensorBoard, if STHENO_PYTHON names a
// Python with tensorboard.
func TestTensorBoardReads(t *testing.T) {
	python := os.Getenv("STHENO_PYTHON")
	if python == "" || exec.Command(python, "-c", "import tensorboard").Run() != nil {
		t.Skip("STHENO_PYTHON names no Python with tensorboard")
	}
	dir := t.TempDir()
	w, err := trainers.NewEventWriter(dir)
	require.NoError(t, err)
	require.NoError(t, w.Scalar("loss", 3, 0.5))
	require.NoError(t, w.Image("picture", 4, image.NewGray(image.Rect(0, 0, 6, 5))))
	require.NoError(t, w.Close())
	out, err := exec.Command(python, "-c", `
import sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
a = EventAccumulator(sys.argv[1]); a.Reload()
s, = a.Scalars("loss"); i, = a.Images("picture")
print(s.step, s.value, i.step, i.width, i.height, i.encoded_image_string[1:4])`, dir).CombinedOutput()
	require.NoError(t, err, string(out))
	require.Equal(t, "3 0.5 4 6 5 b'PNG'", strings.TrimSpace(string(out)))
}
