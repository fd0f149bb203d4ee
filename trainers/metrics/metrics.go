// SPDX-License-Identifier: MIT

// Package metrics measures the quality of a model batch by batch: accuracy, confusion, regression
// errors, areas under curves. A [Metric] stores sums and not the batches, unless its documentation
// says so. Metrics are set in the field Metrics of a Trainer.
package metrics

import (
	"fmt"

	"github.com/stheno-go/stheno"
)

// Metric is a value computed from the batches since the last Reset.
type Metric interface {
	// Name returns the key of the metric in histories and logs, such as "top1".
	Name() string
	// Update adds a batch: the model's outputs and their targets.
	Update(pred, target *stheno.Variable) error
	// Value returns the value; NaN before the first Update.
	Value() float64
	// Reset removes all batches.
	Reset()
}

// Stateful is implemented by a Metric whose state can be saved, so that a run resumed in the middle
// of an epoch has the same bits. All metrics of this package implement it.
type Stateful interface {
	State() []float64
	SetState(state []float64) error
}

// ignored is the class that is not counted, torch's default ignore_index.
const ignored = -100

// table is a batch in host memory: for each sample a row of outputs and a target.
type table struct {
	pred          []float64
	rows, columns int
	class         []int     // targets, if they are classes
	target        []float64 // targets, if they are numbers
}

// classes reads outputs (N, C), or (N) and (N, 1) for two classes, with targets (N)
// or (N, 1) of classes, of which -100 is not counted, or probabilities (N, C), of which the
// most likely class is used. For outputs (N, C, …) targets are (N, …) or (N, C, …).
func classes(name string, pred, target *stheno.Variable) (*table, error) {
	if pred != nil && target != nil && pred.NDim() > 2 && target.Err() == nil {
		n, rest := pred.NDim(), append(pred.Shape()[:1:1], pred.Shape()[2:]...)
		order := []int{0}
		for d := 2; d < n; d++ {
			order = append(order, d)
		}
		order = append(order, 1)
		columns := pred.Dim(1)
		switch target.Shape().String() {
		case rest.String():
			target = target.Reshape(rest.Size())
		case pred.Shape().String():
			target = target.Permute(order...).Reshape(rest.Size(), columns)
		default:
			return nil, fmt.Errorf("metrics: %s: target %v does not match output %v: %w", name, target.Shape(), pred.Shape(), stheno.ErrShape)
		}
		pred = pred.Permute(order...).Reshape(rest.Size(), columns)
	}
	t, y, err := read(name, pred, target)
	if err != nil {
		return nil, err
	}
	data := y.Floats()
	switch {
	case len(data) == t.rows:
		kept := 0
		for i, v := range data {
			if v == ignored {
				continue
			}
			t.class = append(t.class, int(v))
			copy(t.row(kept), t.row(i))
			kept++
		}
		t.rows, t.pred = kept, t.pred[:kept*t.columns]
	case len(data) == t.rows*t.columns:
		for i := range t.rows {
			t.class = append(t.class, best(data[i*t.columns:(i+1)*t.columns]))
		}
	default:
		return nil, fmt.Errorf("metrics: %s: target %v does not match output %v: %w", name, y.Shape(), pred.Shape(), stheno.ErrShape)
	}
	limit := max(t.columns, 2)
	for i, c := range t.class {
		if c < 0 || c >= limit {
			return nil, fmt.Errorf("metrics: %s: target %d of sample %d is out of bounds: the outputs are for %d classes: %w", name, c, i, limit, stheno.ErrValue)
		}
	}
	return t, nil
}

// numbers reads outputs and targets of the same size.
func numbers(name string, pred, target *stheno.Variable) (*table, error) {
	t, y, err := read(name, pred, target)
	if err != nil {
		return nil, err
	}
	if t.target = y.Floats(); len(t.target) != len(t.pred) {
		return nil, fmt.Errorf("metrics: %s: target %v does not match output %v: %w", name, y.Shape(), pred.Shape(), stheno.ErrShape)
	}
	return t, nil
}

func read(name string, pred, target *stheno.Variable) (*table, *stheno.Tensor, error) {
	if pred == nil || target == nil {
		return nil, nil, fmt.Errorf("metrics: %s: output or target is nil: %w", name, stheno.ErrValue)
	}
	p, err := pred.Tensor()
	if err != nil {
		return nil, nil, fmt.Errorf("metrics: %s: %w", name, err)
	}
	y, err := target.Tensor()
	if err != nil {
		return nil, nil, fmt.Errorf("metrics: %s: %w", name, err)
	}
	s := p.Shape()
	if len(s) == 0 || len(s) > 2 {
		return nil, nil, fmt.Errorf("metrics: %s: output is %v, must be (N) or (N, C): %w", name, s, stheno.ErrShape)
	}
	t := &table{pred: p.Floats(), rows: s[0], columns: 1}
	if len(s) == 2 {
		t.columns = s[1]
	}
	return t, y, nil
}

// row returns the outputs for sample i.
func (t *table) row(i int) []float64 { return t.pred[i*t.columns : (i+1)*t.columns] }

// predicted returns the predicted class of sample i. A single output is class 1 if it is above
// cut.
func (t *table) predicted(i int, cut float64) int {
	if t.columns > 1 {
		return best(t.row(i))
	}
	if t.pred[i] > cut {
		return 1
	}
	return 0
}

// best returns the index of the largest number, the first of several equal ones.
func best(x []float64) int {
	at := 0
	for i, v := range x {
		if v > x[at] {
			at = i
		}
	}
	return at
}

// restore copies state to fields, which must have the same number.
func restore(name string, state []float64, fields ...*float64) error {
	if len(state) != len(fields) {
		return fmt.Errorf("metrics: %s: state has %d numbers, expects %d: %w", name, len(state), len(fields), stheno.ErrValue)
	}
	for i, f := range fields {
		*f = state[i]
	}
	return nil
}
