// SPDX-License-Identifier: MIT

package studies

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"gonum.org/v1/plot"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/datasets"
	"github.com/stheno-go/stheno/layers"
	"github.com/stheno-go/stheno/trainers"
	"github.com/stheno-go/stheno/trainers/charts"
	"github.com/stheno-go/stheno/trainers/metrics"
	"github.com/stheno-go/stheno/trainers/optim"
)

// Overfit trains a network with far more parameters than images, with several methods
// against overfitting.
type Overfit struct {
	OverfitSettings
	Seeds   int // trainings with each method, with seeds Seed, Seed+1, …
	Workers *int
	// Images returns the images of a seed.
	Images func(seed uint64, augment bool) (OverfitImages, error)
}

// OverfitSettings are what a training depends on.
type OverfitSettings struct {
	Batch     int     `json:"batch"`
	Epochs    int     `json:"epochs"`
	MaxImages int     `json:"images"`
	LR        float64 `json:"lr"`
	Method    Method  `json:"remedy"`
	Seed      uint64  `json:"seed"`
	Width     int     `json:"width"`
}

// OverfitImages are the sets of a training. Plain are the images of Train without
// augmentation.
type OverfitImages struct{ Train, Plain, Validation, Test datasets.Dataset }

// Method is a method against overfitting.
type Method struct {
	Name     string  `json:"remedy"`
	Decay    float64 `json:"weight_decay,omitempty"`
	Dropout  float64 `json:"dropout,omitempty"`
	Augment  bool    `json:"augmentation,omitempty"`
	Patience int     `json:"early_stopping,omitempty"`
}

// methods have a weight decay that is strong for the few steps of these trainings: with
// AdamW a step shrinks the weights by its rate times it.
var methods = []Method{
	{Name: "nothing"},
	{Name: "weight decay", Decay: 1},
	{Name: "dropout", Dropout: 0.5},
	{Name: "augmentation", Augment: true},
	{Name: "early stopping", Patience: 5},
	{Name: "all of them", Decay: 1, Dropout: 0.5, Augment: true, Patience: 10},
}

// OverfitRun is one training.
type OverfitRun struct {
	Method
	Seed               uint64    `json:"seed"`
	Epochs             int       `json:"epochs"`
	KeptEpoch          int       `json:"kept_epoch"` // whose weights are evaluated
	Loss               []float64 `json:"training_loss"`
	ValidationLoss     []float64 `json:"validation_loss"`
	Accuracy           []float64 `json:"training_accuracy"`
	ValidationAccuracy []float64 `json:"validation_accuracy"`
	TrainingAccuracy   float64   `json:"final_training_accuracy"` // without dropout and augmentation
	TestAccuracy       float64   `json:"test_accuracy"`
	TestLoss           float64   `json:"test_loss"`
}

// largeNet has two convolutions and a wide layer, and dropout before the linear layers.
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

// Parameters returns the number of parameters of the network.
func (s OverfitSettings) Parameters() (n int) {
	for _, p := range stheno.Parameters(newLargeNet(s.Width, 0)) {
		n += p.Size()
	}
	return n
}

// Run trains what is not finished.
func (o Overfit) Run(ctx context.Context, store *Store) ([]OverfitRun, error) {
	var list []OverfitRun
	for i := range o.Seeds {
		for _, m := range methods {
			s := o.OverfitSettings
			s.Method, s.Seed = m, o.Seed+uint64(i)
			r, err := once(store, seedName(m.Name, s.Seed), s, func() (OverfitRun, error) { return o.train(ctx, store, s) })
			if err != nil {
				return nil, err
			}
			r.Method, r.Seed = m, s.Seed
			list = append(list, r)
		}
	}
	return list, nil
}

func (o Overfit) train(ctx context.Context, store *Store, s OverfitSettings) (r OverfitRun, err error) {
	images, err := o.Images(s.Seed, s.Method.Augment)
	if err != nil {
		return r, err
	}
	stheno.Seed(s.Seed)
	net := newLargeNet(s.Width, s.Method.Dropout)
	opt := optim.NewAdamW(stheno.Parameters(net), s.LR, optim.AdamConfig{WeightDecay: new(s.Method.Decay)})
	t := &trainers.Trainer{Model: net, Loss: layers.CrossEntropyLoss{}, Optimizer: opt, Epochs: s.Epochs, Metrics: []metrics.Metric{metrics.TopK(1)}}
	if s.Method.Patience > 0 {
		t.Callbacks = append(t.Callbacks, trainers.EarlyStopping(trainers.EarlyStoppingConfig{Monitor: "val_loss", Patience: new(s.Method.Patience)}))
	}
	load := func(d datasets.Dataset) *datasets.Loader {
		return &datasets.Loader{Dataset: d, BatchSize: 250, Workers: o.Workers}
	}
	name := seedName(s.Method.Name, s.Seed)
	h, err := store.fit(ctx, name, s, t, trainers.CheckpointConfig{Monitor: "val_loss"},
		&datasets.Loader{Dataset: images.Train, BatchSize: s.Batch, Shuffle: true, Workers: o.Workers, Seed: s.Seed}, load(images.Validation))
	if err != nil {
		return r, err
	}
	for _, e := range h.Epochs {
		r.Loss, r.ValidationLoss = append(r.Loss, e.Metrics["loss"]), append(r.ValidationLoss, e.Metrics["val_loss"])
		r.Accuracy, r.ValidationAccuracy = append(r.Accuracy, e.Metrics["top1"]), append(r.ValidationAccuracy, e.Metrics["val_top1"])
	}
	r.Epochs, r.KeptEpoch = len(h.Epochs), len(h.Epochs)
	if s.Method.Patience > 0 {
		best, err := h.Best("val_loss")
		if err != nil {
			return r, err
		}
		r.KeptEpoch = best.Epoch
		if err := stheno.Load(filepath.Join(store.Dir, name, fmt.Sprintf("best-%04d.safetensors", best.Epoch)), net); err != nil {
			return r, err
		}
	}
	training, err := t.Evaluate(ctx, load(images.Plain))
	if err != nil {
		return r, err
	}
	test, err := t.Evaluate(ctx, load(images.Test))
	r.TrainingAccuracy, r.TestAccuracy, r.TestLoss = training["top1"], test["top1"], test["loss"]
	return r, err
}

