// SPDX-License-Identifier: MIT

package studies

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
	"gonum.org/v1/plot"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/digits"
	"github.com/stheno-go/stheno/layers"
	"github.com/stheno-go/stheno/trainers/charts"
)

// Sigmoid trains one deep network with several activations.
type Sigmoid struct {
	SigmoidSettings
	Seeds   int    // trainings of each network, with seeds Seed, Seed+1, …
	Trained func() // called after each training; nil for nothing
}

// SigmoidSettings are what a training depends on.
type SigmoidSettings struct {
	Activation string `json:"activation"`
	Depth      int    `json:"depth"` // hidden layers
	Epochs     int    `json:"epochs"`
	Seed       uint64 `json:"seed"`
}

// SigmoidRun is one training. Gradients are the norms of the gradients of the weights of the
// hidden layers, first to last; means are those of their activations.
type SigmoidRun struct {
	Activation   string    `json:"activation"`
	Seed         uint64    `json:"seed"`
	Gradients    []float64 `json:"gradients"` // before training
	Means        []float64 `json:"means"`     // before training
	EndGradients []float64 `json:"end_gradients"`
	Loss         float64   `json:"training_loss"` // of the last epoch
}

// activation is a module with the gain that the weights before it are initialized with
// (torch.nn.init.calculate_gain, where that has one).
type activation struct {
	stheno.Module
	gain float64
}

var (
	sigmoid = activation{layers.Sigmoid{}, 1}
	relu    = activation{layers.ReLU{}, math.Sqrt2}
)

// activations are what the layers of a network take in turn.
var activations = []struct {
	name string
	of   []activation
}{
	{"sigmoid", []activation{sigmoid}},
	{"tanh", []activation{{layers.Tanh{}, 5. / 3}}},
	{"relu", []activation{relu}},
	{"leaky relu", []activation{{layers.LeakyReLU{}, math.Sqrt2}}},
	{"elu", []activation{{layers.ELU{}, 1.25}}},
	{"gelu", []activation{{layers.GELU{}, math.Sqrt2}}},
	{"softsign", []activation{{layers.Softsign{}, 1.5}}},
	{"relu, sigmoid", []activation{relu, sigmoid}},
}

// Activations returns the number of networks.
func (s Sigmoid) Activations() int { return len(activations) }

// Run trains what is not finished.
func (s Sigmoid) Run(ctx context.Context, store *Store) ([]SigmoidRun, error) {
	train, _, err := digits.Parts()
	if err != nil {
		return nil, err
	}
	var list []SigmoidRun
	for _, a := range activations {
		for i := range s.Seeds {
			one := s.SigmoidSettings
			one.Activation, one.Seed = a.name, s.Seed+uint64(i)
			r, err := once(store, seedName(a.name, one.Seed), one, func() (SigmoidRun, error) { return one.train(ctx, a.of, train) })
			if err != nil {
				return nil, err
			}
			if s.Trained != nil {
				s.Trained()
			}
			list = append(list, r)
		}
	}
	return list, nil
}

func (s SigmoidSettings) train(ctx context.Context, of []activation, train digits.Part) (r SigmoidRun, err error) {
	const width = 64
	stheno.Seed(s.Seed)
	net := newObservedMLP(of, layerSizes(s.Depth, width))
	r = SigmoidRun{Activation: s.Activation, Seed: s.Seed}
	if r.Gradients, r.Means, err = net.observe(train); err != nil {
		return r, err
	}
	if r.Loss, err = net.train(ctx, train, s.Epochs, s.Seed); err != nil {
		return r, err
	}
	r.EndGradients, _, err = net.observe(train)
	return r, err
}

// ReadSigmoid returns what is finished in a folder.
func ReadSigmoid(dir string) ([]SigmoidRun, SigmoidSettings, error) {
	settings, list, err := read[SigmoidSettings, SigmoidRun](dir, func(s SigmoidSettings) any {
		return SigmoidSettings{Depth: s.Depth, Epochs: s.Epochs}
	})
	if err != nil || len(list) == 0 {
		return nil, SigmoidSettings{}, err
	}
	place := func(r SigmoidRun) int {
		for i, a := range activations {
			if a.name == r.Activation {
				return i
			}
		}
		return len(activations)
	}
	slices.SortStableFunc(list, func(a, b SigmoidRun) int { return place(a) - place(b) })
	return list, settings[0], nil
}

// sigmoidNet is a network with its trainings.
type sigmoidNet struct{ runs []SigmoidRun }

func (n sigmoidNet) name() string { return n.runs[0].Activation }

func (n sigmoidNet) sample(value func(SigmoidRun) float64) (s sample) {
	for _, r := range n.runs {
		s = append(s, value(r))
	}
	return s
}

// logRatio returns log10 of the gradient of the first layer over that of the last.
func logRatio(r SigmoidRun) float64 {
	return math.Log10(r.Gradients[0] / r.Gradients[len(r.Gradients)-1])
}
func meanActivation(r SigmoidRun) float64 { return stat.Mean(r.Means, nil) }
func lastLoss(r SigmoidRun) float64       { return r.Loss }

