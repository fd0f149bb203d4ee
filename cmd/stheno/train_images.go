// SPDX-License-Identifier: MIT

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/datasets"
	"github.com/stheno-go/stheno/internal/jsonfloat"
	"github.com/stheno-go/stheno/layers"
	"github.com/stheno-go/stheno/models"
	"github.com/stheno-go/stheno/trainers"
	"github.com/stheno-go/stheno/trainers/charts"
	"github.com/stheno-go/stheno/trainers/metrics"
)

// Names of files in the folder of a run.
const (
	configName      = "config.yaml"
	contentsName    = "data.json" // hashes of the images
	checkpointsName = "checkpoints"
	weightsName     = "model.safetensors"
	resultName      = "result.json"
	curvesName      = "curves.png"
	confusionName   = "confusion.png"
	countsName      = "confusion.json" // the counts
	historyName     = "history"
	tensorboardName = "tensorboard"
)

// monitored is the metric that determines the best epoch.
const monitored = "val_accuracy"

// trainImages trains on a folder of images, or on the embedded ones.
func (o *trainOptions) trainImages(ctx context.Context) error {
	if o.target != "" || o.standardize {
		return usagef("--target and --standardize are for the models linear and logistic")
	}
	if err := o.check(); err != nil {
		return err
	}
	embedded := o.data == ""
	if embedded {
		o.size, o.channels = or(o.size, 28), or(o.channels, 1)
	}
	c, err := newCard(o.model, o.channels, o.size)
	if err != nil {
		return err
	}
	if embedded && c.Channels == 1 {
		c.Mean, c.Std = fashionMean, fashionStd
	}
	if known, ok, err := readCard(o.weights); err != nil {
		return err
	} else if ok && known.Channels == c.Channels {
		c.Mean, c.Std = known.Mean, known.Std // as the weights were trained
	}
	o.applyDefaults(c)
	if o.findLR {
		return o.findRate(ctx, c)
	}
	release, err := o.prepareOutDir()
	if err != nil {
		return err
	}
	defer release()
	return o.fit(ctx, c)
}

// resumeRun continues a run from its last checkpoint.
func (o *trainOptions) resumeRun(ctx context.Context) error {
	if o.overwrite {
		return usagef("--resume and --overwrite exclude each other")
	}
	if o.out == "" {
		newest, err := newestRun("runs")
		if err != nil {
			return err
		}
		o.out = newest
	}
	out, path := o.out, filepath.Join(o.out, configName)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s has no run to resume: no %s in it; omit --resume to start one", o.out, configName)
	}
	// The flags are bound to the options of the command, not to this copy.
	flags := o.cmd.Flags()
	again, fresh := *o, new(cobra.Command) // the same flags, bound to the copy
	fresh.SetErr(o.cmd.ErrOrStderr())
	again.add(fresh)
	for _, name := range settings(flags) {
		if f := flags.Lookup(name); f.Changed && fresh.Flags().Lookup(name) != nil {
			if err := copyFlag(fresh.Flags(), f); err != nil {
				return err
			}
		}
	}
	new(commonFlags).add(fresh)
	fresh.Flags().AddFlagSet(fresh.PersistentFlags())
	if err := readConfig(fresh.Flags(), path); err != nil {
		return err
	}
	again.cmd, again.out = fresh, out
	if !saved(out) && !exists(out, weightsName) {
		fmt.Fprintf(o.cmd.ErrOrStderr(), "%s has no checkpoint yet: starting over\n", out)
		again.resume = false
		return again.trainImages(ctx)
	}
	again.resume = true
	release, err := hold(out, lockName)
	if err != nil {
		return err
	}
	defer release()
	c, ok, err := readCard(filepath.Join(out, weightsName))
	if err != nil {
		return err
	}
	if !ok {
		return fmt.Errorf("%s has no %s", out, cardName)
	}
	if again.model != c.Model || again.size != c.Height || again.channels != c.Channels {
		return usagef("%s has a run of %s with images of %dx%d and %d channels: it cannot be resumed as %s with %dx%d and %d", out,
			c.Model, c.Height, c.Width, c.Channels, again.model, again.size, again.size, again.channels)
	}
	return again.fit(ctx, c)
}

