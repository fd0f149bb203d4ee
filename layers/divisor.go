// SPDX-License-Identifier: MIT

package layers

import "github.com/stheno-go/stheno"

// divisor returns the divisor of a mean over elements or samples. It is 0 for a sum. Trainers use it
// to combine batches.

func (r Reduction) divisor(elements, samples int) float64 {
	switch r {
	case Sum:
		return 0
	case BatchMean:
		return float64(samples)
	}
	return float64(elements)
}

func (r Reduction) elements(target *stheno.Variable) float64 {
	return r.divisor(target.Size(), target.Dim(0))
}

// Divisor returns the divisor of the mean over target.
func (l MSELoss) Divisor(_, target *stheno.Variable) float64 { return l.Reduction.elements(target) }

// Divisor returns the divisor of the mean over target.
func (l L1Loss) Divisor(_, target *stheno.Variable) float64 { return l.Reduction.elements(target) }

// Divisor returns the divisor of the mean over target.
func (l SmoothL1Loss) Divisor(_, target *stheno.Variable) float64 {
	return l.Reduction.elements(target)
}

// Divisor returns the divisor of the mean over target.
func (l HuberLoss) Divisor(_, target *stheno.Variable) float64 { return l.Reduction.elements(target) }

// Divisor returns the divisor of the mean over target.
func (l BCELoss) Divisor(_, target *stheno.Variable) float64 { return l.Reduction.elements(target) }

// Divisor returns the divisor of the mean over target.
func (l BCEWithLogitsLoss) Divisor(_, target *stheno.Variable) float64 {
	return l.Reduction.elements(target)
}

// Divisor returns the divisor of the mean over target.
func (l KLDivLoss) Divisor(_, target *stheno.Variable) float64 { return l.Reduction.elements(target) }

// Divisor returns the divisor of the mean over target: the total weight of its classes.
func (l CrossEntropyLoss) Divisor(pred, target *stheno.Variable) float64 {
	if target.DType().IsFloat() {
		return l.Reduction.divisor(target.Size()/max(pred.Dim(min(1, pred.NDim()-1)), 1), target.Dim(0))
	}
	return l.Reduction.picked(target, l.Weight, l.IgnoreIndex)
}

// Divisor returns the divisor of the mean over target: the total weight of its classes.
func (l NLLLoss) Divisor(_, target *stheno.Variable) float64 {
	return l.Reduction.picked(target, l.Weight, l.IgnoreIndex)
}

// picked returns the sum of the weights of target's classes.
func (r Reduction) picked(target, weight *stheno.Variable, ignore *int64) float64 {
	t, err := target.Tensor()
	if err != nil || r != Mean {
		return 0
	}
	var weights []float64
	if weight != nil {
		if w, err := weight.Tensor(); err == nil {
			weights = w.Floats()
		}
	}
	sum, skip := 0.0, float64(orDefault(ignore, -100))
	for _, class := range t.Floats() {
		switch i := int(class); {
		case class == skip:
		case weights == nil:
			sum++
		case i >= 0 && i < len(weights):
			sum += weights[i]
		}
	}
	return sum
}
