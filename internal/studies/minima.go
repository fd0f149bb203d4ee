// SPDX-License-Identifier: MIT

package studies

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/plot"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/digits"
	"github.com/stheno-go/stheno/layers"
	"github.com/stheno-go/stheno/models"
	"github.com/stheno-go/stheno/trainers/charts"
	"github.com/stheno-go/stheno/trainers/optim"
)

// Minima trains networks of several depths and sizes from many seeds, on all digits at
// once.
type Minima struct {
	Depths     []int // hidden layers
	Parameters []int // about as many has a network
	Seeds      int   // trainings of each network, with seeds Seed, Seed+1, …
	Seed       uint64
	Steps      int
	LR         float64 // of Adam at the start; it falls to 0
	Trained    func()  // called after each training; nil for nothing
}

// MinimaSettings are what a training depends on.
type MinimaSettings struct {
	Depth int     `json:"depth"`
	LR    float64 `json:"lr"`
	Seed  uint64  `json:"seed"`
	Steps int     `json:"steps"`
	Width int     `json:"width"`
}

// endpoint is where one training ended.
type endpoint struct {
	Loss        float64 `json:"loss"`
	Gradient    float64 `json:"gradient"` // norm
	Accuracy    float64 `json:"test_accuracy"`
	Predictions []int64 `json:"taken"` // classes of the test images
}

// MinimaNet is a network with its trainings.
type MinimaNet struct {
	Depth        int       `json:"hidden_layers"`
	Width        int       `json:"width"`
	Parameters   int       `json:"parameters"`
	Losses       []float64 `json:"losses"` // sorted
	Best         float64   `json:"best"`
	Median       float64   `json:"median"`
	Worst        float64   `json:"worst"`
	Spread       float64   `json:"relative_spread"`  // standard deviation over mean
	Distance     float64   `json:"distance_to_best"` // median of the losses minus the best
	Disagreement float64   `json:"disagreement"`     // mean fraction of test images that the best network classifies differently
	Gradient     float64   `json:"gradient"`         // median of the norms
	Accuracy     float64   `json:"test_accuracy"`
	Deviation    float64   `json:"test_deviation"`
	accuracies   []float64
}

func (n MinimaNet) name() string { return fmt.Sprintf("%d x %d", n.Depth, n.Width) }

// distances returns how much larger each loss is than the best.
func (n MinimaNet) distances() sample {
	var s sample
	for _, loss := range n.Losses {
		s = append(s, loss-n.Best)
	}
	return s
}

// widthOf returns the width of the hidden layers with which a network has about n
// parameters.
func widthOf(depth, n int) int {
	best := 1
	for w := 1; w < 4096; w++ {
		if distance(weights(depth, w), n) < distance(weights(depth, best), n) {
			best = w
		}
	}
	return best
}

func distance(a, b int) int { return max(a-b, b-a) }

// layerSizes returns the sizes of the layers of a network with depth hidden ones.
func layerSizes(depth, width int) []int {
	return append(append([]int{digits.Pixels}, slices.Repeat([]int{width}, depth)...), digits.Classes)
}

// weights returns the number of parameters of such a network.
func weights(depth, width int) (n int) {
	s := layerSizes(depth, width)
	for i := range depth + 1 {
		n += (s[i] + 1) * s[i+1]
	}
	return n
}

// Run trains what is not finished.
func (m Minima) Run(ctx context.Context, store *Store) ([]MinimaNet, error) {
	train, test, err := digits.Parts()
	if err != nil {
		return nil, err
	}
	var list []MinimaNet
	for _, n := range m.Parameters {
		for _, depth := range m.Depths {
			width := widthOf(depth, n)
			var ends []endpoint
			for i := range m.Seeds {
				s := MinimaSettings{Depth: depth, LR: m.LR, Seed: m.Seed + uint64(i), Steps: m.Steps, Width: width}
				e, err := once(store, seedName(fmt.Sprintf("%dx%d", depth, width), s.Seed), s, func() (endpoint, error) {
					return s.train(ctx, train, test)
				})
				if err != nil {
					return nil, err
				}
				if m.Trained != nil {
					m.Trained()
				}
				ends = append(ends, e)
			}
			list = append(list, newMinimaNet(depth, width, ends))
		}
	}
	return list, nil
}

