// SPDX-License-Identifier: MIT

package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"
	"gonum.org/v1/plot"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/datasets"
	"github.com/stheno-go/stheno/layers"
	"github.com/stheno-go/stheno/trainers"
	"github.com/stheno-go/stheno/trainers/charts"
	"github.com/stheno-go/stheno/trainers/metrics"
	"github.com/stheno-go/stheno/trainers/optim"
)

type overfit struct {
	studyFlags
	images, epochs, batch, width, workers int
	lr                                    float64
}

// remedy is what is done against overfitting.
type remedy struct {
	Name     string  `json:"remedy"`
	Decay    float64 `json:"weight_decay,omitempty"`
	Dropout  float64 `json:"dropout,omitempty"`
	Augment  bool    `json:"augmentation,omitempty"`
	Patience int     `json:"early_stopping,omitempty"`
}

// remedies have a weight decay that is strong for the few steps of these trainings: with
// AdamW a step shrinks the weights by its rate times it.
var remedies = []remedy{
	{Name: "nothing"},
	{Name: "weight decay", Decay: 1},
	{Name: "dropout", Dropout: 0.5},
	{Name: "augmentation", Augment: true},
	{Name: "early stopping", Patience: 5},
	{Name: "all of them", Decay: 1, Dropout: 0.5, Augment: true, Patience: 10},
}

// remedied is how a net with a remedy did.
type remedied struct {
	remedy
	Epochs   int       `json:"epochs"`
	Kept     int       `json:"kept_epoch"` // whose weights are judged
	Loss     []float64 `json:"training_loss"`
	Held     []float64 `json:"validation_loss"`
	Right    []float64 `json:"training_accuracy"`
	HeldUp   []float64 `json:"validation_accuracy"`
	Train    float64   `json:"final_training_accuracy"` // without dropout and augmentation
	Test     float64   `json:"test_accuracy"`
	TestLoss float64   `json:"test_loss"`
}

func overfitCommand() *cobra.Command {
	var o overfit
	cmd := &cobra.Command{
		Use:   "overfit",
		Short: "A net too large for its data, and what helps",
		Long: `Train a convolution network with far more parameters than images, alone and with weight
decay, dropout, augmentation, early stopping, and all of them, and compare what it does on
images that it has not seen. The images are the embedded ones: some to learn from, 1,000
others to watch with, and the test images to judge by. What is finished is kept: the same
command goes on after an interruption.`,
		Example: `  stheno study overfit --quick
  stheno study overfit --images 4000 --epochs 200`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			release, err := o.begin(cmd)
			if err != nil {
				return err
			}
			defer release()
			return o.run(cmd.Context())
		},
	}
	o.add(cmd, "minutes: fewer images and epochs")
	f := cmd.Flags()
	positiveVar(f, &o.images, "images", 0, "images to learn from (default 2000, quick 400)")
	positiveVar(f, &o.epochs, "epochs", 0, "passes over them (default 100, quick 60)")
	positiveVar(f, &o.width, "width", 0, "channels of the first layer (default 32, quick 16)")
	positiveVar(f, &o.batch, "batch-size", 50, "images of a step")
	f.Float64Var(&o.lr, "lr", 1e-3, "learning rate of AdamW")
	positiveVar(f, &o.workers, "workers", 0, "goroutines that read images (default one a core)")
	return cmd
}

// watched is how many of the training images are held out to watch with.
const watched = 1000

// largeNet is two convolutions and a wide layer, with dropout before the layers that see
// everything.
type largeNet struct {
	Conv1, Conv2 *layers.Conv2d
	FC1, FC2     *layers.Linear
	Drop         *layers.Dropout
}

func newLargeNet(width int, dropout float64) *largeNet {
	return &largeNet{
		Conv1: layers.NewConv2d(1, width, 3, layers.Padding(1)), Conv2: layers.NewConv2d(width, 2*width, 3, layers.Padding(1)),
		FC1: layers.NewLinear(2*width*7*7, 16*width), FC2: layers.NewLinear(16*width, 10), Drop: layers.NewDropout(dropout),
	}
}

