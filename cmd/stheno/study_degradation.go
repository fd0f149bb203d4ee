// SPDX-License-Identifier: MIT

package main

import (
	"context"
	"fmt"
	"math"

	"github.com/spf13/cobra"
	"gonum.org/v1/plot"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/datasets"
	"github.com/stheno-go/stheno/layers"
	"github.com/stheno-go/stheno/models"
	"github.com/stheno-go/stheno/trainers"
	"github.com/stheno-go/stheno/trainers/charts"
	"github.com/stheno-go/stheno/trainers/metrics"
)

type degradation struct {
	studyFlags
	data                                 string
	depths                               []int
	epochs, images, size, batch, workers int
	lr                                   float64
}

// degraded is how one net trained.
type degraded struct {
	Net        string    `json:"net"`
	Depth      int       `json:"depth"`
	Residual   bool      `json:"residual"`
	Parameters int       `json:"parameters"`
	Loss       []float64 `json:"training_loss"` // by epoch
	Error      []float64 `json:"training_error"`
	Held       []float64 `json:"test_error"`
	Seconds    float64   `json:"seconds"`
}

func degradationCommand() *cobra.Command {
	var o degradation
	cmd := &cobra.Command{
		Use:   "degradation",
		Short: "Deeper plain nets train worse, residual ones do not",
		Long: `Train plain and residual nets of two depths alike, and compare. Without shortcuts the
deeper net should have the larger error, on the training images as well: it does not
overfit, it is harder to train (He et al., 2015, figure 6). With shortcuts that should
be gone. The verdict is what the losses say, whatever that is.

The nets are those of section 4.2 of the paper, with 6n+2 layers; --data takes a folder
of images with train and test in it, by default the embedded ones are learned. What is
finished is kept: the same command goes on after an interruption.`,
		Example: `  stheno study degradation --quick
  stheno study degradation --data cifar10/ --epochs 60`,
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
	o.add(cmd, "minutes: fewer and smaller images, fewer epochs")
	f := cmd.Flags()
	f.StringVar(&o.data, "data", "", "folder of images (default the embedded ones)")
	f.IntSliceVar(&o.depths, "depths", []int{20, 56}, "layers of the nets, 6n+2")
	positiveVar(f, &o.epochs, "epochs", 0, "passes over the images (default 30, quick 12)")
	positiveVar(f, &o.images, "images", 0, "most images to learn from (default all, quick 1500)")
	positiveVar(f, &o.size, "size", 0, "height and width of the images (default 28 embedded, 32 else, quick 14)")
	positiveVar(f, &o.batch, "batch-size", 0, "images of a step (default 128, quick 32)")
	f.Float64Var(&o.lr, "lr", 0.1, "highest learning rate")
	positiveVar(f, &o.workers, "workers", 0, "goroutines that read images (default one a core)")
	return cmd
}

func (o *degradation) run(ctx context.Context) error {
	if !(o.lr > 0) {
		return usagef("--lr %g must be positive", o.lr)
	}
	if len(o.depths) < 2 {
		return usagef("--depths %v: two depths are wanted to compare", o.depths)
	}
	epochs, images, size, batch := 30, 0, 32, 128
	if o.data == "" {
		size = 28
	}
	if o.quick {
		epochs, images, size, batch = 12, 1500, 14, 32
	}
	o.epochs, o.size, o.batch = or(o.epochs, epochs), or(o.size, size), or(o.batch, batch)
	if o.images == 0 {
		o.images = images
	}
	var list []degraded
	for _, residual := range []bool{false, true} {
		for _, depth := range o.depths {
			d, err := o.train(ctx, depth, residual)
			if err != nil {
				return err
			}
			list = append(list, d)
		}
	}
	fmt.Fprintln(o.log)
	savePicture(o.log, o.picture(), degradationPanels(list)...)
	if o.json {
		return printJSON(o.w, list)
	}
	fmt.Fprintf(o.w, "\n%-12s %11s %14s %15s %11s %9s\n", "net", "parameters", "training loss", "training error", "test error", "seconds")
	for _, d := range list {
		n := len(d.Loss) - 1
		fmt.Fprintf(o.w, "%-12s %11s %14.4f %14.2f%% %10.2f%% %9.0f\n", d.Net, thousands(d.Parameters), d.Loss[n], 100*d.Error[n], 100*d.Held[n], d.Seconds)
	}
	fmt.Fprintln(o.w)
	for _, kind := range []bool{false, true} {
		fmt.Fprintln(o.w, verdict(list, kind))
	}
	return nil
}

// verdict compares the shallowest and the deepest net of a kind by their training loss.
func verdict(list []degraded, residual bool) string {
	var low, high *degraded
	for i := range list {
		d := &list[i]
		if d.Residual != residual {
			continue
		}
		if low == nil || d.Depth < low.Depth {
			low = d
		}
		if high == nil || d.Depth > high.Depth {
			high = d
		}
	}
	a, b := low.Loss[len(low.Loss)-1], high.Loss[len(high.Loss)-1]
	text := "trains worse than"
	if b <= a {
		text = "trains no worse than"
	}
	return fmt.Sprintf("%s %s %s: training loss %.4f against %.4f (%+.0f %%)", high.Net, text, low.Net, b, a, 100*(b-a)/a)
}

// degradedSettings is what a net's training depends on.
type degradedSettings struct {
	Data                        string
	Depth                       int
	Residual                    bool
	Epochs, Images, Size, Batch int
	LR                          float64
	Seed                        uint64
}

func (o *degradation) train(ctx context.Context, depth int, residual bool) (degraded, error) {
	name := fmt.Sprintf("plain-%d", depth)
	if residual {
		name = fmt.Sprintf("resnet-%d", depth)
	}
	settings := degradedSettings{o.data, depth, residual, o.epochs, o.images, o.size, o.batch, o.lr, o.seed}
	return kept(&o.studyFlags, name, settings, func() (degraded, error) {
		c, err := newCard("resnet20_cifar", 0, o.size) // any of them: their images are the same
		if err != nil {
			return degraded{}, err
		}
		if o.data == "" {
			c.Channels, c.Mean, c.Std = 1, fashionMean, fashionStd
		}
		t, err := openTree(o.data)
		if err != nil {
			return degraded{}, err
		}
		augment, err := c.augmented("auto")
		if err != nil {
			return degraded{}, err
		}
		data, err := t.learning(c, augment, 0.1, o.images, o.seed)
		if err != nil {
			return degraded{}, err
		}
		stheno.Seed(o.seed)
		net := models.NewCIFARResNet(depth, models.CIFARConfig{Classes: len(data.classes), Channels: c.Channels, Plain: !residual})
		if err := net.Check(); err != nil {
			return degraded{}, usageError{err}
		}
		r := recipe{optimizer: "sgd", schedule: "onecycle", momentum: 0.9, weightDecay: 1e-4}
		opt, err := r.optim(stheno.Parameters(net), o.lr)
		if err != nil {
			return degraded{}, err
		}
		schedule, err := r.plan(o.epochs)
		if err != nil {
			return degraded{}, err
		}
		fit := &trainers.Trainer{Model: net, Loss: layers.CrossEntropyLoss{}, Optimizer: opt, Epochs: o.epochs, Schedule: schedule, EveryStep: true, Metrics: []metrics.Metric{metrics.TopK(1)}}
		h, err := o.fit(ctx, name, settings, fit, trainers.CheckpointConfig{},
			&datasets.Loader{Dataset: data.train, BatchSize: o.batch, Shuffle: true, DropLast: data.train.Len() >= o.batch, Workers: workers(o.workers), Seed: o.seed},
			&datasets.Loader{Dataset: data.test, BatchSize: o.batch, Workers: workers(o.workers)})
		if err != nil {
			return degraded{}, err
		}
		d := degraded{Net: name, Depth: depth, Residual: residual, Parameters: count(net)}
		for _, e := range h.Epochs {
			d.Loss = append(d.Loss, e.Metrics["loss"])
			d.Error = append(d.Error, 1-e.Metrics["top1"])
			d.Held = append(d.Held, 1-e.Metrics["val_top1"])
			d.Seconds += e.Seconds
		}
		return d, nil
	})
}

// degradationPanels are the paper's: plain nets beside residual ones, the deeper ones
// bold, training errors dashed.
func degradationPanels(list []degraded) []*plot.Plot {
	var panels []*plot.Plot
	for _, what := range []string{"loss", "error"} {
		highest := 0.0
		pair := []*plot.Plot{}
		for _, residual := range []bool{false, true} {
			kind := "plain nets"
			if residual {
				kind = "residual nets"
			}
			p := charts.Panel(kind, "epoch", map[string]string{"loss": "training loss", "error": "error, %"}[what])
			i := 0
			for _, d := range list {
				if d.Residual != residual {
					continue
				}
				var x, held, train []float64
				for e := range d.Loss {
					x = append(x, float64(e+1))
					train = append(train, 100*d.Error[e])
					held = append(held, 100*d.Held[e])
				}
				if what == "loss" {
					charts.Line(p, d.Net, x, d.Loss, charts.Color(i))
					highest = max(highest, maximum(d.Loss))
				} else {
					charts.Line(p, d.Net+" test", x, held, charts.Color(i))
					charts.Dashed(p, d.Net+" training", x, train, charts.Color(i))
					highest = max(highest, maximum(held), maximum(train))
				}
				i++
			}
			p.Y.Min = 0
			p.X.Tick.Marker = charts.WholeTicks()
			pair = append(pair, p)
		}
		for _, p := range pair {
			p.Y.Max = highest * 1.25 // room for the legend
		}
		panels = append(panels, pair...)
	}
	return panels
}

func maximum(x []float64) float64 {
	m := math.Inf(-1)
	for _, v := range x {
		m = max(m, v)
	}
	return m
}
