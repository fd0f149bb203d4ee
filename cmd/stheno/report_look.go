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

// heldImages are the images that a run is evaluated on.
type heldImages struct {
	datasets.Decoder
	name, root string // the part's name, its folder
}

// evaluate runs the weights on the images to find the mistakes, and the confusion if that was
// not recorded. If this is not possible, it records the reason.
func (t *training) evaluate(ctx context.Context, o reportOptions, log io.Writer) error {
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
		return none("Left out because of --no-pictures.")
	}
	weights := t.weights()
	if weights == "" {
		return none("Not available: no weights have been saved yet.")
	}
	images, why, err := t.images(o.data)
	if err != nil {
		return err
	}
	if why != "" {
		return none("Not available: " + why)
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
	fmt.Fprintf(log, "%s: evaluating %d images\n", t.dir, images.Len())
	wrong, confusion, err := t.mistakes(ctx, model, images)
	var unreadable *datasets.SampleError
	switch {
	case errors.As(err, &unreadable):
		return none("Not available: " + err.Error())
	case err != nil:
		return err
	}
	if t.Confusion == nil {
		t.Confusion = t.scores(images.name, confusion)
	}
	t.Wrong = len(wrong)
	if t.NoMistakes = "Left out because of --worst 0."; len(wrong) == 0 {
		t.NoMistakes = fmt.Sprintf("None among %d images.", t.All)
	}
	for _, m := range wrong[:min(len(wrong), o.worst)] {
		t.Mistakes = append(t.Mistakes, t.show(m, images))
	}
	return nil
}

// recorded reads the confusion that the run recorded in its evaluation.
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

// weights returns the file of the weights that were evaluated or, before that, of the newest.
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

// images returns the images that the run was evaluated on or, if it has not ended, its
// validation images. If they are not available, why is the reason.
func (t *training) images(moved string) (images heldImages, why string, err error) {
	o := t.options
	folder := o.data
	if folder != "" && moved != "" {
		folder = moved
	}
	tree, err := openTree(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return images, fmt.Sprintf("the images are no longer in %s; give their folder with --data.", folder), nil
	}
	var data sets
	if err == nil {
		data, err = tree.learning(t.card, t.card.transform(), o.holdout, o.limit, o.seed)
	}
	if err != nil { // the folder contains something else
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
		return images, "", fmt.Errorf("%s contains no images", tree.name)
	}
	return images, "", nil
}

// mistake is a misclassified image.
type mistake struct {
	image, class, taken int
	own, other, loss    float64
}

// mistakes returns the misclassified images, the highest loss first, and the confusion matrix.
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
				return fmt.Errorf("%s: the model's output contains NaN or infinity: the weights are damaged; use --no-pictures to skip them", t.dir)
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

// show returns a mistake with its picture.
func (t *training) show(m mistake, images heldImages) report.Mistake {
	r := report.Mistake{Class: t.card.className(m.class), Taken: t.card.className(m.taken), Probability: m.other, Own: m.own, Loss: m.loss}
	if stamp, err := images.Stamp(m.image); err == nil {
		r.File = stamp.Name
		if inside, err := filepath.Rel(images.root, stamp.Name); images.root != "" && err == nil && !strings.HasPrefix(inside, ".."+string(os.PathSeparator)) {
			r.File = inside
		}
	}
	r.Picture, _ = thumbnail(images, m.image) // an image that can no longer be read is not shown
	return r
}
