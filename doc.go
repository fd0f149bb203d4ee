// SPDX-License-Identifier: MIT

// Package stheno is deep learning in Go that reads like PyTorch and runs on Gorgonia's
// symbolic graphs.
//
// # How to begin
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
// Packages layers, models, datasets and trainers have layers, networks, data and a training loop.
// The folder docs has pages on concepts, on coming from PyTorch and on performance.
//
// # Variables
//
// A [Variable] is data, a parameter, or the result of an operation. An operation is recorded and
// returns at once: its shape is checked, its value is not computed yet. Exactly four things
// compute: [Variable.Backward], [Run], reading a value ([Values], [Variable.Item],
// [Variable.Tensor], printing), and [Program.Run].
//
// Recorded operations are compiled into a Gorgonia expression graph, which is differentiated
// symbolically, planned and run. A later step of the same structure runs the same program; other
// data and other Go numbers need no new one.
//
// # Modules
//
// A [Module] is a struct with a Forward method. Its parameters are the Variables in its
// exported fields. [Parameters], [Train], [Eval], [StateDict], [Save], [Load], [To],
// [Summary] and [Check] work on any struct.
//
// # Errors
//
// Operations do not panic on bad input, nil Variables and nil Tensors included. One that cannot be
// recorded returns a Variable that carries an [*OpError]. Whatever is computed from it carries
// the same error, and whatever computes returns it. A method of another type panics on a nil
// pointer, as in all Go programs, unless its documentation says otherwise. [Call] turns a panic in
// a module into an error.
//
// # Concurrency
//
// A Variable is used by one goroutine at a time. Different models may be trained in
// parallel; a [Program] may be run by any number of goroutines.
//
// # Determinism
//
// The same seed and the same program give the same bits for any number of threads.
package stheno
