// SPDX-License-Identifier: MIT

package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/plot"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/digits"
	"github.com/stheno-go/stheno/layers"
	"github.com/stheno-go/stheno/models"
	"github.com/stheno-go/stheno/trainers/charts"
	"github.com/stheno-go/stheno/trainers/optim"
)

type minima struct {
	studyFlags
	depths     []int
	parameters []int
	seeds      int
	steps      int
	lr         float64
}

// minimum is where one seed ended.
type minimum struct {
	Loss     float64 `json:"loss"`
	Gradient float64 `json:"gradient"` // norm at the end: small at a minimum
	Accuracy float64 `json:"test_accuracy"`
	Taken    []int64 `json:"taken"` // classes that the test images were taken for
}

// valley is all seeds of one net.
type valley struct {
	Depth      int       `json:"hidden_layers"`
	Width      int       `json:"width"`
	Parameters int       `json:"parameters"`
	Losses     []float64 `json:"losses"` // sorted
	Best       float64   `json:"best"`
	Median     float64   `json:"median"`
	Worst      float64   `json:"worst"`
	Spread     float64   `json:"relative_spread"`  // standard deviation over mean
	Distance   float64   `json:"distance_to_best"` // median of loss less best loss
	Differ     float64   `json:"disagreement"`     // mean part of test images that the best net takes for another class
	Gradient   float64   `json:"gradient"`         // median
	Accuracy   float64   `json:"test_accuracy"`
	Deviation  float64   `json:"test_deviation"`
	accuracies []float64
}

