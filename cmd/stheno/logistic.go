// SPDX-License-Identifier: MIT

package main

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/layers"
	"github.com/stheno-go/stheno/models"
	"github.com/stheno-go/stheno/trainers/optim"
)

// twoClasses returns 100 points of two overlapping classes in the plane.
func twoClasses(seed uint64) *table {
	rng := rand.New(rand.NewPCG(seed, 0))
	t := &table{features: []string{"x1", "x2"}, target: "class"}
	for i := range 100 {
		class := float64(i % 2)
		t.x = append(t.x, 3+3*class+1.2*rng.NormFloat64(), 6-2.5*class+1.2*rng.NormFloat64())
		t.y = append(t.y, class)
	}
	return t
}

// trainLogistic fits P(Y=1|x) by gradient descent on the binary cross-entropy of the
// sigmoid.
func trainLogistic(ctx context.Context, o trainOptions) error {
	t := twoClasses(o.seed)
	if o.data != "" {
		var err error
		if t, err = readTable(o.data, o.target); err != nil {
			return err
		}
		for i, y := range t.y {
			if y != 0 && y != 1 {
				return fmt.Errorf("%s: line %d: column %q is %g, must be 0 or 1", o.data, i+2, o.target, y)
			}
		}
	}
	if o.standardize {
		t.standardize()
	}
	n, d := t.size()
	x, y := t.tensors()
	model := models.NewLogisticRegression(d, 1)
	loss := layers.BCELoss{}
	opt := optim.NewSGD(stheno.Parameters(model), o.rateOr(0.1), optim.SGDConfig{Momentum: 0.9})
	epochs := or(o.epochs, 1000)
	every := max(1, epochs/10)
	last := 0.0
	for epoch := 1; epoch <= epochs; epoch++ {
		p := model.Probability(x)
		l := loss.Forward(p, y)
		opt.ZeroGrad()
		if err := l.Backward(); err != nil {
			return err
		}
		if err := opt.Step(); err != nil {
			return err
		}
		if epoch%every == 0 || ctx.Err() != nil {
			value, err := l.Item()
			if err != nil {
				return err
			}
			accuracy, err := p.Ge(0.5).Eq(y.Ge(0.5)).To(stheno.Float32).Mean().Item()
			if err != nil {
				return err
			}
			last = value
			fmt.Fprintf(o.w, "Epoch[%d/%d], loss: %.6f, accuracy: %.4f\n", epoch, epochs, value, accuracy)
		}
		if ctx.Err() != nil {
			break
		}
	}
	weights, bias, err := coefficients(model.Linear.(*layers.Linear))
	if err != nil {
		return err
	}
	fmt.Fprintf(o.w, "\nP(Y=1|x) = 1/(1+exp(-z)), z = %.4f", bias)
	for i, w := range weights {
		fmt.Fprintf(o.w, " %+.4f·%s", w, t.features[i])
	}
	fmt.Fprintf(o.w, "; the decision boundary is z = 0 (%d rows)\n", n)
	if last > math.Ln2 {
		fmt.Fprintln(o.w, "the loss is above that of guessing, 0.693; try --standardize, a smaller --lr or more --epochs")
	}
	if d == 2 {
		savePicture(o.w, filepath.Join(o.out, "logistic.png"), boundaryPicture(t, weights, bias))
	}
	if err := saveModel(o, "logistic.safetensors", model); err != nil {
		return err
	}
	return ctx.Err()
}
