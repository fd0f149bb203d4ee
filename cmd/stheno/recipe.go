// SPDX-License-Identifier: MIT

package main

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/datasets"
	"github.com/stheno-go/stheno/datasets/transforms"
	"github.com/stheno-go/stheno/trainers/optim"
)

var (
	optimizers = []string{"sgd", "adam", "adamw", "rmsprop", "adagrad", "adadelta", "adamax", "nadam", "radam", "asgd", "lion", "adafactor"}
	schedules  = []string{"onecycle", "cosine", "linear", "step", "constant"}
)

// optim returns the optimizer that the recipe names.
func (r recipe) optim(params []*stheno.Variable, lr float64) (optim.Optimizer, error) {
	switch r.optimizer {
	case "sgd":
		return optim.NewSGD(params, lr, optim.SGDConfig{Momentum: r.momentum, WeightDecay: r.weightDecay, Nesterov: r.momentum > 0}), nil
	case "adam":
		return optim.NewAdam(params, lr, optim.AdamConfig{WeightDecay: new(r.weightDecay)}), nil
	case "adamw":
		return optim.NewAdamW(params, lr, optim.AdamConfig{WeightDecay: new(r.weightDecay)}), nil
	case "rmsprop":
		return optim.NewRMSprop(params, lr, optim.RMSpropConfig{Momentum: r.momentum, WeightDecay: r.weightDecay}), nil
	case "adagrad":
		return optim.NewAdagrad(params, lr, optim.AdagradConfig{WeightDecay: r.weightDecay}), nil
	case "adadelta":
		return optim.NewAdadelta(params, lr, optim.AdadeltaConfig{WeightDecay: r.weightDecay}), nil
	case "adamax":
		return optim.NewAdamax(params, lr, optim.AdamaxConfig{WeightDecay: r.weightDecay}), nil
	case "nadam":
		return optim.NewNAdam(params, lr, optim.NAdamConfig{WeightDecay: r.weightDecay}), nil
	case "radam":
		return optim.NewRAdam(params, lr, optim.RAdamConfig{WeightDecay: r.weightDecay}), nil
	case "asgd":
		return optim.NewASGD(params, lr, optim.ASGDConfig{WeightDecay: r.weightDecay}), nil
	case "lion":
		return optim.NewLion(params, lr, optim.LionConfig{WeightDecay: r.weightDecay}), nil
	case "adafactor":
		return optim.NewAdafactor(params, lr, optim.AdafactorConfig{WeightDecay: r.weightDecay}), nil
	}
	return nil, usagef("no optimizer %q; have %s", r.optimizer, strings.Join(optimizers, ", "))
}

// rate returns the default of the highest learning rate.
func (r recipe) rate() float64 {
	rate := map[string]float64{
		"sgd": 0.1, "adam": 1e-3, "adamw": 1e-3, "rmsprop": 1e-3, "adagrad": 1e-2, "adadelta": 1, "adamax": 2e-3,
		"nadam": 2e-3, "radam": 1e-3, "asgd": 1e-2, "lion": 1e-4, "adafactor": 1e-2,
	}[r.optimizer]
	rate *= float64(r.batch*max(r.accumulate, 1)) / 128 // Goyal et al., 2017
	if r.weights != "" {
		rate /= 10 // fine-tuning needs a smaller rate
	}
	return rate
}

// plan returns the schedule of the learning rate.
func (r recipe) plan(epochs int) (optim.Schedule, error) {
	var s optim.Schedule
	switch r.schedule {
	case "onecycle":
		rise := 0.25 * float64(epochs)
		s = optim.Lambda(func(epoch float64) float64 { // linear up and down, as in Smith and Topin (2017)
			if epoch < rise {
				return 0.05 + 0.95*epoch/rise
			}
			return max(1-(epoch-rise)/(float64(epochs)-rise), 0.002)
		})
		return s, nil
	case "cosine":
		s = optim.Cosine(epochs)
	case "linear":
		s = optim.Linear(1, 0, epochs)
	case "step": // divided by 10 after 1/2 and 3/4, as in He et al. (2015)
		s = optim.MultiStep(0.1, max(epochs/2, 1), max(epochs*3/4, 2))
	case "constant":
		s = optim.Lambda(func(float64) float64 { return 1 })
	default:
		return nil, usagef("no schedule %q; have %s", r.schedule, strings.Join(schedules, ", "))
	}
	if r.warmup > 0 {
		s = optim.Warmup(r.warmup, s)
	}
	return s, nil
}

// mixes returns the transform that mixes the images of a batch, or nil.
func (r recipe) mixes(classes int) func(datasets.Batch, *rand.Rand) (datasets.Batch, error) {
	var list []transforms.BatchTransform
	if r.mixup > 0 {
		list = append(list, transforms.MixUp{Alpha: new(r.mixup)})
	}
	if r.cutmix > 0 {
		list = append(list, transforms.CutMix{Alpha: new(r.cutmix)})
	}
	if len(list) == 0 {
		return nil
	}
	return func(b datasets.Batch, r *rand.Rand) (datasets.Batch, error) {
		return mix(b, classes, list[r.IntN(len(list))], r)
	}
}

// mix applies t to b. The targets become probabilities of shape (N, classes).
func mix(b datasets.Batch, classes int, t transforms.BatchTransform, r *rand.Rand) (datasets.Batch, error) {
	x, err := b.X.Tensor()
	if err != nil {
		return b, err
	}
	pixels, err := stheno.Data[float32](x)
	if err != nil {
		return b, err
	}
	labels, err := stheno.Values[int64](b.Y)
	if err != nil {
		return b, err
	}
	y := make([]float32, len(labels)*classes)
	for i, class := range labels {
		if class < 0 || int(class) >= classes {
			return b, fmt.Errorf("class %d is not one of %d", class, classes)
		}
		y[i*classes+int(class)] = 1
	}
	s := x.Shape()
	if err := t.ApplyBatch(transforms.Batch{X: pixels, Y: y, N: s[0], Channels: s[1], Height: s[2], Width: s[3], Classes: classes}, r); err != nil {
		return b, err
	}
	b.X, b.Y = stheno.FromTensor(x), stheno.FromTensor(stheno.TensorOf(y, len(labels), classes))
	return b, nil
}
