// SPDX-License-Identifier: MIT

package metrics

import (
	"fmt"

	"github.com/stheno-go/stheno"
)

// TopK returns the fraction of samples whose class is among the k largest outputs, named "top1",
// "top5" and so on. The output is (N, C) logits or probabilities; the target is (N) classes, of
// which -100 is not counted, or (N, C) probabilities; also (N, C, …) and (N, …). Of equal outputs,
// the one with the smaller index ranks first.
func TopK(k int) Metric { return &topK{k: k} }

type topK struct {
	k            int
	right, count float64
}

func (m *topK) Name() string { return fmt.Sprintf("top%d", m.k) }

func (m *topK) Update(pred, target *stheno.Variable) error {
	if m.k < 1 {
		return fmt.Errorf("metrics: top-k: k is %d, must be at least 1: %w", m.k, stheno.ErrValue)
	}
	t, err := classes(m.Name(), pred, target)
	if err != nil {
		return err
	}
	if t.columns == 1 {
		return fmt.Errorf("metrics: %s: output is %v, must be (N, C); for one output use Binary: %w", m.Name(), pred.Shape(), stheno.ErrShape)
	}
	for i, class := range t.class {
		row, larger := t.row(i), 0
		for j, v := range row {
			if v > row[class] || (v == row[class] && j < class) || row[class] != row[class] {
				larger++
			}
		}
		if larger < m.k {
			m.right++
		}
	}
	m.count += float64(t.rows)
	return nil
}

func (m *topK) Better() Better   { return Higher }
func (m *topK) Value() float64   { return m.right / m.count }
func (m *topK) Reset()           { m.right, m.count = 0, 0 }
func (m *topK) State() []float64 { return []float64{m.right, m.count} }
func (m *topK) SetState(s []float64) error {
	return restore(m.Name(), s, &m.right, &m.count)
}