// Forward returns the logits. Shape: (N,1,28,28) -> (N,10).
func (n *largeNet) Forward(x *stheno.Variable) *stheno.Variable {
	pool := stheno.Pool2dConfig{Kernel: [2]int{2, 2}}
	x = stheno.Call(n.Conv1, x).ReLU().MaxPool2d(pool)
	x = stheno.Call(n.Conv2, x).ReLU().MaxPool2d(pool)
	x = stheno.Call(n.FC1, stheno.Call(n.Drop, x.Flatten(1))).ReLU()
	return stheno.Call(n.FC2, stheno.Call(n.Drop, x))
}

func (o *overfit) run(ctx context.Context) error {
	if !(o.lr > 0) {
		return usagef("--lr %g must be positive", o.lr)
	}
	images, epochs, width := 2000, 100, 32
	if o.quick {
		images, epochs, width = 400, 60, 16
	}
	o.images, o.epochs, o.width = or(o.images, images), or(o.epochs, epochs), or(o.width, width)
	if o.images > 10000-watched {
		return usagef("--images %d: there are 10,000, of which %d are held out", o.images, watched)
	}
	var list []remedied
	for _, r := range remedies {
		d, err := o.train(ctx, r)
		if err != nil {
			return err
		}
		list = append(list, d)
	}
	fmt.Fprintln(o.log)
	savePicture(o.log, o.picture(), overfitPanels(list)...)
	if o.json {
		return printJSON(o.w, list)
	}
	fmt.Fprintf(o.w, "\n%s parameters, %d images\n\n", thousands(count(newLargeNet(o.width, 0))), o.images)
	fmt.Fprintf(o.w, "%-16s %7s %10s %9s %8s %10s\n", "remedy", "epoch", "training", "test", "gap", "test loss")
	best, surest := list[0], list[0]
	for _, d := range list {
		fmt.Fprintf(o.w, "%-16s %7d %9.2f%% %8.2f%% %8.2f %10.4f\n", d.Name, d.Kept, 100*d.Train, 100*d.Test, 100*(d.Train-d.Test), d.TestLoss)
		if d.Test > best.Test {
			best = d
		}
		if d.TestLoss < surest.TestLoss {
			surest = d
		}
	}
	fmt.Fprintf(o.w, "\nbest on the test images: %s, %+.2f points against nothing; smallest test loss: %s, %.4f against %.4f\n",
		best.Name, 100*(best.Test-list[0].Test), surest.Name, surest.TestLoss, list[0].TestLoss)
	return nil
}

// parts returns the images to learn from, with and without augmentation, those to watch
// with and those to judge by.
func (o *overfit) parts(augment bool) (train, plain, watch, test datasets.Dataset, err error) {
	c, err := newCard("lenet", 1, 28)
	if err != nil {
		return
	}
	c.Mean, c.Std = fashionMean, fashionStd
	t, err := openTree("")
	if err != nil {
		return
	}
	all, err := t.folder(trainPart, nil, nil)
	if err != nil {
		return
	}
	order := stheno.NewGenerator(o.seed).Perm(all.Len())
	learn, err := datasets.Subset(all, order[watched:watched+o.images])
	if err != nil {
		return
	}
	if plain, err = datasets.WithTransform(learn, c.transform()); err != nil {
		return
	}
	if train = plain; augment {
		some, err := c.augmented("crop+flip")
		if err != nil {
			return nil, nil, nil, nil, err
		}
		if train, err = datasets.WithTransform(learn, some); err != nil {
			return nil, nil, nil, nil, err
		}
	}
	held, err := datasets.Subset(all, order[:watched])
	if err != nil {
		return
	}
	if watch, err = datasets.WithTransform(held, c.transform()); err != nil {
		return
	}
	test, err = t.folder(testPart, nil, c.transform())
	return
}

