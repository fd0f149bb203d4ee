// SPDX-License-Identifier: MIT

package cases

import (
	"fmt"
	"math"
	"strings"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/layers"
	"github.com/stheno-go/stheno/models"
	"github.com/stheno-go/stheno/trainers/optim"
)

// model is inference or a training step of a network with SGD and momentum. The check
// is the root mean square of the logits, in training the loss.
func (c Case) model() (*Task, error) {
	var m stheno.Module
	classes := 1000
	switch c.Model {
	case "resnet18":
		m = models.NewResNet18(models.ResNetConfig{})
	case "resnet50":
		m = models.NewResNet50(models.ResNetConfig{})
	case "resnet20_cifar":
		m, classes = models.NewCIFARResNet(20, models.CIFARConfig{}), 10
	default:
		return nil, fmt.Errorf("benchmarks: case %q has the unknown model %q", c.Name, c.Model)
	}
	if err := weigh(m); err != nil {
		return nil, err
	}
	x := stheno.FromTensor(noise(100, 1, c.Batch, 3, c.Image, c.Image))
	if !c.Train {
		stheno.Eval(m)
		return inference(m.Forward, x, float64(c.Batch), "img"), nil
	}
	opt := optim.NewSGD(stheno.Parameters(m), 1e-6, optim.SGDConfig{Momentum: 0.9, WeightDecay: 1e-4})
	t := training(m, layers.CrossEntropyLoss{}, opt, x, labels(c.Batch, classes), 3, float64(c.Batch), "img")
	t.Tolerance = 2e-3 // deep networks amplify rounding: PyTorch in float64 is as far from itself
	return t, nil
}

// weigh gives m weights that both sides can make: those of parameter number i, in
// PyTorch's order, are noise with the variance that keeps a ReLU network's signal.
func weigh(m stheno.Module) error {
	var state []stheno.NamedTensor
	i := uint32(0)
	for name, p := range stheno.NamedParameters(m) {
		i++
		s := p.Shape()
		switch {
		case strings.HasSuffix(name, "fc.bias") || strings.HasSuffix(name, "linear.bias"):
			state = append(state, stheno.NamedTensor{Name: name, Tensor: stheno.NewTensor(stheno.Float32, s...)})
		case len(s) > 1:
			state = append(state, stheno.NamedTensor{Name: name, Tensor: noise(i, math.Sqrt(6*float64(s[0])/float64(s.Size())), s...)})
		}
	}
	return stheno.LoadStateDict(m, state, stheno.NonStrict())
}