// applyDefaults sets the options that were not given to the defaults for the model and data.
func (o *trainOptions) applyDefaults(c card) {
	epochs, limit := 10, 0
	if o.data != "" {
		epochs = 30
	}
	if o.quick {
		epochs, limit = 3, 3000
	}
	if !o.cmd.Flags().Changed("limit") {
		o.limit = limit
	}
	o.epochs = or(o.epochs, epochs)
	o.batch = or(o.batch, map[bool]int{true: 64, false: c.batchSize(0)}[o.data == ""])
	if o.data == "" && o.augment == "auto" {
		o.augment = "flip" // the embedded images are centered
	}
	o.lr = o.rateOr(o.rate())
	o.size, o.channels = c.Height, c.Channels
}

// prepareOutDir creates and locks the folder of the run, and makes sure that it does not contain
// another one. The lock is held until release is called.
func (o *trainOptions) prepareOutDir() (release func(), err error) {
	if o.out == "" {
		if o.out, err = freshRun("runs", o.model); err != nil {
			return nil, err
		}
	}
	if release, err = hold(o.out, lockName); err != nil {
		return nil, err
	}
	switch {
	case !o.overwrite && (saved(o.out) || exists(o.out, weightsName)):
		err = usagef("%s already has a run: --resume continues it, --overwrite deletes it", o.out)
	case exists(o.out, configName, checkpointsName): // to be overwritten, or killed before its first checkpoint
		err = clearRun(o.out)
	}
	if err != nil {
		release()
		return nil, err
	}
	return release, nil
}

