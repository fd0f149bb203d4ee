// SPDX-License-Identifier: MIT

package metrics

import (
	"math"

	"github.com/stheno-go/stheno"
)

// MAE returns the mean absolute error, named "mae". Output and target must have the same size.
func MAE() Metric {
	return &mean{name: "mae", better: Lower, of: func(p, y float64) float64 { return math.Abs(p - y) }}
}

// MSE returns the mean squared error, named "mse".
func MSE() Metric {
	return &mean{name: "mse", better: Lower, of: func(p, y float64) float64 { return (p - y) * (p - y) }}
}

// Binary returns the accuracy of a binary classifier, named "accuracy". Outputs above cut are class
// 1; use 0 for logits and 0.5 for probabilities.
func Binary(cut float64) Metric {
	return &mean{name: "accuracy", better: Higher, of: func(p, y float64) float64 {
		if (p > cut) == (y > 0.5) {
			return 1
		}
		return 0
	}}
}

type mean struct {
	name       string
	better     Better
	of         func(p, y float64) float64
	sum, count float64
}

func (m *mean) Name() string   { return m.name }
func (m *mean) Better() Better { return m.better }

func (m *mean) Update(pred, target *stheno.Variable) error {
	t, err := numbers(m.name, pred, target)
	if err != nil {
		return err
	}
	for i, p := range t.pred {
		m.sum += m.of(p, t.target[i])
	}
	m.count += float64(len(t.pred))
	return nil
}

func (m *mean) Value() float64   { return m.sum / m.count }
func (m *mean) Reset()           { m.sum, m.count = 0, 0 }
func (m *mean) State() []float64 { return []float64{m.sum, m.count} }
func (m *mean) SetState(s []float64) error {
	return restore(m.name, s, &m.sum, &m.count)
}

// R2 returns the coefficient of determination, named "r2": 1 minus the squared error divided by the
// squared deviation of the targets from their mean. Predicting their mean scores 0.
func R2() Metric { return &r2{} }

// r2 computes the mean and variance of the targets by Welford's algorithm.
type r2 struct{ count, mean, spread, wrong float64 }

func (m *r2) Name() string   { return "r2" }
func (m *r2) Better() Better { return Higher }

func (m *r2) Update(pred, target *stheno.Variable) error {
	t, err := numbers("r2", pred, target)
	if err != nil {
		return err
	}
	for i, y := range t.target {
		m.count++
		d := y - m.mean
		m.mean += d / m.count
		m.spread += d * (y - m.mean)
		m.wrong += (y - t.pred[i]) * (y - t.pred[i])
	}
	return nil
}

func (m *r2) Value() float64   { return 1 - m.wrong/m.spread }
func (m *r2) Reset()           { *m = r2{} }
func (m *r2) State() []float64 { return []float64{m.count, m.mean, m.spread, m.wrong} }
func (m *r2) SetState(s []float64) error {
	return restore("r2", s, &m.count, &m.mean, &m.spread, &m.wrong)
}
