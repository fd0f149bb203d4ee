// SPDX-License-Identifier: MIT

package studies

import (
	"context"
	"fmt"
	"slices"

	"gonum.org/v1/plot"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/datasets"
	"github.com/stheno-go/stheno/layers"
	"github.com/stheno-go/stheno/models"
	"github.com/stheno-go/stheno/trainers"
	"github.com/stheno-go/stheno/trainers/charts"
	"github.com/stheno-go/stheno/trainers/metrics"
	"github.com/stheno-go/stheno/trainers/optim"
)

// Degradation trains plain and residual networks of several depths in the same way
// (He et al., 2015, section 4.2).
type Degradation struct {
	DegradationSettings
	Depths   []int
	Seeds    int // trainings of each network, with seeds Seed, Seed+1, …
	Channels int
	Classes  int
	Schedule optim.Schedule
	Workers  *int
	// Images returns the images to train on and to test on.
	Images func(seed uint64) (train, test datasets.Dataset, err error)
}

// DegradationSettings are what a training depends on.
type DegradationSettings struct {
	Data      string
	Depth     int
	Residual  bool
	Epochs    int
	MaxImages int `json:"Images"`
	Size      int
	Batch     int
	LR        float64
	Seed      uint64
}

func (s DegradationSettings) name() string {
	if s.Residual {
		return fmt.Sprintf("resnet-%d", s.Depth)
	}
	return fmt.Sprintf("plain-%d", s.Depth)
}

// DegradationRun is one training, by epoch.
type DegradationRun struct {
	Net        string    `json:"net"`
	Seed       uint64    `json:"seed"`
	Depth      int       `json:"depth"`
	Residual   bool      `json:"residual"`
	Parameters int       `json:"parameters"`
	Loss       []float64 `json:"training_loss"`
	Error      []float64 `json:"training_error"`
	TestError  []float64 `json:"test_error"`
	Seconds    float64   `json:"seconds"`
}

// Check returns an error for a depth that has no network.
func (d Degradation) Check() error {
	for _, depth := range d.Depths {
		for _, plain := range []bool{true, false} {
			if err := models.NewCIFARResNet(depth, models.CIFARConfig{Classes: d.Classes, Channels: d.Channels, Plain: plain}).Check(); err != nil {
				return err
			}
		}
	}
	return nil
}

// Run trains what is not finished.
func (d Degradation) Run(ctx context.Context, store *Store) ([]DegradationRun, error) {
	var list []DegradationRun
	for i := range d.Seeds {
		for _, residual := range []bool{false, true} {
			for _, depth := range d.Depths {
				s := d.DegradationSettings
				s.Depth, s.Residual, s.Seed = depth, residual, d.Seed+uint64(i)
				r, err := once(store, seedName(s.name(), s.Seed), s, func() (DegradationRun, error) { return d.train(ctx, store, s) })
				if err != nil {
					return nil, err
				}
				r.Seed = s.Seed
				list = append(list, r)
			}
		}
	}
	return list, nil
}

func (d Degradation) train(ctx context.Context, store *Store, s DegradationSettings) (r DegradationRun, err error) {
	train, test, err := d.Images(s.Seed)
	if err != nil {
		return r, err
	}
	stheno.Seed(s.Seed)
	net := models.NewCIFARResNet(s.Depth, models.CIFARConfig{Classes: d.Classes, Channels: d.Channels, Plain: !s.Residual})
	t := &trainers.Trainer{
		Model: net, Loss: layers.CrossEntropyLoss{}, Epochs: s.Epochs, Schedule: d.Schedule, EveryStep: true,
		Optimizer: optim.NewSGD(stheno.Parameters(net), s.LR, optim.SGDConfig{Momentum: 0.9, WeightDecay: 1e-4, Nesterov: true}),
		Metrics:   []metrics.Metric{metrics.TopK(1)},
	}
	h, err := store.fit(ctx, seedName(s.name(), s.Seed), s, t, trainers.CheckpointConfig{},
		&datasets.Loader{Dataset: train, BatchSize: s.Batch, Shuffle: true, DropLast: train.Len() >= s.Batch, Workers: d.Workers, Seed: s.Seed},
		&datasets.Loader{Dataset: test, BatchSize: s.Batch, Workers: d.Workers})
	if err != nil {
		return r, err
	}
	r = DegradationRun{Net: s.name(), Depth: s.Depth, Residual: s.Residual}
	for _, p := range stheno.Parameters(net) {
		r.Parameters += p.Size()
	}
	for _, e := range h.Epochs {
		r.Loss = append(r.Loss, e.Metrics["loss"])
		r.Error = append(r.Error, 1-e.Metrics["top1"])
		r.TestError = append(r.TestError, 1-e.Metrics["val_top1"])
		r.Seconds += e.Seconds
	}
	return r, nil
}