// ReadMinima returns what is finished in a folder.
func ReadMinima(dir string) ([]MinimaNet, MinimaSettings, error) {
	settings, ends, err := read[MinimaSettings, endpoint](dir, func(s MinimaSettings) any {
		return MinimaSettings{LR: s.LR, Steps: s.Steps}
	})
	if err != nil || len(ends) == 0 {
		return nil, MinimaSettings{}, err
	}
	type shape struct{ depth, width int }
	nets := map[shape][]endpoint{}
	for i, s := range settings {
		nets[shape{s.Depth, s.Width}] = append(nets[shape{s.Depth, s.Width}], ends[i])
	}
	var list []MinimaNet
	for s, ends := range nets {
		list = append(list, newMinimaNet(s.depth, s.width, ends))
	}
	slices.SortFunc(list, func(a, b MinimaNet) int { return cmp.Or(a.Parameters-b.Parameters, a.Depth-b.Depth) })
	for rest := list; len(rest) > 0; {
		n := 1
		for n < len(rest) && similar(rest[0], rest[n]) {
			n++
		}
		slices.SortFunc(rest[:n], func(a, b MinimaNet) int { return a.Depth - b.Depth })
		rest = rest[n:]
	}
	return list, settings[0], nil
}

// similar reports whether two networks have about the same number of parameters.
func similar(a, b MinimaNet) bool {
	return 2*max(a.Parameters, b.Parameters) < 3*min(a.Parameters, b.Parameters)
}

func newMinimaNet(depth, width int, ends []endpoint) MinimaNet {
	n := MinimaNet{Depth: depth, Width: width, Parameters: weights(depth, width)}
	slices.SortStableFunc(ends, func(a, b endpoint) int { return cmp.Compare(a.Loss, b.Loss) })
	var gradients, disagreements []float64
	for _, e := range ends {
		n.Losses, n.accuracies, gradients = append(n.Losses, e.Loss), append(n.accuracies, e.Accuracy), append(gradients, e.Gradient)
		differ := 0.
		for i, class := range e.Predictions {
			if class != ends[0].Predictions[i] {
				differ++
			}
		}
		disagreements = append(disagreements, differ/float64(len(e.Predictions)))
	}
	n.Best, n.Median, n.Worst = n.Losses[0], median(n.Losses), n.Losses[len(ends)-1]
	n.Distance, n.Gradient = n.Median-n.Best, median(gradients)
	n.Accuracy = stat.Mean(n.accuracies, nil)
	if len(ends) > 1 {
		n.Spread = stat.StdDev(n.Losses, nil) / stat.Mean(n.Losses, nil)
		n.Deviation = stat.StdDev(n.accuracies, nil)
		n.Disagreement = stat.Mean(disagreements[1:], nil)
	}
	return n
}

func median(x []float64) float64 {
	x = slices.Sorted(slices.Values(x))
	n := len(x)
	return (x[(n-1)/2] + x[n/2]) / 2
}

// train follows the gradient of the loss of all training images.
func (s MinimaSettings) train(ctx context.Context, train, test digits.Part) (e endpoint, err error) {
	stheno.Seed(s.Seed)
	net := models.NewMLP(layers.Tanh{}, layerSizes(s.Depth, s.Width)...)
	opt := optim.NewAdam(stheno.Parameters(net), s.LR, optim.AdamConfig{})
	schedule := optim.Cosine(s.Steps)
	x, y := variables(train.Images, train.Labels)
	for step := range s.Steps {
		if step%50 == 0 && ctx.Err() != nil {
			return e, ctx.Err()
		}
		optim.Apply(opt, schedule, step, 1)
		if e.Loss, err = differentiate(net, x, y); err != nil {
			return e, err
		}
		if err := opt.Step(); err != nil {
			return e, err
		}
	}
	if e.Loss, err = differentiate(net, x, y); err != nil {
		return e, err
	}
	for _, p := range stheno.Parameters(net) {
		norm, err := p.Grad().Norm(2).Item()
		if err != nil {
			return e, err
		}
		e.Gradient = math.Hypot(e.Gradient, norm)
	}
	x, _ = variables(test.Images, test.Labels)
	if e.Predictions, err = stheno.Values[int64](stheno.Call(net, x).ArgMax(1)); err != nil {
		return e, err
	}
	for i, class := range e.Predictions {
		if class == test.Labels[i] {
			e.Accuracy += 1 / float64(test.Len())
		}
	}
	return e, nil
}

// variables returns digits of shape (N,64) and their classes.
func variables(images []float32, labels []int64) (x, y *stheno.Variable) {
	n := len(labels)
	return stheno.FromTensor(stheno.TensorOf(images, n, digits.Pixels)), stheno.FromTensor(stheno.TensorOf(labels, n))
}