func (o *overfit) train(ctx context.Context, r remedy) (remedied, error) {
	settings := map[string]any{"remedy": r, "images": o.images, "epochs": o.epochs, "width": o.width, "batch": o.batch, "lr": o.lr, "seed": o.seed}
	return kept(&o.studyFlags, r.Name, settings, func() (d remedied, err error) {
		d.remedy = r
		train, plain, watch, test, err := o.parts(r.Augment)
		if err != nil {
			return d, err
		}
		stheno.Seed(o.seed)
		net := newLargeNet(o.width, r.Dropout)
		opt := optim.NewAdamW(stheno.Parameters(net), o.lr, optim.AdamConfig{WeightDecay: new(r.Decay)})
		t := &trainers.Trainer{Model: net, Loss: layers.CrossEntropyLoss{}, Optimizer: opt, Epochs: o.epochs, Metrics: []metrics.Metric{metrics.TopK(1)}}
		if r.Patience > 0 {
			t.Callbacks = append(t.Callbacks, trainers.EarlyStopping(trainers.EarlyStoppingConfig{Monitor: "val_loss", Patience: new(r.Patience)}))
		}
		load := func(d datasets.Dataset) *datasets.Loader {
			return &datasets.Loader{Dataset: d, BatchSize: 250, Workers: workers(o.workers)}
		}
		h, err := o.fit(ctx, r.Name, settings, t, trainers.CheckpointConfig{Monitor: "val_loss"},
			&datasets.Loader{Dataset: train, BatchSize: o.batch, Shuffle: true, Workers: workers(o.workers), Seed: o.seed}, load(watch))
		if err != nil {
			return d, err
		}
		for _, e := range h.Epochs {
			d.Loss, d.Held = append(d.Loss, e.Metrics["loss"]), append(d.Held, e.Metrics["val_loss"])
			d.Right, d.HeldUp = append(d.Right, e.Metrics["top1"]), append(d.HeldUp, e.Metrics["val_top1"])
		}
		d.Epochs, d.Kept = len(h.Epochs), len(h.Epochs)
		if r.Patience > 0 {
			best, err := h.Best("val_loss")
			if err != nil {
				return d, err
			}
			d.Kept = best.Epoch
			if err := stheno.Load(filepath.Join(o.out, r.Name, fmt.Sprintf("best-%04d.safetensors", best.Epoch)), net); err != nil {
				return d, err
			}
		}
		seen, err := t.Evaluate(ctx, load(plain))
		if err != nil {
			return d, err
		}
		judged, err := t.Evaluate(ctx, load(test))
		d.Train, d.Test, d.TestLoss = seen["top1"], judged["top1"], judged["loss"]
		return d, err
	})
}

// overfitPanels show the loss on the images that are learned and on others, and the
// accuracies in the end.
func overfitPanels(list []remedied) []*plot.Plot {
	train := charts.Panel("loss on the images that are learned", "epoch", "")
	held := charts.Panel("loss on other images", "epoch", "")
	ends := charts.Panel("accuracy of the weights that are kept", "", "%")
	var ticks plot.ConstantTicks
	top := 0.0
	for i, d := range list {
		var x []float64
		for e := range d.Loss {
			x = append(x, float64(e+1))
		}
		charts.Line(train, d.Name, x, d.Loss, charts.Color(i))
		charts.Line(held, d.Name, x, d.Held, charts.Color(i))
		top = max(top, d.Loss[0], min(slices.Max(d.Held), 3))
		ticks = append(ticks, plot.Tick{Value: float64(i), Label: d.Name})
	}
	for _, p := range []*plot.Plot{train, held} {
		p.Y.Min, p.Y.Max = 0, top*1.02
		p.X.Tick.Marker = charts.WholeTicks()
	}
	var seen, other []float64
	for _, d := range list {
		seen, other = append(seen, 100*d.Train), append(other, 100*d.Test)
	}
	charts.Bars(ends, []string{"training images", "test images"}, seen, other)
	ends.X.Tick.Marker = ticks
	charts.Slanted(ends)
	ends.X.Min, ends.X.Max = -0.6, float64(len(list))-0.4
	ends.Y.Min, ends.Y.Max = 50, 108
	return []*plot.Plot{train, held, ends}
}
