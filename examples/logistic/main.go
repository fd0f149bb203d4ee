// SPDX-License-Identifier: MIT

// Logistic separates two clouds of points, and draws the decision boundary.
//
//	$ go run ./logistic
//	accuracy 0.960
//	P(class 1) at the origin: [[0.7643]]
//	wrote logistic.png
package main

import (
	"fmt"
	"image/color"
	"log"
	"math"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/layers"
	"github.com/stheno-go/stheno/trainers/charts"
	"github.com/stheno-go/stheno/trainers/optim"
)

func main() {
	log.SetFlags(0)
	stheno.Seed(1)
	const n = 100 // points of each class
	a := stheno.Randn(n, 2).Add(stheno.New([]float32{-1.5, -1}))
	b := stheno.Randn(n, 2).Add(stheno.New([]float32{1.5, 1}))
	x := stheno.Cat(0, a, b)
	y := stheno.Cat(0, stheno.Zeros(n, 1), stheno.Ones(n, 1))

	// The loss takes logits: it is exact where a sigmoid has become 0 or 1.
	model, bce := layers.NewLinear(2, 1), layers.BCEWithLogitsLoss{}
	opt := optim.NewSGD(stheno.Parameters(model), 0.5, optim.SGDConfig{Momentum: 0.9})
	for range 200 {
		opt.ZeroGrad()
		if err := bce.Forward(model.Forward(x), y).Backward(); err != nil {
			log.Fatal(err)
		}
		if err := opt.Step(); err != nil {
			log.Fatal(err)
		}
	}
	right := model.Forward(x).Gt(0).Eq(y.Gt(0)).To(stheno.Float32).Mean()
	fmt.Printf("accuracy %.3f\n", stheno.Must(right.Item()))
	fmt.Println("P(class 1) at the origin:", model.Forward(stheno.Zeros(1, 2)).Sigmoid())
	if err := draw("logistic.png", model, a, b); err != nil {
		log.Fatal(err)
	}
	fmt.Println("wrote logistic.png")
}

// draw shows the points, and the lines on which the probability P of class 1 is 0.1, 0.5 and
// 0.9: where the logit w₁x₁ + w₂x₂ + bias is log(P/(1-P)).
func draw(path string, model *layers.Linear, a, b *stheno.Variable) error {
	p := charts.Panel("logistic regression", "x1", "x2")
	for i, cloud := range []*stheno.Variable{a, b} {
		var columns [2][]float64
		for j, c := range cloud.Split(1, 1) {
			t, err := c.Tensor()
			if err != nil {
				return err
			}
			columns[j] = t.Floats()
		}
		charts.Scatter(p, fmt.Sprint("class ", i), columns[0], columns[1], charts.Color(i))
	}
	w, err := stheno.Values[float32](model.Weight)
	if err != nil {
		return err
	}
	bias, err := model.Bias.Item()
	if err != nil {
		return err
	}
	line := func(logit float64) (xs, ys []float64) {
		xs, ys = []float64{-3, 3}, make([]float64, 2)
		for i, x := range xs {
			ys[i] = (logit - bias - float64(w[0])*x) / float64(w[1])
		}
		return xs, ys
	}
	xs, ys := line(-math.Log(9))
	charts.Dashed(p, "P = 0.1", xs, ys, charts.Color(0))
	xs, ys = line(0)
	charts.Line(p, "P = 0.5", xs, ys, color.Black)
	xs, ys = line(math.Log(9))
	charts.Dashed(p, "P = 0.9", xs, ys, charts.Color(1))
	return charts.Save(path, p)
}
