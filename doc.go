// SPDX-License-Identifier: MIT

// Package stheno implements deep learning in Go with an API like PyTorch's, on Gorgonia's symbolic
// graphs.
//
// # Getting started
//
// A model is a struct of layers, or any struct with Variables. A training step computes a loss,
// calls Backward on it, and steps an optimizer:
//
//	model, mse := layers.NewLinear(1, 1), layers.MSELoss{}
//	opt := optim.NewSGD(stheno.Parameters(model), 0.1, optim.SGDConfig{})
//	for range 100 {
//		opt.ZeroGrad()
//		if err := mse.Forward(model.Forward(x), y).Backward(); err != nil {
//			return err
//		}
//		if err := opt.Step(); err != nil {
//			return err
//		}
//	}
//
// Packages layers, models, datasets and trainers provide layers, networks, data and a training loop.
// The folder docs has pages on concepts, on the differences to PyTorch, and on performance.
//
// # Variables
//
// A [Variable] is data, a parameter, or the result of an operation. An operation is only recorded:
// its shape is checked, but its value is not computed yet. Values are computed by
// [Variable.Backward], [Run], [Program.Run], and by reading a value ([Values], [Variable.Item],
// [Variable.Tensor], printing).
//
// Recorded operations are compiled into a Gorgonia expression graph, which is differentiated
// symbolically, planned and run. Later steps with the same structure run the same program; other data
// and other Go numbers do not need a new one.
//
// # Modules
//
// A [Module] is a struct with a Forward method. Its parameters are the Variables in its
// exported fields. [Parameters], [Train], [Eval], [StateDict], [Save], [Load], [To],
// [Summary] and [Check] work on any struct.
//
// # Errors
//
// Operations do not panic on bad input, including nil Variables and nil Tensors. An operation that
// cannot be recorded returns a Variable that carries an [*OpError]. Results of operations on it carry
// the same error, and the functions that compute return it. Methods of other types panic on a nil
// pointer unless their documentation says otherwise. [Call] returns a panic in a module as an error.
//
// # Concurrency
//
// A Variable must not be used by several goroutines at the same time. Different models may be trained
// in parallel, and a [Program] may be run by any number of goroutines.
//
// # Determinism
//
// The same seed and the same program give the same bits for any number of threads.
package stheno