// clearRun removes the files of a run.
func clearRun(dir string) error {
	for _, name := range []string{checkpointsName, weightsName, resultName, tensorboardName, historyName + ".csv", historyName + ".jsonl", curvesName, confusionName, countsName} {
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	return nil
}

// images returns the images to train on, and sets their classes in c.
func (o trainOptions) images(c *card) (t tree, data sets, err error) {
	if t, err = openTree(o.data); err != nil {
		return t, data, err
	}
	augment, err := c.augmented(o.augment)
	if err != nil {
		return t, data, err
	}
	data, err = t.learning(*c, augment, o.holdout, o.limit, o.seed)
	c.Classes = data.classes
	return t, data, err
}

// load returns the loader of the images to train on.
func (o trainOptions) load(data sets, c card) *datasets.Loader {
	return &datasets.Loader{Dataset: data.train, BatchSize: o.batch, Shuffle: true, DropLast: data.train.Len() >= o.batch,
		Transform: o.mixes(len(c.Classes)), Workers: workers(o.workers), Seed: o.seed, SkipCorrupt: o.skipBroken}
}

// fit trains and evaluates the model, and writes the results.
func (o trainOptions) fit(ctx context.Context, c card) error {
	begun := time.Now()
	log := o.w
	if o.json {
		log = o.cmd.ErrOrStderr()
	}
	known := c.Classes
	t, data, err := o.images(&c)
	if err != nil {
		return err
	}
	if o.resume {
		what, err := changed(o.out, t.name, known, data)
		if err != nil {
			return err
		}
		if what != "" {
			return fmt.Errorf("%s; a run can be resumed only with the same images; to train on these, start a new run with --weights %s", what, filepath.Join(o.out, weightsName))
		}
	}
	if !o.resume {
		if err := writeJSON(filepath.Join(o.out, contentsName), data.contents); err != nil {
			return err
		}
		if err := c.write(o.out); err != nil {
			return err
		}
		if err := o.recordSession(); err != nil {
			return err
		}
	}
	stheno.Seed(o.seed)
	model, err := o.newModel(c, log)
	if err != nil {
		return err
	}
	trainer, confusion, err := o.trainer(model, c, log)
	if err != nil {
		return err
	}
	if o.resume {
		warning, err := trainer.Resume(filepath.Join(o.out, checkpointsName))
		if err != nil {
			return err
		}
		if warning != "" {
			fmt.Fprintln(log, "warning:", warning)
		}
		if err := o.recordSession(); err != nil {
			return err
		}
	}
	fmt.Fprintf(log, "%s (%d parameters) on %s: %d images of %d classes, %d to evaluate on; in %s\n",
		c.Model, count(model), t.name, data.train.Len(), len(c.Classes), data.test.Len(), o.out)
	load := o.load(data, c)
	watch := &datasets.Loader{Dataset: data.watch, BatchSize: o.batch, Workers: workers(o.workers), SkipCorrupt: o.skipBroken}
	history, err := trainer.Fit(ctx, load, watch)
	if err != nil {
		if saved(o.out) {
			fmt.Fprintf(log, "saved; to continue: %s\n", o.again())
		}
		return hintBroken(err)
	}
	reportSkipped(log, load, watch)
	r := trainResult{Model: c.Model, Data: t.name, Judged: data.judged, Epochs: len(history.Epochs), Of: o.epochs, Stopped: history.Stopped, Parameters: count(model), Out: o.out}
	if err := o.saveWeights(model, history); err != nil {
		return err
	}
	final, judged, err := o.evaluate(ctx, model, data, confusion)
	if err != nil {
		return err
	}
	savePicture(log, filepath.Join(o.out, confusionName), charts.Confusion(confusion, c.Classes))
	if err := writeCounts(filepath.Join(o.out, countsName), confusion); err != nil {
		return err
	}
	r.Accuracy, r.Loss, r.Count = final["accuracy"], final["loss"], judged
	for _, e := range history.Epochs {
		r.TrainSeconds += e.Seconds
	}
	r.Seconds = time.Since(begun).Seconds()
	return o.report(r, log)
}

// recordSession writes the settings in effect and records a session with them.
func (o trainOptions) recordSession() error {
	if err := writeConfig(o.cmd.Flags(), filepath.Join(o.out, configName)); err != nil {
		return err
	}
	return addSession(o.out, o.resume)
}

// newModel returns the model, with the weights to start from if they were given.
func (o trainOptions) newModel(c card, log io.Writer) (stheno.Module, error) {
	if o.weights == "" || o.resume {
		m, err := c.network()
		if err == nil && o.freeze {
			err = models.FreezeBody(m)
		}
		return m, err
	}
	m, known, err := modelFlags{model: c.Model, weights: o.weights, channels: c.Channels, size: c.Height}.open()
	if err != nil {
		return nil, err
	}
	why := ""
	switch named := known.named(); {
	case len(known.Classes) != len(c.Classes):
		why = fmt.Sprintf("have %d classes", len(known.Classes))
	case named && !slices.Equal(known.Classes, c.Classes):
		why = "have other classes, or another order (" + someOf(known.Classes) + ")"
	case !named:
		fmt.Fprintf(log, "the weights do not name their %d classes: assuming %s, in this order\n", len(c.Classes), someOf(c.Classes))
	}
	if why != "" {
		fmt.Fprintf(log, "the weights %s: initializing a new last layer for %d: %s\n", why, len(c.Classes), someOf(c.Classes))
		if err := models.ReplaceHead(m, len(c.Classes)); err != nil {
			return nil, err
		}
	}
	if o.freeze {
		err = models.FreezeBody(m)
	}
	return m, err
}

// trainer returns the Trainer and its confusion matrix.
func (o trainOptions) trainer(model stheno.Module, c card, log io.Writer) (*trainers.Trainer, *metrics.Confusion, error) {
	var params []*stheno.Variable
	for _, p := range stheno.Parameters(model) {
		if p.RequiresGrad() {
			params = append(params, p)
		}
	}
	opt, err := o.optim(params, o.lr)
	if err != nil {
		return nil, nil, err
	}
	schedule, err := o.plan(o.epochs)
	if err != nil {
		return nil, nil, err
	}
	confusion := metrics.NewConfusion(len(c.Classes))
	figures := []metrics.Metric{confusion}
	if len(c.Classes) > 10 {
		figures = append(figures, metrics.TopK(5))
	}
	at := func(name string) string { return filepath.Join(o.out, name) }
	t := &trainers.Trainer{
		Model: model, Loss: layers.CrossEntropyLoss{LabelSmoothing: o.labelSmoothing}, Optimizer: opt, Epochs: o.epochs,
		Schedule: schedule, EveryStep: o.schedule != "step", Metrics: figures, Accumulate: o.accumulate, ClipNorm: o.clip, EMA: o.ema, TimeLimit: o.timeLimit,
		Callbacks: []trainers.Callback{
			trainers.Progress(draws(log)), trainers.CSVLog(at(historyName + ".csv")), trainers.JSONLog(at(historyName + ".jsonl")), trainers.TensorBoard(at(tensorboardName)),
			charts.LearningCurves(at(curvesName)), charts.ConfusionMatrix(at(confusionName), confusion, c.Classes),
			trainers.Checkpoint(trainers.CheckpointConfig{Dir: at(checkpointsName), Monitor: monitored, Every: o.checkpointTime}),
		},
	}
	if o.patience > 0 {
		t.Callbacks = append(t.Callbacks, trainers.EarlyStopping(trainers.EarlyStoppingConfig{Monitor: monitored, Patience: new(o.patience)}))
	}
	return t, confusion, nil
}

// saveWeights writes the final weights and loads them into model. With early stopping they are
// those of the best epoch, otherwise the last ones, averaged with --ema.
func (o trainOptions) saveWeights(model stheno.Module, h *trainers.History) error {
	dir := filepath.Join(o.out, checkpointsName)
	from := filepath.Join(dir, "last.safetensors")
	if best, err := h.Best(monitored); err == nil && o.patience > 0 {
		from = filepath.Join(dir, fmt.Sprintf("best-%04d.safetensors", best.Epoch))
	}
	state, err := readWeights(from)
	if err != nil {
		return err
	}
	if err := stheno.LoadStateDict(model, state); err != nil {
		return err
	}
	return stheno.Save(filepath.Join(o.out, weightsName), model)
}

// evaluate returns the metrics of the model on the test images, and the number of images.
func (o trainOptions) evaluate(ctx context.Context, model stheno.Module, data sets, confusion *metrics.Confusion) (map[string]float64, int, error) {
	t := trainers.Trainer{Model: model, Loss: layers.CrossEntropyLoss{}, Metrics: []metrics.Metric{confusion}}
	load := &datasets.Loader{Dataset: data.test, BatchSize: o.batch, Workers: workers(o.workers), SkipCorrupt: o.skipBroken}
	figures, err := t.Evaluate(ctx, load)
	if err != nil {
		return nil, 0, hintBroken(err)
	}
	return figures, data.test.Len() - len(load.Skipped()), nil
}

// trainResult is the result of the train command.
type trainResult struct {
	Model        string  `json:"model"`
	Data         string  `json:"data"`
	Judged       string  `json:"judged_by"`
	Accuracy     float64 `json:"accuracy"`
	Loss         float64 `json:"loss"`
	Count        int     `json:"count"`
	Epochs       int     `json:"epochs"`
	Of           int     `json:"of_epochs"`
	Stopped      string  `json:"stopped,omitempty"`
	Parameters   int     `json:"parameters"`
	Seconds      float64 `json:"seconds"`
	TrainSeconds float64 `json:"train_seconds"`
	Out          string  `json:"out"`
}

func (o trainOptions) report(r trainResult, log io.Writer) error {
	if err := writeJSON(filepath.Join(o.out, resultName), r); err != nil {
		return err
	}
	if r.Epochs < r.Of && r.Stopped == "" {
		fmt.Fprintf(log, "time limit reached after %d of %d epochs; to continue: %s\n", r.Epochs, r.Of, o.again())
	}
	fmt.Fprintln(log, "weights:", filepath.Join(o.out, weightsName))
	if o.json {
		return printJSON(o.w, r)
	}
	fmt.Fprintf(o.w, "%s accuracy %.2f %% on %d images after %d epochs in %.1f s\n", r.Judged, 100*r.Accuracy, r.Count, r.Epochs, r.Seconds)
	return nil
}

// again returns the command line that resumes the run.
func (o trainOptions) again() string { return "stheno train --resume --out " + o.out }

// count returns the number of parameters.
func count(m stheno.Module) (n int) {
	for _, p := range stheno.Parameters(m) {
		n += p.Size()
	}
	return n
}

func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(jsonfloat.Value(v)) // NaN is a string
}
