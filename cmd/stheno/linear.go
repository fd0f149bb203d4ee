// SPDX-License-Identifier: MIT

package main

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/layers"
	"github.com/stheno-go/stheno/models"
	"github.com/stheno-go/stheno/trainers/optim"
)

// examplePoints are 15 points near a line.
func examplePoints() *table {
	x := []float64{3.3, 4.4, 5.5, 6.71, 6.93, 4.168, 9.779, 6.182, 7.59, 2.167, 7.042, 10.791, 5.313, 7.997, 3.1}
	y := []float64{1.7, 2.76, 2.09, 3.19, 1.694, 1.573, 3.366, 2.596, 2.53, 1.221, 2.827, 3.465, 1.65, 2.904, 1.3}
	return &table{features: []string{"x"}, target: "y", x: x, y: y}
}

// trainLinear fits a linear regression by gradient descent and compares it with the
// closed form.
func trainLinear(ctx context.Context, o trainOptions) error {
	t := examplePoints()
	if o.data != "" {
		var err error
		if t, err = readTable(o.data, o.target); err != nil {
			return err
		}
	}
	if o.standardize {
		t.standardize()
	}
	n, d := t.size()
	x, y := t.tensors()
	model := models.NewLinearRegression(d, 1)
	loss := layers.MSELoss{}
	opt := optim.NewSGD(stheno.Parameters(model), o.rateOr(1e-3), optim.SGDConfig{})
	epochs := or(o.epochs, 1000)
	for epoch := 1; epoch <= epochs; epoch++ {
		l := loss.Forward(stheno.Call(model, x), y)
		opt.ZeroGrad()
		if err := l.Backward(); err != nil {
			return err
		}
		if err := opt.Step(); err != nil {
			return err
		}
		value, err := l.Item()
		if err != nil {
			return err
		}
		if math.IsNaN(value) || math.IsInf(value, 0) {
			return fmt.Errorf("the loss is %v after epoch %d: the learning rate %g is too large; try --standardize or a smaller --lr", value, epoch, opt.LR())
		}
		if epoch%20 == 0 {
			fmt.Fprintf(o.w, "Epoch[%d/%d], loss: %.6f\n", epoch, epochs, value)
		}
		if ctx.Err() != nil {
			break
		}
	}
	weights, bias, err := coefficients(model.Linear.(*layers.Linear))
	if err != nil {
		return err
	}
	exact, rank, err := closedForm(t)
	if err != nil {
		return err
	}
	fmt.Fprintf(o.w, "\n%d rows, %d features; compared with the closed form on the %dx%d design matrix:\n", n, d, n, d+1)
	fmt.Fprintf(o.w, "%-20s %14s %14s\n", "", "trained", "closed form")
	for i, name := range t.features {
		fmt.Fprintf(o.w, "%-20s %14.6f %14.6f\n", "weight "+name, weights[i], exact[i])
	}
	fmt.Fprintf(o.w, "%-20s %14.6f %14.6f\n", "bias", bias, exact[d])
	if rank < d+1 {
		fmt.Fprintf(o.w, "the weights are not unique (the design matrix has rank %d of %d): the closed form is the minimum-norm solution\n", rank, d+1)
	}
	if d > 1 {
		rankWeights(o, t, weights)
	}
	savePicture(o.w, filepath.Join(o.out, "linear.png"), linePicture(t, weights, bias, exact))
	if err := saveModel(o, "linear.safetensors", model); err != nil {
		return err
	}
	return ctx.Err()
}

// coefficients returns the weights and the bias of a layer with one output.
func coefficients(l *layers.Linear) ([]float64, float64, error) {
	w, err := l.Weight.Tensor()
	if err != nil {
		return nil, 0, err
	}
	b, err := l.Bias.Item()
	return w.Floats(), b, err
}

// closedForm solves the least-squares problem on the m×(d+1) design matrix, whose last column
// is ones. If the solution is not unique, it returns the one of minimum norm.
func closedForm(t *table) (solution []float64, rank int, err error) {
	n, d := t.size()
	design := mat.NewDense(n, d+1, nil)
	for i := range n {
		design.SetRow(i, append(slices.Clone(t.row(i)), 1))
	}
	var svd mat.SVD
	if !svd.Factorize(design, mat.SVDThin) {
		return nil, 0, fmt.Errorf("the design matrix has no singular values")
	}
	const precision = 1e-13 // relative to the largest singular value
	rank = svd.Rank(precision * float64(max(n, d+1)))
	var w mat.VecDense
	svd.SolveVecTo(&w, mat.NewVecDense(n, t.y), rank)
	return w.RawVector().Data, rank, nil
}

// rankWeights prints the weights by importance: the absolute weight times the standard
// deviation of the feature, which does not depend on units.
func rankWeights(o trainOptions, t *table, weights []float64) {
	order := make([]int, len(weights))
	importance := make([]float64, len(weights))
	for i := range order {
		order[i] = i
		_, std := t.moments(i)
		importance[i] = math.Abs(weights[i]) * std
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case importance[a] > importance[b]:
			return -1
		case importance[a] < importance[b]:
			return 1
		}
		return 0
	})
	fmt.Fprintf(o.w, "\nweights by importance (|weight| x standard deviation of the feature):\n")
	for rank, i := range order {
		sign := "+"
		if weights[i] < 0 {
			sign = "-"
		}
		fmt.Fprintf(o.w, "%3d. %s %-20s %12.6f\n", rank+1, sign, t.features[i], importance[i])
	}
}

func saveModel(o trainOptions, name string, m any) error {
	path := filepath.Join(o.out, name)
	if err := stheno.Save(path, m); err != nil {
		return err
	}
	fmt.Fprintf(o.w, "weights: %s\n", path)
	return nil
}
