// SPDX-License-Identifier: MIT

package metrics

import (
	"fmt"
	"math"

	"github.com/stheno-go/stheno"
)

// Confusion is a confusion matrix. Its Value is the accuracy, its name "accuracy". The output is
// (N, C), or for two classes (N) or (N, 1) logits.
type Confusion struct {
	classes int
	cut     float64
	counts  []float64 // by class, then by prediction
}

// NewConfusion returns an empty matrix for the given number of classes. A single output is class 1
// if it is above 0; for outputs of a sigmoid call [Confusion.Probabilities]. If classes is negative
// or above [MostClasses], the matrix has no classes.
func NewConfusion(classes int) *Confusion {
	if classes < 0 || classes > MostClasses {
		classes = 0
	}
	return &Confusion{classes: classes, counts: make([]float64, classes*classes)}
}

// MostClasses is the largest number of classes of a [Confusion], whose counts take 8 bytes each.
const MostClasses = 10000

// Probabilities sets the threshold of a single output to 0.5, and returns m.
func (m *Confusion) Probabilities() *Confusion {
	m.cut = 0.5
	return m
}

// Name returns "accuracy".
func (m *Confusion) Name() string { return "accuracy" }

// Better returns Higher.
func (m *Confusion) Better() Better { return Higher }

// Update adds a batch.
func (m *Confusion) Update(pred, target *stheno.Variable) error {
	t, err := classes("confusion", pred, target)
	if err != nil {
		return err
	}
	if n := max(t.columns, 2); n != m.classes {
		return fmt.Errorf("metrics: confusion: output %v is for %d classes, the matrix for %d: %w", pred.Shape(), n, m.classes, stheno.ErrShape)
	}
	for i, class := range t.class {
		m.counts[class*m.classes+t.predicted(i, m.cut)]++
	}
	return nil
}

// Count returns the number of samples of class that were predicted as predicted. It is 0 for
// classes out of range.
func (m *Confusion) Count(class, predicted int) int {
	if min(class, predicted) < 0 || max(class, predicted) >= m.classes {
		return 0
	}
	return int(m.counts[class*m.classes+predicted])
}

// Classes returns the number of classes.
func (m *Confusion) Classes() int { return m.classes }

// Value returns the accuracy.
func (m *Confusion) Value() float64 {
	right, all := 0.0, 0.0
	for i, n := range m.counts {
		all += n
		if i%(m.classes+1) == 0 {
			right += n
		}
	}
	return right / all
}

// Scores are the figures of one class.
type Scores struct {
	Precision float64 // fraction of the samples predicted as the class that are of it
	Recall    float64 // fraction of the samples of the class that are predicted as it
	F1        float64 // harmonic mean of precision and recall
	Count     int     // number of samples of the class
}

// Class returns the scores of one class. A score without samples is 0, as in scikit-learn.
func (m *Confusion) Class(c int) Scores {
	if c < 0 || c >= m.classes {
		return Scores{}
	}
	hit, taken, of := m.counts[c*m.classes+c], 0.0, 0.0
	for k := range m.classes {
		taken += m.counts[k*m.classes+c]
		of += m.counts[c*m.classes+k]
	}
	s := Scores{Count: int(of)}
	if taken > 0 {
		s.Precision = hit / taken
	}
	if of > 0 {
		s.Recall = hit / of
	}
	if taken+of > 0 {
		s.F1 = 2 * hit / (taken + of)
	}
	return s
}

// Reset sets all counts to 0.
func (m *Confusion) Reset() { clear(m.counts) }

// State returns the counts.
func (m *Confusion) State() []float64 { return append([]float64(nil), m.counts...) }

// SetState sets the counts.
func (m *Confusion) SetState(s []float64) error {
	if len(s) != len(m.counts) {
		return fmt.Errorf("metrics: confusion: state has %d numbers, expects %d: %w", len(s), len(m.counts), stheno.ErrValue)
	}
	copy(m.counts, s)
	return nil
}

// Precision returns the unweighted mean of the precision over the classes ("macro").
func Precision(classes int) Metric {
	return &macro{Confusion: *NewConfusion(classes), name: "precision", of: func(s Scores) float64 { return s.Precision }}
}

// Recall returns the unweighted mean of the recall over the classes.
func Recall(classes int) Metric {
	return &macro{Confusion: *NewConfusion(classes), name: "recall", of: func(s Scores) float64 { return s.Recall }}
}

// F1 returns the unweighted mean over the classes of the harmonic mean of precision and recall.
func F1(classes int) Metric {
	return &macro{Confusion: *NewConfusion(classes), name: "f1", of: func(s Scores) float64 { return s.F1 }}
}

type macro struct {
	Confusion
	name string
	of   func(Scores) float64
}

func (m *macro) Name() string { return m.name }

// Value returns the mean over the classes.
func (m *macro) Value() float64 {
	if math.IsNaN(m.Confusion.Value()) {
		return math.NaN()
	}
	sum := 0.0
	for c := range m.classes {
		sum += m.of(m.Class(c))
	}
	return sum / float64(m.classes)
}
