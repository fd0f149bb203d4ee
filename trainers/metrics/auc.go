// SPDX-License-Identifier: MIT

package metrics

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/stheno-go/stheno"
)

// ROCAUC returns the area under the receiver operating characteristic, named "roc_auc": the
// probability that a sample of class 1 scores above one of class 0, ties counting half. The output
// is (N) or (N, 1) scores of any scale, or (N, 2), of which the difference is used. It stores a
// score for every sample.
func ROCAUC() Metric { return &rocAUC{} }

type rocAUC struct{ scores [2][]float64 }

func (m *rocAUC) Name() string { return "roc_auc" }

func (m *rocAUC) Better() Better { return Higher }

func (m *rocAUC) Update(pred, target *stheno.Variable) error {
	t, err := classes("roc_auc", pred, target)
	if err != nil {
		return err
	}
	if t.columns > 2 {
		return fmt.Errorf("metrics: roc_auc: output is %v, must be (N), (N, 1) or (N, 2): %w", pred.Shape(), stheno.ErrShape)
	}
	for i, class := range t.class {
		row := t.row(i)
		score := row[len(row)-1]
		if len(row) == 2 {
			score -= row[0]
		}
		m.scores[class] = append(m.scores[class], score)
	}
	return nil
}

// Value computes the area from ranks (Mann and Whitney, 1947). It is NaN if a class has no samples
// or a score is NaN.
func (m *rocAUC) Value() float64 {
	type scored struct {
		score float64
		class int
	}
	var all []scored
	for class, scores := range m.scores {
		for _, s := range scores {
			if math.IsNaN(s) {
				return s
			}
			all = append(all, scored{s, class})
		}
	}
	n0, n1 := float64(len(m.scores[0])), float64(len(m.scores[1]))
	if n0 == 0 || n1 == 0 {
		return math.NaN()
	}
	slices.SortFunc(all, func(a, b scored) int { return cmp.Compare(a.score, b.score) })
	ranks := 0.0
	for i := 0; i < len(all); {
		j := i
		for j < len(all) && all[j].score == all[i].score {
			j++
		}
		rank := float64(i+j+1) / 2 // ties have their mean rank, counted from 1
		for ; i < j; i++ {
			ranks += rank * float64(all[i].class)
		}
	}
	return (ranks - n1*(n1+1)/2) / (n0 * n1)
}

func (m *rocAUC) Reset() { m.scores[0], m.scores[1] = nil, nil }

// State returns the number of scores of class 0, then the scores of both classes.
func (m *rocAUC) State() []float64 {
	return slices.Concat([]float64{float64(len(m.scores[0]))}, m.scores[0], m.scores[1])
}

func (m *rocAUC) SetState(s []float64) error {
	if len(s) == 0 || s[0] < 0 || int(s[0]) > len(s)-1 {
		return fmt.Errorf("metrics: roc_auc: invalid state of %d numbers: %w", len(s), stheno.ErrValue)
	}
	n := 1 + int(s[0])
	m.scores[0], m.scores[1] = slices.Clone(s[1:n]), slices.Clone(s[n:])
	return nil
}
