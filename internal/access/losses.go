// SPDX-License-Identifier: MIT

package access

// Losses are the losses as they are before their mean is taken, of V, which is
// *stheno.Variable, and with all settings: the methods of a Variable have none, the structs
// of layers have them all. They check their operands. Weights may be nil.
type Losses[V any] struct {
	Squared, Absolute          func(x, target V) V
	SmoothL1, Huber            func(x, target V, width float64) V
	BinaryCrossEntropy         func(x, target, weight V) V
	BinaryCrossEntropyOfLogits func(x, target, weight, positive V) V
	KLDiv                      func(x, target V, logTarget bool) V
	CrossEntropy               func(x, target, weight V, ignore int64, smoothing float64) (losses, counts V)
	NLL                        func(x, target, weight V, ignore int64) (losses, counts V)
	Mean                       func(losses, counts V) V // counts may be nil
}

// OfVariables is a Losses[*stheno.Variable]. The root package sets it.
var OfVariables any
