// SPDX-License-Identifier: MIT

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/stheno-go/stheno/datasets"
	"github.com/stheno-go/stheno/layers"
	"github.com/stheno-go/stheno/trainers"
	"github.com/stheno-go/stheno/trainers/charts"
	"github.com/stheno-go/stheno/trainers/metrics"
)

// add defines the flags that select a model.
func (f *modelFlags) add(cmd *cobra.Command) {
	s := cmd.Flags()
	s.StringVar(&f.model, "model", "", "name of the model (default from model.json in the folder of the weights)")
	s.StringVar(&f.weights, "weights", "", "file of weights: .safetensors, .pth, .pt, .th, or a checkpoint")
	positiveVar(s, &f.size, "size", 0, "height and width to resize images to (default the model's)")
	positiveVar(s, &f.channels, "channels", 0, "3, or 1 for grey images (default the model's)")
	s.StringSliceVar(&f.classes, "classes", nil, "names of the classes, in order, separated by commas")
	_ = cmd.RegisterFlagCompletionFunc("model", cobra.FixedCompletions(imageModels(), cobra.ShellCompDirectiveNoFileComp))
}

// evalResult is the result of the eval command.
type evalResult struct {
	Model   string       `json:"model"`
	Weights string       `json:"weights"`
	Data    string       `json:"data"`
	Top1    float64      `json:"top1"`
	Top5    *float64     `json:"top5,omitempty"`
	Loss    float64      `json:"loss"`
	Count   int          `json:"count"`
	Seconds float64      `json:"seconds"`
	Classes []classScore `json:"classes"`
}

type classScore struct {
	Class     string  `json:"class"`
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"`
	F1        float64 `json:"f1"`
	Count     int     `json:"count"`
}

type evalOptions struct {
	modelFlags
	data, split, picture  string
	batch, workers, limit int
	skipBroken, json      bool
}

func evalCommand() *cobra.Command {
	var o evalOptions
	cmd := &cobra.Command{
		Use:   "eval",
		Short: "Evaluate a model on a folder of images",
		Long: `Evaluate a model on a folder of images: top-1 and top-5 accuracy (fractions), mean
cross-entropy, and precision and recall of each class.

Without --data the embedded test images are used. Of a folder with parts, test is used,
else val. Images are preprocessed as model.json in the folder of the weights specifies;
without it, as is usual for the model, with ImageNet's mean and standard deviation.
Prefixes of parameter names such as "module." are recognized.`,
		Example: `  stheno eval --weights runs/resnet14_cifar/model.safetensors
  stheno eval --model resnet20_cifar --weights resnet20.th --data cifar10/ --json`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			r, confusion, c, err := o.run(cmd.Context(), cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			w := cmd.OutOrStdout()
			if o.picture != "" { // its error is reported after the figures
				defer func() {
					err = errors.Join(err, charts.Save(o.picture, charts.Confusion(confusion, c.Classes)))
				}()
			}
			if o.json {
				return printJSON(w, r)
			}
			fmt.Fprintf(w, "%-20s %9s %9s %9s %7s\n", "class", "precision", "recall", "f1", "count")
			for _, s := range r.Classes {
				fmt.Fprintf(w, "%-20s %9.4f %9.4f %9.4f %7d\n", s.Class, s.Precision, s.Recall, s.F1, s.Count)
			}
			fmt.Fprintf(w, "\n%s on %s: top-1 %.2f %%", r.Model, r.Data, 100*r.Top1)
			if r.Top5 != nil {
				fmt.Fprintf(w, ", top-5 %.2f %%", 100**r.Top5)
			}
			fmt.Fprintf(w, ", loss %.4f on %d images in %.1f s\n", r.Loss, r.Count, r.Seconds)
			return nil
		},
	}
	o.add(cmd)
	f := cmd.Flags()
	f.StringVar(&o.data, "data", "", "folder of images (default the embedded ones)")
	f.StringVar(&o.split, "split", "", "part of the folder to use: train, val or test")
	f.StringVar(&o.picture, "picture", "", "PNG file for the confusion matrix")
	positiveVar(f, &o.batch, "batch-size", 0, "batch size (default 128, 32 for large images)")
	positiveVar(f, &o.workers, "workers", 0, "goroutines that read images (default one a core)")
	f.IntVar(&o.limit, "limit", 0, "maximum number of images, a fixed random subset (0: all)")
	f.BoolVar(&o.skipBroken, "skip-broken", false, "skip unreadable images and report how many")
	f.BoolVar(&o.json, "json", false, "print the figures as JSON")
	return cmd
}

// batchSize returns given, or the default batch size if it is 0.
func (c card) batchSize(given int) int {
	if c.Height >= 160 {
		return or(given, 32)
	}
	return or(given, 128)
}

func (o evalOptions) run(ctx context.Context, log io.Writer) (r evalResult, confusion *metrics.Confusion, c card, err error) {
	if o.limit < 0 {
		return r, nil, c, usagef("--limit %d must not be negative", o.limit)
	}
	if o.data == "" && o.channels == 0 && o.size == 0 {
		if _, ok, err := readCard(o.weights); err == nil && !ok { // the format of the embedded images
			o.channels, o.size = 1, 28
		}
	}
	model, c, err := o.open()
	if err != nil {
		return r, nil, c, err
	}
	t, err := openTree(o.data)
	if err != nil {
		return r, nil, c, err
	}
	if o.split == "" {
		if o.split, err = t.evaluated(); err != nil {
			return r, nil, c, err
		}
	}
	folder, err := t.folder(o.split, c.Classes, c.transform())
	if err != nil {
		return r, nil, c, err
	}
	if len(folder.Classes) > len(c.Classes) {
		return r, nil, c, fmt.Errorf("%s has %d classes, the weights have %d", t.name, len(folder.Classes), len(c.Classes))
	}
	if !c.named() {
		if len(folder.Classes) < len(c.Classes) {
			return r, nil, c, fmt.Errorf("%s has %d classes, but the weights have %d, without names: give the names of the weights' classes in order with --classes, or put %s in their folder",
				t.name, len(folder.Classes), len(c.Classes), cardName)
		}
		c.Classes = folder.Classes
	}
	data, err := subset(folder, o.limit, 1)
	if err != nil {
		return r, nil, c, err
	}
	confusion = metrics.NewConfusion(len(c.Classes))
	figures := []metrics.Metric{metrics.TopK(1), confusion}
	if len(c.Classes) > 5 {
		figures = append(figures, metrics.TopK(5))
	}
	trainer := trainers.Trainer{Model: model, Loss: layers.CrossEntropyLoss{}, Metrics: figures}
	begun := time.Now()
	load := &datasets.Loader{Dataset: data, BatchSize: c.batchSize(o.batch), Workers: workers(o.workers), SkipCorrupt: o.skipBroken}
	got, err := trainer.Evaluate(ctx, load)
	if err != nil {
		return r, nil, c, hintBroken(err)
	}
	reportSkipped(log, load)
	r = evalResult{Model: c.Model, Weights: o.weights, Data: strings.TrimSpace(t.name + " " + o.split), Top1: got["top1"], Loss: got["loss"], Count: data.Len() - len(load.Skipped()), Seconds: time.Since(begun).Seconds()}
	if v, ok := got["top5"]; ok {
		r.Top5 = &v
	}
	for i := range c.Classes {
		s := confusion.Class(i)
		r.Classes = append(r.Classes, classScore{c.className(i), s.Precision, s.Recall, s.F1, s.Count})
	}
	return r, confusion, c, nil
}