// ReadOverfit returns what is finished in a folder.
func ReadOverfit(dir string) ([]OverfitRun, OverfitSettings, error) {
	settings, list, err := read[OverfitSettings, OverfitRun](dir, func(s OverfitSettings) any {
		s.Method, s.Seed = Method{}, 0
		return s
	})
	if err != nil || len(list) == 0 {
		return nil, OverfitSettings{}, err
	}
	for i := range list {
		list[i].Method, list[i].Seed = settings[i].Method, settings[i].Seed
	}
	place := func(r OverfitRun) int {
		return slices.IndexFunc(methods, func(m Method) bool { return m.Name == r.Name })
	}
	slices.SortStableFunc(list, func(a, b OverfitRun) int { return place(a) - place(b) })
	return list, settings[0], nil
}

// overfitMethod is a method with its trainings.
type overfitMethod struct{ runs []OverfitRun }

func (m overfitMethod) name() string { return m.runs[0].Name }

func (m overfitMethod) sample(value func(OverfitRun) float64) (s sample) {
	for _, r := range m.runs {
		s = append(s, value(r))
	}
	return s
}

func (m overfitMethod) all(values func(OverfitRun) []float64) (list [][]float64) {
	for _, r := range m.runs {
		list = append(list, values(r))
	}
	return list
}

func trainingAccuracy(r OverfitRun) float64 { return 100 * r.TrainingAccuracy }
func testAccuracy(r OverfitRun) float64     { return 100 * r.TestAccuracy }
func gap(r OverfitRun) float64              { return trainingAccuracy(r) - testAccuracy(r) }
func testLoss(r OverfitRun) float64         { return r.TestLoss }

// OverfitReport compares each method with none.
func OverfitReport(list []OverfitRun) Report {
	var all []overfitMethod
	for _, r := range list {
		i := slices.IndexFunc(all, func(m overfitMethod) bool { return m.name() == r.Name })
		if i < 0 {
			all, i = append(all, overfitMethod{}), len(all)
		}
		all[i].runs = append(all[i].runs, r)
	}
	t := Table{Head: []string{"method", "seeds", "epoch", "training accuracy, %", "test accuracy, %", "gap", "test loss"}}
	for _, m := range all {
		t.Rows = append(t.Rows, []string{
			m.name(), fmt.Sprint(len(m.runs)), m.sample(func(r OverfitRun) float64 { return float64(r.KeptEpoch) }).text("%.0f"),
			m.sample(trainingAccuracy).text("%.2f"), m.sample(testAccuracy).text("%.2f"), m.sample(gap).text("%.2f"), m.sample(testLoss).text("%.4f"),
		})
	}
	r := Report{Tables: []Table{t}, Panels: overfitPanels(all)}
	for _, m := range all {
		if all[0].name() != methods[0].Name || m.name() == methods[0].Name {
			continue
		}
		for _, c := range []struct {
			what, format string
			value        func(OverfitRun) float64
		}{{"test accuracy", "%.2f", testAccuracy}, {"test loss", "%.4f", testLoss}} {
			w := words{"has a lower " + c.what + " than", "has a higher " + c.what + " than", "has no different " + c.what + " than"}
			r.Verdict = append(r.Verdict, w.sentence(methods[0].Name, all[0].sample(c.value), m.name(), m.sample(c.value), c.what, c.format))
		}
	}
	return r
}

// overfitPanels show the losses by epoch, and the accuracies of the evaluated weights.
func overfitPanels(all []overfitMethod) []*plot.Plot {
	training := charts.Panel("training loss", "epoch", "")
	validation := charts.Panel("validation loss", "epoch", "")
	accuracy := charts.Panel("accuracy of the evaluated weights", "", "%")
	var ticks plot.ConstantTicks
	var seen, other []float64
	var losses, heldLosses []curve
	top := 0.0
	for i, m := range all {
		held := m.all(func(r OverfitRun) []float64 { return r.ValidationLoss })
		losses = append(losses, curve{m.name(), charts.Color(i), m.all(func(r OverfitRun) []float64 { return r.Loss })})
		heldLosses = append(heldLosses, curve{m.name(), charts.Color(i), held})
		for k, r := range m.runs {
			top = max(top, r.Loss[0], min(slices.Max(held[k]), 3))
		}
		ticks = append(ticks, plot.Tick{Value: float64(i), Label: m.name()})
		seen, other = append(seen, m.sample(trainingAccuracy).mean()), append(other, m.sample(testAccuracy).mean())
	}
	draw(training, losses)
	draw(validation, heldLosses)
	for _, p := range []*plot.Plot{training, validation} {
		p.Y.Min, p.Y.Max = 0, top*1.02
		p.X.Tick.Marker = charts.WholeTicks()
	}
	charts.Bars(accuracy, []string{"training images", "test images"}, seen, other)
	accuracy.X.Tick.Marker = ticks
	charts.Slanted(accuracy)
	accuracy.X.Min, accuracy.X.Max = -0.6, float64(len(all))-0.4
	accuracy.Y.Min, accuracy.Y.Max = 50, 108
	return []*plot.Plot{training, validation, accuracy}
}