// ReadDegradation returns what is finished in a folder.
func ReadDegradation(dir string) ([]DegradationRun, DegradationSettings, error) {
	settings, list, err := read[DegradationSettings, DegradationRun](dir, func(s DegradationSettings) any {
		s.Depth, s.Residual, s.Seed = 0, false, 0
		return s
	})
	if err != nil || len(list) == 0 {
		return nil, DegradationSettings{}, err
	}
	for i := range list {
		list[i].Seed = settings[i].Seed
	}
	slices.SortStableFunc(list, func(a, b DegradationRun) int {
		switch {
		case a.Residual == b.Residual:
			return a.Depth - b.Depth
		case b.Residual:
			return -1
		}
		return 1
	})
	return list, settings[0], nil
}

// degradationNet is a network with its trainings.
type degradationNet struct{ runs []DegradationRun }

func (n degradationNet) last(values func(DegradationRun) []float64) (s sample) {
	for _, r := range n.runs {
		v := values(r)
		s = append(s, v[len(v)-1])
	}
	return s
}

func (n degradationNet) all(values func(DegradationRun) []float64) (list [][]float64) {
	for _, r := range n.runs {
		list = append(list, values(r))
	}
	return list
}

func trainingLoss(r DegradationRun) []float64  { return r.Loss }
func trainingError(r DegradationRun) []float64 { return percent(r.Error) }
func testError(r DegradationRun) []float64     { return percent(r.TestError) }

func percent(x []float64) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = 100 * v
	}
	return y
}

// DegradationReport compares the networks by their training loss.
func DegradationReport(list []DegradationRun) Report {
	var nets []degradationNet
	for _, r := range list {
		i := slices.IndexFunc(nets, func(n degradationNet) bool { return n.runs[0].Net == r.Net })
		if i < 0 {
			nets, i = append(nets, degradationNet{}), len(nets)
		}
		nets[i].runs = append(nets[i].runs, r)
	}
	t := Table{Head: []string{"network", "parameters", "seeds", "training loss", "training error, %", "test error, %", "seconds"}}
	for _, n := range nets {
		var seconds sample
		for _, r := range n.runs {
			seconds = append(seconds, r.Seconds)
		}
		t.Rows = append(t.Rows, []string{
			n.runs[0].Net, thousands(n.runs[0].Parameters), fmt.Sprint(len(n.runs)), n.last(trainingLoss).text("%.4f"),
			n.last(trainingError).text("%.2f"), n.last(testError).text("%.2f"), fmt.Sprintf("%.0f", seconds.mean()),
		})
	}
	r := Report{Tables: []Table{t}, Panels: degradationPanels(nets)}
	for _, residual := range []bool{false, true} {
		r.Verdict = append(r.Verdict, degradationVerdict(nets, residual))
	}
	return r
}

// degradationVerdict compares the deepest network of a kind with the shallowest.
func degradationVerdict(nets []degradationNet, residual bool) string {
	kind := "plain"
	if residual {
		kind = "residual"
	}
	var shallow, deep degradationNet
	for _, n := range nets {
		if n.runs[0].Residual != residual {
			continue
		}
		if shallow.runs == nil || n.runs[0].Depth < shallow.runs[0].Depth {
			shallow = n
		}
		if deep.runs == nil || n.runs[0].Depth > deep.runs[0].Depth {
			deep = n
		}
	}
	if shallow.runs == nil || shallow.runs[0].Depth == deep.runs[0].Depth {
		return fmt.Sprintf("%s networks: two depths must be finished to compare", kind)
	}
	return words{"trains better than", "trains worse than", "trains no differently than"}.sentence(
		shallow.runs[0].Net, shallow.last(trainingLoss), deep.runs[0].Net, deep.last(trainingLoss), "training loss", "%.4f")
}

// degradationPanels are those of the paper: plain networks beside residual ones.
func degradationPanels(nets []degradationNet) []*plot.Plot {
	var panels []*plot.Plot
	for _, y := range []struct {
		label  string
		values func(DegradationRun) []float64
	}{{"training loss", trainingLoss}, {"test error, %", testError}} {
		highest := 0.0
		pair := []*plot.Plot{charts.Panel("plain networks", "epoch", y.label), charts.Panel("residual networks", "epoch", y.label)}
		var lists [2][]curve
		for _, n := range nets {
			k := 0
			if n.runs[0].Residual {
				k = 1
			}
			lists[k] = append(lists[k], curve{n.runs[0].Net, charts.Color(len(lists[k])), n.all(y.values)})
			for _, v := range n.all(y.values) {
				highest = max(highest, slices.Max(v))
			}
		}
		for k, p := range pair {
			draw(p, lists[k])
			p.Y.Min, p.Y.Max = 0, highest*1.25 // room for the legend
			p.X.Tick.Marker = charts.WholeTicks()
		}
		panels = append(panels, pair...)
	}
	return panels
}
