// SPDX-License-Identifier: MIT

package studies

import (
	"context"
	"math"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/digits"
	"github.com/stheno-go/stheno/layers"
	"github.com/stheno-go/stheno/models"
	"github.com/stheno-go/stheno/trainers/optim"
)

// observedMLP is an MLP whose activations are recorded.
type observedMLP struct {
	*models.MLP
	of          []activation       `stheno:"-"`
	activations []*stheno.Variable `stheno:"-"` // of the last Forward
}

func newObservedMLP(of []activation, sizes []int) *observedMLP {
	p := &observedMLP{MLP: models.NewMLP(nil, sizes...), of: of}
	for i, m := range p.Layers {
		l := m.(*layers.Linear)
		l.Weight = stheno.NewParameter(layers.XavierNormal(of[i%len(of)].gain, l.Weight.Shape()...))
		l.Bias = stheno.NewParameter(layers.Fill(0, l.Bias.Shape()...))
	}
	return p
}

// Forward is that of an MLP whose layers take the activations in turn.
func (p *observedMLP) Forward(x *stheno.Variable) *stheno.Variable {
	p.activations = p.activations[:0]
	for i, l := range p.Layers {
		if i > 0 {
			x = stheno.Call(p.of[(i-1)%len(p.of)], x)
			p.activations = append(p.activations, x)
		}
		x = stheno.Call(l, x)
	}
	return x
}

// observe returns, of one batch and for each hidden layer, the norm of the gradient of the
// weight and the mean of the activations.
func (p *observedMLP) observe(part digits.Part) (gradients, means []float64, err error) {
	const size = 256
	index := make([]int, size)
	for i := range index {
		index[i] = i
	}
	x, y := variables(part.Select(index))
	stheno.ZeroGrad(p)
	loss := layers.CrossEntropyLoss{}.Forward(stheno.Call(p, x), y)
	for _, a := range p.activations {
		a.Keep()
	}
	if err := loss.Backward(); err != nil {
		return nil, nil, err
	}
	for i, a := range p.activations {
		norm, err := p.Layers[i].(*layers.Linear).Weight.Grad().Norm(2).Item()
		if err != nil {
			return nil, nil, err
		}
		mean, err := a.Mean().Item()
		if err != nil {
			return nil, nil, err
		}
		gradients, means = append(gradients, norm), append(means, mean)
	}
	return gradients, means, nil
}

// train returns the mean loss of the last epoch, NaN without epochs.
func (p *observedMLP) train(ctx context.Context, part digits.Part, epochs int, seed uint64) (float64, error) {
	opt := optim.NewSGD(stheno.Parameters(p), 0.02, optim.SGDConfig{Momentum: 0.9})
	order := stheno.NewGenerator(seed)
	mean := math.NaN()
	for range epochs {
		sum, count := 0.0, 0
		perm := order.Perm(part.Len())
		for len(perm) > 0 {
			if err := ctx.Err(); err != nil {
				return 0, err
			}
			n := min(32, len(perm))
			x, y := variables(part.Select(perm[:n]))
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
	}
	return mean, nil
}
