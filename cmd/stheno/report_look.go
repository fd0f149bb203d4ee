// SPDX-License-Identifier: MIT

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/datasets"
	"github.com/stheno-go/stheno/internal/report"
	"github.com/stheno-go/stheno/trainers"
	"github.com/stheno-go/stheno/trainers/metrics"
)

// heldImages are what a run is judged by.
type heldImages struct {
	datasets.Decoder
	name, root string // the part in a word, the folder that it lies in
}

// look adds to a training what only its weights on its images can tell: the mistakes, and the
// confusion if that was not recorded. Where there are no such images, it says why.
func (t *training) look(ctx context.Context, o reportOptions, log io.Writer) error {
	if err := t.recorded(); err != nil {
		return err
	}
	none := func(why string) error {
		t.NoMistakes = why
		if t.Confusion == nil {
			t.NoConfusion = why
		}
		return nil
	}
	if o.noPictures {
		return none("Left out, by --no-pictures.")
	}
	weights := t.weights()
	if weights == "" {
		return none("Not known: no weights have been saved yet.")
	}
	images, why, err := t.images(o.data)
	if err != nil {
		return err
	}
	if why != "" {
		return none("Not known: " + why)
	}
	state, err := readWeights(weights)
	if err != nil {
		return err
	}
	model, err := t.card.network()
	if err != nil {
		return fmt.Errorf("%s: %w", filepath.Join(t.dir, cardName), err)
	}
	if err := stheno.LoadStateDict(model, state); err != nil {
		return fmt.Errorf("%s: %w", weights, err)
	}
	t.Parameters = count(model)
	fmt.Fprintf(log, "%s: looking at %d images\n", t.dir, images.Len())
	wrong, confusion, err := t.mistakes(ctx, model, images)
	var unreadable *datasets.SampleError
	switch {
	case errors.As(err, &unreadable):
		return none("Not known: " + err.Error())
	case err != nil:
		return err
	}
	if t.Confusion == nil {
		t.Confusion = t.scores(images.name, confusion)
	}
	t.Wrong = len(wrong)
	if t.NoMistakes = "None was shown, by --worst 0."; len(wrong) == 0 {
		t.NoMistakes = fmt.Sprintf("There is none among %d images.", t.All)
	}
	for _, m := range wrong[:min(len(wrong), o.worst)] {
		t.Mistakes = append(t.Mistakes, t.show(m, images))
	}
	return nil
}

// recorded takes the confusion that the training has left when it judged.
func (t *training) recorded() error {
	if t.Judged == nil || !exists(t.dir, countsName) {
		return nil
	}
	m, err := readCounts(t.dir, len(t.card.Classes))
	if err != nil {
		return err
	}
	t.Confusion = t.scores(t.Judged.By, m)
	return nil
}

func (t *training) scores(by string, m *metrics.Confusion) *report.Confusion {
	c := &report.Confusion{By: by}
	for class := range m.Classes() {
		s := m.Class(class)
		c.Classes = append(c.Classes, report.Score{Class: t.card.className(class), Precision: s.Precision, Recall: s.Recall, F1: s.F1, Count: s.Count})
		row := make([]int, m.Classes())
		for k := range row {
			row[k] = m.Count(class, k)
		}
		c.Counts = append(c.Counts, row)
	}
	return c
}

// weights returns the file of what was judged or, if nothing was, of the newest weights.
func (t *training) weights() string {
	if t.Judged != nil {
		return filepath.Join(t.dir, weightsName)
	}
	for _, name := range []string{"last.safetensors", "previous.safetensors"} {
		if path := filepath.Join(t.dir, checkpointsName, name); exists(filepath.Dir(path), name) {
			return path
		}
	}
	return ""
}

// images returns what the run was judged by or, if it was not yet, what it is watched with;
// or why it cannot be had.
func (t *training) images(moved string) (images heldImages, why string, err error) {
	o := t.options
	folder := o.data
	if folder != "" && moved != "" {
		folder = moved
	}
	tree, err := openTree(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return images, fmt.Sprintf("the images are not in %s any more; --data names where they are.", folder), nil
	}
	var data sets
	if err == nil {
		data, err = tree.learning(t.card, t.card.transform(), o.holdout, o.limit, o.seed)
	}
	if err != nil { // whatever lies there now
		return images, err.Error(), nil
	}
	if why, err = changed(t.dir, tree.name, t.card.Classes, data); why != "" || err != nil {
		return images, why, err
	}
	images.root, images.name = folder, "validation"
	judged := data.watch
	if t.Judged != nil {
		images.name, judged = data.judged, data.test
	}
	var can bool
	if images.Decoder, can = judged.(datasets.Decoder); !can {
		return images, "", fmt.Errorf("%s holds no pictures", tree.name)
	}
	return images, "", nil
}

// mistake is an image that was taken for another class.
type mistake struct {
	image, class, taken int
	own, other, loss    float64
}

// mistakes returns the images that the model takes for another class, the highest loss
// first, and which class it takes for which.
func (t *training) mistakes(ctx context.Context, model stheno.Module, images heldImages) (wrong []mistake, confusion *metrics.Confusion, err error) {
	classes := len(t.card.Classes)
	confusion = metrics.NewConfusion(classes)
	load := &datasets.Loader{Dataset: images, BatchSize: t.card.batchSize(t.options.batch), SkipCorrupt: t.options.skipBroken}
	err = (&trainers.Trainer{Model: model}).Predict(ctx, load, func(b datasets.Batch, logits *stheno.Tensor) error {
		labels, err := stheno.Values[int64](b.Y)
		if err != nil {
			return err
		}
		if err := confusion.Update(stheno.FromTensor(logits), b.Y); err != nil {
			return err
		}
		for i, row := range slices.Collect(slices.Chunk(logits.Floats(), classes)) {
			t.All++
			m := mistake{image: b.Index[i], class: int(labels[i])}
			highest, sum := slices.Max(row), 0.0
			if highest-highest != 0 {
				return fmt.Errorf("%s: the model's output holds NaN or infinity: the weights are spoilt; --no-pictures does without them", t.dir)
			}
			m.taken = slices.Index(row, highest)
			for _, v := range row {
				sum += math.Exp(v - highest)
			}
			if m.taken == m.class {
				continue
			}
			m.loss = math.Log(sum) - (row[m.class] - highest)
			m.own, m.other = math.Exp(-m.loss), 1/sum
			wrong = append(wrong, m)
		}
		return nil
	})
	slices.SortFunc(wrong, func(a, b mistake) int {
		return cmp.Or(cmp.Compare(b.loss, a.loss), cmp.Compare(a.image, b.image))
	})
	return wrong, confusion, err
}

// show makes a picture of a mistake.
func (t *training) show(m mistake, images heldImages) report.Mistake {
	r := report.Mistake{Class: t.card.className(m.class), Taken: t.card.className(m.taken), Probability: m.other, Own: m.own, Loss: m.loss}
	if stamp, err := images.Stamp(m.image); err == nil {
		r.File = stamp.Name
		if inside, err := filepath.Rel(images.root, stamp.Name); images.root != "" && err == nil && !strings.HasPrefix(inside, ".."+string(os.PathSeparator)) {
			r.File = inside
		}
	}
	r.Picture, _ = thumbnail(images, m.image) // what cannot be read any more is not shown
	return r
}
