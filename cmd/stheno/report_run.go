// SPDX-License-Identifier: MIT

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/stheno-go/stheno/internal/filelock"
	"github.com/stheno-go/stheno/internal/regular"
	"github.com/stheno-go/stheno/internal/report"
	"github.com/stheno-go/stheno/trainers"
	"github.com/stheno-go/stheno/trainers/metrics"
)

// training is the content of the folder of a run.
type training struct {
	report.Run
	dir     string
	options trainOptions
	card    card
}

// maxHistory is the largest history in bytes.
const maxHistory = 1 << 28

// openTraining reads a folder that train wrote, except weights and images.
func openTraining(dir string) (*training, error) {
	if err := isTraining(dir); err != nil {
		return nil, err
	}
	t := &training{dir: dir}
	t.Folder = dir
	whole, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	t.Name = filepath.Base(whole)
	if t.options, t.Settings, err = readSettings(filepath.Join(dir, configName)); err != nil {
		return nil, fmt.Errorf("%s is damaged or was written by another version: %s", dir, strings.TrimPrefix(err.Error(), "--config "))
	}
	if t.card, _, err = readCard(filepath.Join(dir, weightsName)); err != nil {
		return nil, err
	}
	if o := t.options; o.model != t.card.Model || o.epochs < 1 || o.batch < 1 {
		return nil, fmt.Errorf("%s is damaged: %s has model %s, %d epochs, batches of %d, but %s has model %s", dir, configName, o.model, o.epochs, o.batch, cardName, t.card.Model)
	}
	t.Model, t.Of = t.card.Model, t.options.epochs
	if t.Data = t.options.data; t.Data == "" {
		t.Data = embeddedName
	}
	if err := t.sessions(); err != nil {
		return nil, err
	}
	if err := t.history(); err != nil {
		return nil, err
	}
	return t, t.ended()
}

// isTraining returns an error unless dir is the folder of a run.
func isTraining(dir string) error {
	const want = "expects the folder of a run of stheno train"
	info, err := os.Stat(dir)
	if err != nil {
		return fmt.Errorf("%w; %s", err, want)
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is a file; %s", dir, want)
	}
	if !exists(dir, configName) {
		within, err := filepath.Glob(filepath.Join(dir, "*", configName))
		if err == nil && len(within) > 0 {
			for i, path := range within {
				within[i] = filepath.Dir(path)
			}
			return fmt.Errorf("%s is not the folder of a run but contains some: give %s", dir, someOf(within))
		}
		return fmt.Errorf("%s is not the folder of a run: it has no %s; %s (not of linear, logistic, the embedded digits or a study)", dir, configName, want)
	}
	if !exists(dir, cardName) {
		return fmt.Errorf("%s is damaged: it has %s but no %s", dir, configName, cardName)
	}
	return nil
}

// sessions reads when and on which machine the run was in progress.
func (t *training) sessions() error {
	list, err := readSessions(t.dir)
	if err != nil || len(list) == 0 {
		return err
	}
	t.Began, t.Sessions = list[0].Began, len(list)
	m := list[len(list)-1].Machine
	t.Machine = []report.Fact{
		{Name: "processor", Value: m.Processor},
		{Name: "threads", Value: fmt.Sprintf("%d of %d", m.Threads, m.CPUs)},
		{Name: "kernels", Value: m.Kernels},
		{Name: "cpu features", Value: strings.Join(m.Features, " ")},
		{Name: "platform", Value: m.Platform},
		{Name: "jpeg", Value: m.JPEG},
		{Name: "stheno", Value: m.Version},
		{Name: "go", Value: m.Go},
	}
	return nil
}

// history reads the epochs.
func (t *training) history() error {
	path := filepath.Join(t.dir, historyName+".jsonl")
	b, err := regular.ReadFile(path, maxHistory)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // no epoch has ended
	}
	if err != nil {
		return err
	}
	h := trainers.History{Better: map[string]metrics.Better{monitored: metrics.Higher}}
	samples, seconds := 0, 0.0
	for line := range bytes.Lines(b) {
		var e trainers.Record
		n := len(h.Epochs) + 1
		if err := json.Unmarshal(line, &e); err != nil {
			return fmt.Errorf("%s: line %d: %w", path, n, err)
		}
		if e.Epoch != n {
			return fmt.Errorf("%s: line %d: epoch %d is out of order; expects one line for each epoch", path, n, e.Epoch)
		}
		h.Epochs = append(h.Epochs, e)
		t.Epochs = append(t.Epochs, report.Epoch{Number: e.Epoch, Metrics: e.Metrics})
		t.Seconds += e.Seconds
		if e.Samples > 0 { // older versions do not record it
			samples, seconds = samples+e.Samples, seconds+e.Seconds
		}
	}
	if seconds > 0 {
		t.Rate = float64(samples) / seconds
	}
	if best, err := h.Best(monitored); err == nil {
		t.Best = &report.Best{Metric: monitored, Value: best.Metrics[monitored], Epoch: best.Epoch}
	}
	return nil
}

// ended determines the state of the run.
func (t *training) ended() error {
	lock, _, err := filelock.Look(filepath.Join(t.dir, lockName))
	if err != nil {
		return err
	}
	var r trainResult
	has, err := readJSON(filepath.Join(t.dir, resultName), &r)
	if err != nil {
		return err
	}
	if has {
		if r.Epochs > len(t.Epochs) {
			return fmt.Errorf("%s is damaged: %s records %d epochs, but %s.jsonl has %d", t.dir, resultName, r.Epochs, historyName, len(t.Epochs))
		}
		t.Parameters = r.Parameters
	}
	switch {
	case lock == filelock.Held:
		t.State = report.Running
	case lock == filelock.Left:
		t.State = report.Killed
	case !has || r.Epochs < len(t.Epochs): // it was resumed after that result
		t.State = report.Interrupted
	default:
		t.Of = r.Of
		t.Judged = &report.Judgement{By: r.Judged, Accuracy: r.Accuracy, Loss: r.Loss, Count: r.Count}
		switch {
		case r.Stopped != "":
			t.State = report.Stopped
		case r.Epochs < r.Of:
			t.State = report.TimeUp
		}
	}
	if t.State == report.TimeUp || t.State == report.Interrupted || t.State == report.Killed {
		t.options.out = t.dir
		t.Hint = t.options.again()
	}
	return nil
}
