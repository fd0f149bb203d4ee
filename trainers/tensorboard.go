// SPDX-License-Identifier: MIT

package trainers

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/png"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/stheno-go/stheno/internal/absent"
)

// TensorBoard returns a callback that writes the metrics of every epoch, and the loss and learning
// rate of every step, to an event file in dir for "tensorboard --logdir dir". Each Fit writes a new
// file. After a Resume, later steps are removed from earlier files, so that each step occurs once.
func TensorBoard(dir string) Callback {
	var w *EventWriter
	scalars := func(s *State, names ...string) error {
		for _, name := range names {
			if err := w.Scalar(name, s.Step, s.Metrics[name]); err != nil {
				return err
			}
		}
		return nil
	}
	return Callback{
		Name: "tensorboard",
		FitStart: func(_ context.Context, s *State) (err error) {
			if s.Step > 0 {
				if err := cutEvents(dir, s); err != nil {
					return err
				}
			}
			if w, err = NewEventWriter(dir); err != nil {
				return err
			}
			return w.start(s.Step + 1)
		},
		StepEnd: func(_ context.Context, s *State) error {
			return errors.Join(w.Scalar("step_loss", s.Step, s.Loss), w.Scalar("step_lr", s.Step, s.LR()))
		},
		EpochEnd: func(_ context.Context, s *State) error { return scalars(s, s.ordered()...) },
		FitEnd: func(context.Context, *State) error {
			if w == nil {
				return nil
			}
			done := w
			w = nil // the next Fit may end before it opens a file
			return done.Close()
		},
	}
}

// EventWriter writes TensorBoard's event files: TFRecords of tensorflow.Event messages
// (tensorflow/core/util/event.proto, framework/summary.proto).
type EventWriter struct {
	f   *os.File
	err error // the first
	now func() time.Time
}

// NewEventWriter creates an event file in a folder. It creates the folder if it is missing.
func NewEventWriter(dir string) (*EventWriter, error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	f, err := newEventFile(dir)
	if err != nil {
		return nil, err
	}
	w := &EventWriter{f: f, now: time.Now}
	const fileVersion = 3
	w.write(protowire.AppendString(protowire.AppendTag(nil, fileVersion, protowire.BytesType), "brain.Event:2"))
	return w, w.err
}

// newEventFile creates a file whose name sorts after the existing ones, since TensorBoard reads the
// files in this order.
func newEventFile(dir string) (*os.File, error) {
	at := time.Now()
	for _, path := range eventFiles(dir) {
		var seconds, rest int64
		if _, err := fmt.Sscanf(filepath.Base(path), eventName, &seconds, &rest); err == nil && seconds >= at.Unix() {
			at = time.Unix(seconds+1, 0)
		}
	}
	for {
		name := fmt.Sprintf(eventName, at.Unix(), at.Nanosecond())
		f, err := os.OpenFile(filepath.Join(dir, name), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
		if !errors.Is(err, fs.ErrExist) {
			return f, err
		}
		at = at.Add(1)
	}
}

// eventName is the format of the names of this package's files, with seconds and nanoseconds.
const eventName = "events.out.tfevents.%010d.%09d.stheno"

// eventFiles returns the files of this package in a folder.
func eventFiles(dir string) []string {
	paths, _ := filepath.Glob(filepath.Join(globQuote(dir), "events.out.tfevents.*.stheno"))
	return paths
}

// Path returns the name of the file.
func (w *EventWriter) Path() string {
	if w.f == nil {
		return ""
	}
	return filepath.Clean(w.f.Name())
}

// Scalar writes the value of name at a step.
func (w *EventWriter) Scalar(name string, step int, value float64) error {
	const simpleValue = 2
	v := protowire.AppendFixed32(protowire.AppendTag(nil, simpleValue, protowire.Fixed32Type), math.Float32bits(float32(value)))
	return w.summary(name, step, v)
}

// Image writes the picture of name at a step.
func (w *EventWriter) Image(name string, step int, img image.Image) error {
	if absent.Is(img) {
		return fmt.Errorf("trainers: image %q is nil", name)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return err
	}
	const (
		imageField                         = 4
		height, width, colorspace, encoded = 1, 2, 3, 4
		rgba                               = 4
	)
	var m []byte
	for field, v := range map[protowire.Number]int{height: img.Bounds().Dy(), width: img.Bounds().Dx(), colorspace: rgba} {
		m = protowire.AppendVarint(protowire.AppendTag(m, field, protowire.VarintType), uint64(v))
	}
	m = protowire.AppendBytes(protowire.AppendTag(m, encoded, protowire.BytesType), b.Bytes())
	return w.summary(name, step, protowire.AppendBytes(protowire.AppendTag(nil, imageField, protowire.BytesType), m))
}

// start writes a session start, which makes TensorBoard discard all steps from this one on.
func (w *EventWriter) start(step int) error {
	const (
		status, started       = 1, 1
		stepField, sessionLog = 2, 7
	)
	log := protowire.AppendVarint(protowire.AppendTag(nil, status, protowire.VarintType), started)
	e := protowire.AppendVarint(protowire.AppendTag(nil, stepField, protowire.VarintType), uint64(step))
	return w.write(protowire.AppendBytes(protowire.AppendTag(e, sessionLog, protowire.BytesType), log))
}

// summary writes an event with one summary value.
func (w *EventWriter) summary(name string, step int, value []byte) error {
	const (
		tag, values             = 1, 1
		stepField, summaryField = 2, 5
	)
	v := protowire.AppendString(protowire.AppendTag(nil, tag, protowire.BytesType), name)
	v = append(v, value...)
	s := protowire.AppendBytes(protowire.AppendTag(nil, values, protowire.BytesType), v)
	e := protowire.AppendVarint(protowire.AppendTag(nil, stepField, protowire.VarintType), uint64(step))
	return w.write(protowire.AppendBytes(protowire.AppendTag(e, summaryField, protowire.BytesType), s))
}

// write appends a TFRecord: length, its masked CRC, the event, its masked CRC.
func (w *EventWriter) write(event []byte) error {
	if w.err != nil {
		return w.err
	}
	if w.f == nil {
		return os.ErrInvalid
	}
	const wallTime = 1
	seconds := float64(w.now().UnixNano()) / 1e9
	e := protowire.AppendFixed64(protowire.AppendTag(nil, wallTime, protowire.Fixed64Type), math.Float64bits(seconds))
	e = append(e, event...)
	record := binary.LittleEndian.AppendUint64(nil, uint64(len(e)))
	record = binary.LittleEndian.AppendUint32(record, masked(record))
	record = append(record, e...)
	record = binary.LittleEndian.AppendUint32(record, masked(e))
	_, w.err = w.f.Write(record)
	return w.err
}

// masked returns the masked CRC-32C of b, as in TFRecords.
func masked(b []byte) uint32 {
	const delta = 0xa282ead8
	c := crc32.Checksum(b, castagnoli)
	return (c>>15 | c<<17) + delta
}

// Close closes the file and returns the first error.
func (w *EventWriter) Close() error {
	if err := w.f.Close(); w.err == nil {
		w.err = err
	}
	return w.err
}