// differentiate returns the loss and leaves its gradient in the parameters.
func differentiate(net stheno.Module, x, y *stheno.Variable) (float64, error) {
	stheno.ZeroGrad(net)
	loss := layers.CrossEntropyLoss{}.Forward(stheno.Call(net, x), y)
	if err := loss.Backward(); err != nil {
		return 0, err
	}
	return loss.Item()
}

// converged is the norm of the gradient up to which a network counts as near a minimum.
const converged = 1e-2

// MinimaReport compares networks of one size by depth, and of one depth by size.
func MinimaReport(list []MinimaNet) Report {
	t := Table{Head: []string{"hidden layers x width", "parameters", "seeds", "best loss", "median", "worst", "deviation/mean", "median distance to the best", "disagreement, %", "gradient", "test accuracy, %"}}
	r := Report{Panels: minimaPanels(list)}
	for _, n := range list {
		t.Rows = append(t.Rows, []string{
			n.name(), thousands(n.Parameters), fmt.Sprint(len(n.Losses)), fmt.Sprintf("%.2e", n.Best), fmt.Sprintf("%.2e", n.Median), fmt.Sprintf("%.2e", n.Worst),
			fmt.Sprintf("%.2f", n.Spread), fmt.Sprintf("%.2e", n.Distance), fmt.Sprintf("%.1f", 100*n.Disagreement), fmt.Sprintf("%.1e", n.Gradient),
			fmt.Sprintf("%.2f ± %.2f", 100*n.Accuracy, 100*n.Deviation),
		})
		if n.Gradient > converged {
			r.Verdict = append(r.Verdict, fmt.Sprintf("%s has not converged: the median norm of its gradient is %.1e", n.name(), n.Gradient))
		}
	}
	r.Tables = []Table{t}
	shallowest := map[int]MinimaNet{} // by index of a net of the same size
	for i, n := range list {
		k := slices.IndexFunc(list, func(o MinimaNet) bool { return similar(o, n) })
		if k == i {
			shallowest[k] = n
			continue
		}
		r.Verdict = append(r.Verdict, minimaVerdict(shallowest[k], n))
	}
	for i, n := range list {
		for _, o := range list[:i] {
			if o.Depth == n.Depth && !similar(o, n) {
				r.Verdict = append(r.Verdict, minimaVerdict(o, n))
				break
			}
		}
	}
	return r
}

// minimaVerdict compares b, the deeper or larger network, with a.
func minimaVerdict(a, b MinimaNet) string {
	w := words{"ends closer to the best of its seeds than", "ends farther from the best of its seeds than", "ends neither closer to nor farther from the best of its seeds than"}
	return w.sentence(a.name(), a.distances(), b.name(), b.distances(), "mean distance", "%.1e")
}

// minimaPanels show each training as a point, networks side by side.
func minimaPanels(list []MinimaNet) []*plot.Plot {
	losses := charts.Panel("final training loss of each seed", "hidden layers x width", "log10 of the loss")
	distances := charts.Panel("distance to the best seed", "hidden layers x width", "log10 of loss minus best loss")
	accuracies := charts.Panel("test accuracy of each seed", "hidden layers x width", "%")
	var ticks plot.ConstantTicks
	for i, n := range list {
		c := charts.Color(slices.IndexFunc(list, func(o MinimaNet) bool { return o.Depth == n.Depth }))
		var x, dx, l, d, a []float64
		for k, loss := range n.Losses {
			at := float64(i) + 0.5*(float64(k)+0.5)/float64(len(n.Losses)) - 0.25
			x, l, a = append(x, at), append(l, math.Log10(loss)), append(a, 100*n.accuracies[k])
			if loss > n.Best {
				dx, d = append(dx, at), append(d, math.Log10(loss-n.Best))
			}
		}
		charts.Scatter(losses, "", x, l, c)
		charts.Scatter(distances, "", dx, d, c)
		charts.Scatter(accuracies, "", x, a, c)
		at := []float64{float64(i) - 0.35, float64(i) + 0.35}
		charts.Line(losses, "", at, slices.Repeat([]float64{math.Log10(n.Median)}, 2), c)
		if n.Distance > 0 {
			charts.Line(distances, "", at, slices.Repeat([]float64{math.Log10(n.Distance)}, 2), c)
		}
		charts.Line(accuracies, "", at, slices.Repeat([]float64{100 * median(n.accuracies)}, 2), c)
		ticks = append(ticks, plot.Tick{Value: float64(i), Label: n.name()})
	}
	panels := []*plot.Plot{losses, distances, accuracies}
	for _, p := range panels {
		p.X.Tick.Marker = ticks
		p.X.Min, p.X.Max = -0.6, float64(len(list))-0.4
	}
	return panels
}