func minimaCommand() *cobra.Command {
	var o minima
	cmd := &cobra.Command{
		Use:   "minima",
		Short: "Where nets of several depths end from many seeds",
		Long: `Train nets of several depths and sizes from many seeds, on all digits at once, until
the loss moves no more, and compare where they end: the spread of the final losses and
their distance to the best.

The claim to test: local minima are a worry for small and shallow nets, while those of
large and deep ones are nearly all as good as the best. Nets that are compared have about
the same number of parameters. The norm of the gradient at the end tells how close to a
minimum a net is. What is finished is kept: more --seeds add to it.`,
		Example: `  stheno study minima --quick
  stheno study minima --seeds 100 --depths 1,3,10 --parameters 500,5000`,
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
	o.add(cmd, "minutes: fewer seeds and steps")
	f := cmd.Flags()
	f.IntSliceVar(&o.depths, "depths", []int{1, 2, 4, 8}, "hidden layers of the nets")
	f.IntSliceVar(&o.parameters, "parameters", []int{700, 7000}, "sizes of the nets, about")
	positiveVar(f, &o.seeds, "seeds", 0, "trainings of each net (default 50, quick 8)")
	positiveVar(f, &o.steps, "steps", 0, "steps of a training (default 5000, quick 600)")
	f.Float64Var(&o.lr, "lr", 0.01, "learning rate of Adam at the start; it falls to 0")
	return cmd
}

// width returns that of the hidden layers with which a net has about n parameters.
func width(depth, n int) int {
	best := 1
	for w := 1; w < 4096; w++ {
		if abs(weights(depth, w)-n) < abs(weights(depth, best)-n) {
			best = w
		}
	}
	return best
}

// sizes returns the layers of a net with hidden ones of one width.
func sizes(depth, width int) []int {
	return append(append([]int{digits.Pixels}, slices.Repeat([]int{width}, depth)...), digits.Classes)
}

// weights returns the number of parameters of such a net.
func weights(depth, width int) (n int) {
	s := sizes(depth, width)
	for i := range depth + 1 {
		n += (s[i] + 1) * s[i+1]
	}
	return n
}

func abs(x int) int { return max(x, -x) }

func (o *minima) run(ctx context.Context) error {
	if !(o.lr > 0) || len(o.depths) == 0 || len(o.parameters) == 0 || slices.Min(o.depths) < 1 || slices.Min(o.parameters) < 1 {
		return usagef("the rate %g, depths %v and parameters %v must be positive", o.lr, o.depths, o.parameters)
	}
	seeds, steps := 50, 5000
	if o.quick {
		seeds, steps = 8, 600
	}
	o.seeds, o.steps = or(o.seeds, seeds), or(o.steps, steps)
	train, test, err := loadDigits()
	if err != nil {
		return err
	}
	bar := progress(len(o.depths)*len(o.parameters)*o.seeds, "seeds")
	var list []valley
	for _, n := range o.parameters {
		for _, depth := range o.depths {
			v, err := o.explore(ctx, depth, width(depth, n), train, test, func() { _ = bar.Add(1) })
			if err != nil {
				if ctx.Err() != nil {
					fmt.Fprintln(o.log, "\nwhat is finished is kept; the same command goes on")
				}
				return err
			}
			list = append(list, v)
		}
	}
	_ = bar.Finish()
	savePicture(o.log, o.picture(), minimaPanels(list)...)
	if o.json {
		return printJSON(o.w, list)
	}
	fmt.Fprintf(o.w, "\n%d seeds a net, %d steps over all digits\n\n", o.seeds, o.steps)
	fmt.Fprintf(o.w, "%-8s %6s | %9s %9s %9s %8s | %9s %9s | %9s | %s\n", "hidden", "params", "best", "median", "worst", "std/mean", "distance", "disagree", "gradient", "test accuracy")
	for _, v := range list {
		fmt.Fprintf(o.w, "%-8s %6d | %9.2e %9.2e %9.2e %8.2f | %9.2e %8.1f%% | %9.1e | %.2f %% +- %.2f\n",
			v.name(), v.Parameters, v.Best, v.Median, v.Worst, v.Spread, v.Distance, 100*v.Differ, v.Gradient, 100*v.Accuracy, 100*v.Deviation)
	}
	fmt.Fprint(o.w, o.verdict(list))
	return nil
}

func (v valley) name() string { return fmt.Sprintf("%d x %d", v.Depth, v.Width) }

// settled is the norm of the gradient up to which a net counts as near a minimum.
const settled = 1e-2

// verdict compares nets of one size by depth, and of one depth by size.
func (o *minima) verdict(list []valley) string {
	var text strings.Builder
	fmt.Fprintln(&text)
	for _, v := range list {
		if v.Gradient > settled {
			fmt.Fprintf(&text, "%s has not settled, its gradient is %.1e: more --steps would tell more\n", v.name(), v.Gradient)
		}
	}
	at := func(parameters, depth int) valley { return list[parameters*len(o.depths)+depth] }
	for i := range o.parameters {
		for k := 1; k < len(o.depths); k++ {
			compare(&text, at(i, 0), at(i, k))
		}
	}
	for k := range o.depths {
		for i := 1; i < len(o.parameters); i++ {
			compare(&text, at(0, k), at(i, k))
		}
	}
	return text.String()
}

// compare tells which of two nets ends nearer to its best, b being the deeper or larger.
func compare(w io.Writer, a, b valley) {
	verdict := "closer to"
	if b.Distance >= a.Distance {
		verdict = "no closer to"
	}
	fmt.Fprintf(w, "%-7s ends %s its best than %s: median distance %.1e against %.1e, std/mean %.2f against %.2f\n",
		b.name(), verdict, a.name(), b.Distance, a.Distance, b.Spread, a.Spread)
}

// explore trains a net from all seeds.
func (o *minima) explore(ctx context.Context, depth, width int, train, test split, done func()) (valley, error) {
	v := valley{Depth: depth, Width: width, Parameters: weights(depth, width)}
	var all []minimum
	for i := range o.seeds {
		seed := o.seed + uint64(i)
		settings := map[string]any{"depth": depth, "width": width, "steps": o.steps, "lr": o.lr, "seed": seed}
		m, err := kept(&o.studyFlags, fmt.Sprintf("%dx%d/seed-%d", depth, width, seed), settings, func() (minimum, error) {
			return descend(ctx, sizes(depth, width), o.steps, o.lr, seed, train, test)
		})
		if err != nil {
			return v, err
		}
		done()
		all = append(all, m)
	}
	slices.SortFunc(all, func(a, b minimum) int {
		if a.Loss < b.Loss {
			return -1
		}
		return 1
	})
	var gradients, differ []float64
	for _, m := range all {
		v.Losses, v.accuracies, gradients = append(v.Losses, m.Loss), append(v.accuracies, m.Accuracy), append(gradients, m.Gradient)
		n := 0.
		for i, class := range m.Taken {
			if class != all[0].Taken[i] {
				n++
			}
		}
		differ = append(differ, n/float64(len(m.Taken)))
	}
	n := len(all)
	v.Best, v.Median, v.Worst = v.Losses[0], median(v.Losses), v.Losses[n-1]
	v.Distance, v.Gradient = v.Median-v.Best, median(gradients)
	v.Accuracy = stat.Mean(v.accuracies, nil)
	if n > 1 {
		v.Spread = stat.StdDev(v.Losses, nil) / stat.Mean(v.Losses, nil)
		v.Deviation = stat.StdDev(v.accuracies, nil)
		v.Differ = stat.Mean(differ[1:], nil)
	}
	return v, nil
}

func median(x []float64) float64 {
	x = slices.Sorted(slices.Values(x))
	n := len(x)
	return (x[(n-1)/2] + x[n/2]) / 2
}

// descend goes downhill on the loss of all training images at once.
func descend(ctx context.Context, sizes []int, steps int, lr float64, seed uint64, train, test split) (m minimum, err error) {
	stheno.Seed(seed)
	net := models.NewMLP(layers.Tanh{}, sizes...)
	opt := optim.NewAdam(stheno.Parameters(net), lr, optim.AdamConfig{})
	schedule := optim.Cosine(steps)
	x, y := train.all()
	for step := range steps {
		if step%50 == 0 && ctx.Err() != nil {
			return m, ctx.Err()
		}
		optim.Apply(opt, schedule, step, 1)
		if m.Loss, err = slope(net, x, y); err != nil {
			return m, err
		}
		if err := opt.Step(); err != nil {
			return m, err
		}
	}
	if m.Loss, err = slope(net, x, y); err != nil {
		return m, err
	}
	for _, p := range stheno.Parameters(net) {
		norm, err := p.Grad().Norm(2).Item()
		if err != nil {
			return m, err
		}
		m.Gradient = math.Hypot(m.Gradient, norm)
	}
	x, _ = test.all()
	if m.Taken, err = stheno.Values[int64](stheno.Call(net, x).ArgMax(1)); err != nil {
		return m, err
	}
	for i, class := range m.Taken {
		if class == test.labels[i] {
			m.Accuracy += 1 / float64(test.len())
		}
	}
	return m, nil
}

// slope returns the loss and leaves its gradient in the parameters.
func slope(net stheno.Module, x, y *stheno.Variable) (float64, error) {
	stheno.ZeroGrad(net)
	loss := layers.CrossEntropyLoss{}.Forward(stheno.Call(net, x), y)
	if err := loss.Backward(); err != nil {
		return 0, err
	}
	return loss.Item()
}

// minimaPanels show each seed as a point, nets side by side.
func minimaPanels(list []valley) []*plot.Plot {
	losses := charts.Panel("final training loss of each seed", "hidden layers x width", "log10 of the loss")
	far := charts.Panel("distance to the best seed", "hidden layers x width", "log10 of loss less best loss")
	right := charts.Panel("test accuracy of each seed", "hidden layers x width", "%")
	var ticks plot.ConstantTicks
	for i, v := range list {
		c := charts.Color(slices.IndexFunc(list, func(o valley) bool { return o.Depth == v.Depth }))
		var x, dx, l, d, a []float64
		for k, loss := range v.Losses {
			at := float64(i) + 0.5*(float64(k)+0.5)/float64(len(v.Losses)) - 0.25
			x, l, a = append(x, at), append(l, math.Log10(loss)), append(a, 100*v.accuracies[k])
			if loss > v.Best {
				dx, d = append(dx, at), append(d, math.Log10(loss-v.Best))
			}
		}
		charts.Scatter(losses, "", x, l, c)
		charts.Scatter(far, "", dx, d, c)
		charts.Scatter(right, "", x, a, c)
		at := []float64{float64(i) - 0.35, float64(i) + 0.35}
		charts.Line(losses, "", at, slices.Repeat([]float64{math.Log10(v.Median)}, 2), c)
		if v.Distance > 0 {
			charts.Line(far, "", at, slices.Repeat([]float64{math.Log10(v.Distance)}, 2), c)
		}
		charts.Line(right, "", at, slices.Repeat([]float64{100 * median(v.accuracies)}, 2), c)
		ticks = append(ticks, plot.Tick{Value: float64(i), Label: v.name()})
	}
	panels := []*plot.Plot{losses, far, right}
	for _, p := range panels {
		p.X.Tick.Marker = ticks
		p.X.Min, p.X.Max = -0.6, float64(len(list))-0.4
	}
	return panels
}