// SigmoidReport says of each activation whether its gradients vanish, whether its outputs
// are centered and whether its network learns.
func SigmoidReport(list []SigmoidRun) Report {
	var nets []sigmoidNet
	for _, r := range list {
		if n := len(nets); n == 0 || nets[n-1].name() != r.Activation {
			nets = append(nets, sigmoidNet{})
		}
		nets[len(nets)-1].runs = append(nets[len(nets)-1].runs, r)
	}
	t := Table{Head: []string{"activation", "seeds", "log10 of the gradient, first/last layer", "mean activation", "training loss"}}
	r := Report{Panels: sigmoidPanels(nets)}
	for _, n := range nets {
		t.Rows = append(t.Rows, []string{
			n.name(), fmt.Sprint(len(n.runs)), n.sample(logRatio).text("%+.2f"), n.sample(meanActivation).text("%+.3f"), n.sample(lastLoss).text("%.3f"),
		})
		r.Verdict = append(r.Verdict, sigmoidVerdict(n.name(), n.sample(logRatio), n.sample(meanActivation), n.sample(lastLoss)))
	}
	r.Tables = []Table{t}
	return r
}

// The limits of the verdict.
const (
	factor   = 1.0 // log10: gradients of the first and the last layer that differ by more do not keep their size
	centered = 0.1 // mean activations that are farther from 0 are not centered
)

// guess is the loss of a network that gives all classes the same probability.
var guess = math.Log(digits.Classes)

// SigmoidRule says what the verdict means.
var SigmoidRule = fmt.Sprintf("Gradients vanish or explode if the first and the last layer differ by more than a factor of %g; outputs are centered if their mean is within ±%g; "+
	"a network learns if its loss is less than %.2f, 9/10 of that of guessing. With several seeds the 95 %% interval of the mean must be on one side of the limit.", math.Pow(10, factor), centered, 0.9*guess)

func sigmoidVerdict(name string, ratio, mean, loss sample) string {
	gradients := "it cannot be told whether gradients keep their size"
	switch {
	case ratio.below(-factor):
		gradients = "gradients vanish toward the first layer"
	case ratio.above(factor):
		gradients = "gradients explode toward the first layer"
	case ratio.above(-factor) && ratio.below(factor):
		gradients = "gradients keep their size"
	}
	outputs := "it cannot be told whether outputs are centered"
	switch {
	case mean.above(-centered) && mean.below(centered):
		outputs = "outputs are centered"
	case mean.above(centered), mean.below(-centered):
		outputs = "outputs are not centered"
	}
	learns := "it cannot be told whether the network learns"
	switch {
	case slices.ContainsFunc(loss, math.IsNaN):
		learns = "the network was not trained"
	case loss.below(0.9 * guess):
		learns = "the network learns"
	case loss.above(0.9 * guess):
		learns = "the network does not learn"
	}
	text := fmt.Sprintf("%s: %s, %s, %s", name, gradients, outputs, learns)
	if len(ratio) == 1 {
		text += "; one seed cannot tell how these vary"
	}
	return text
}

// above reports whether the 95 % interval of the mean is above x; of one number, whether it
// is.
func (s sample) above(x float64) bool { return s.mean()-s.interval() > x }

// below reports whether the 95 % interval of the mean is below x; of one number, whether it
// is.
func (s sample) below(x float64) bool { return s.mean()+s.interval() < x }

// interval returns half the length of the 95 % interval of the mean, by Student's t.
func (s sample) interval() float64 {
	n := float64(len(s))
	if n < 2 {
		return 0
	}
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: n - 1}.Quantile(1-level/2) * s.deviation() / math.Sqrt(n)
}

func sigmoidPanels(nets []sigmoidNet) []*plot.Plot {
	panels := []*plot.Plot{
		charts.Panel("gradient norm before training", "layer", "log10"), charts.Panel("mean activation before training", "layer", ""),
		charts.Panel("gradient norm after training", "layer", "log10"),
	}
	depth := 0
	lists := make([][]curve, len(panels))
	for i, n := range nets {
		for k, values := range []func(SigmoidRun) []float64{
			func(r SigmoidRun) []float64 { return logs(r.Gradients) }, func(r SigmoidRun) []float64 { return r.Means },
			func(r SigmoidRun) []float64 { return logs(r.EndGradients) },
		} {
			var all [][]float64
			for _, r := range n.runs {
				all = append(all, values(r))
			}
			depth = len(all[0])
			lists[k] = append(lists[k], curve{n.name(), charts.Color(i), all})
		}
	}
	var ticks plot.ConstantTicks
	for i := range depth {
		ticks = append(ticks, plot.Tick{Value: number(i), Label: fmt.Sprint(i + 1)})
	}
	for k, p := range panels { // the curves reach the right edge: this is room for the legend
		draw(p, lists[k])
		p.X.Tick.Marker, p.X.Max = ticks, 1+1.5*float64(depth-1)
	}
	return panels
}

func logs(x []float64) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = math.Log10(v)
	}
	return y
}
