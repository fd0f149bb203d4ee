// SPDX-License-Identifier: MIT

package main

import (
	"context"
	"math"

	"github.com/schollz/progressbar/v3"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/layers"
	"github.com/stheno-go/stheno/models"
	"github.com/stheno-go/stheno/trainers/optim"
)

// activation is one with the gain that its layer's weights are initialised for
// (torch.nn.init.calculate_gain, where that has one): each gets the start that suits it.
type activation struct {
	stheno.Module
	gain float64
}

var (
	sigmoid = activation{layers.Sigmoid{}, 1}
	relu    = activation{layers.ReLU{}, math.Sqrt2}
)

// activations are what the layers of the net take in turn.
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

// look is what one batch shows of a net, by hidden layer.
type look struct {
	gradient []float64 // norm of the gradient of the layer's weight
	mean     []float64 // mean of the layer's activations
}

// probe is an MLP whose activations can be seen.
type probe struct {
	*models.MLP
	of   []activation       `stheno:"-"`
	kept []*stheno.Variable `stheno:"-"` // of the last Forward
}

func newProbe(of []activation, sizes []int) *probe {
	p := &probe{MLP: models.NewMLP(nil, sizes...), of: of}
	for i, m := range p.Layers {
		l := m.(*layers.Linear)
		l.Weight = stheno.NewParameter(layers.XavierNormal(of[i%len(of)].gain, l.Weight.Shape()...))
		l.Bias = stheno.NewParameter(layers.Fill(0, l.Bias.Shape()...))
	}
	return p
}

// Forward is the MLP's, with an activation of its own for each layer.
func (p *probe) Forward(x *stheno.Variable) *stheno.Variable {
	p.kept = p.kept[:0]
	for i, l := range p.Layers {
		if i > 0 {
			x = stheno.Call(p.of[(i-1)%len(p.of)], x)
			p.kept = append(p.kept, x)
		}
		x = stheno.Call(l, x)
	}
	return x
}

// lookSize is how many digits a look takes.
const lookSize = 256

func (p *probe) look(s split) (look, error) {
	index := make([]int, lookSize)
	for i := range index {
		index[i] = i
	}
	x, y := s.batch(index)
	stheno.ZeroGrad(p)
	loss := layers.CrossEntropyLoss{}.Forward(stheno.Call(p, x), y)
	for _, kept := range p.kept {
		kept.Keep()
	}
	if err := loss.Backward(); err != nil {
		return look{}, err
	}
	var l look
	for i, kept := range p.kept {
		norm, err := p.Layers[i].(*layers.Linear).Weight.Grad().Norm(2).Item()
		if err != nil {
			return l, err
		}
		mean, err := kept.Mean().Item()
		if err != nil {
			return l, err
		}
		l.gradient, l.mean = append(l.gradient, norm), append(l.mean, mean)
	}
	return l, nil
}

// train returns the mean loss of the last epoch.
func (p *probe) train(ctx context.Context, s split, epochs int, seed uint64, bar *progressbar.ProgressBar) (float64, error) {
	opt := optim.NewSGD(stheno.Parameters(p), 0.02, optim.SGDConfig{Momentum: 0.9})
	order := stheno.NewGenerator(seed)
	mean := math.NaN()
	for range epochs {
		if ctx.Err() != nil {
			break
		}
		sum, count := 0.0, 0
		perm := order.Perm(s.len())
		for len(perm) > 0 {
			n := min(32, len(perm))
			x, y := s.batch(perm[:n])
			perm = perm[n:]
			loss := layers.CrossEntropyLoss{}.Forward(stheno.Call(p, x), y)
			opt.ZeroGrad()
			if err := loss.Backward(); err != nil {
				return 0, err
			}
			if err := opt.Step(); err != nil {
				return 0, err
			}
			value, err := loss.Item()
			if err != nil {
				return 0, err
			}
			sum, count = sum+value, count+1
		}
		mean = sum / float64(count)
		_ = bar.Add(1)
	}
	return mean, nil
}
