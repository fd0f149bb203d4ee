// SPDX-License-Identifier: MIT

// Package stheno is deep learning in Go that reads like PyTorch and runs on Gorgonia's
// symbolic graphs.
//
// # Variables
//
// A [Variable] is data, a parameter, or the result of an operation. Operations write
// themselves down and return at once; their shapes are checked, their values are not
// computed. Exactly four things compute: [Variable.Backward], [Run], reading a value
// ([Values], [Variable.Item], [Variable.Tensor], printing), and [Program.Run].
//
// What was written down is compiled into a Gorgonia expression graph, differentiated
// there symbolically, planned and run. A step of the same structure runs on the same
// program again; other data and other Go numbers do not compile anew.
//
// # Modules
//
// A [Module] is a struct with a Forward method; its parameters are the Variables in its
// exported fields. [Parameters], [Train], [Eval], [StateDict], [Save], [Load], [To],
// [Summary] and [Check] work on any struct.
//
// # Errors
//
// Operations do not panic on bad input, which nil Variables and Tensors are too. One that
// cannot be recorded returns a Variable that carries an [*OpError]; what is computed from it
// carries the same error, and whatever computes returns it. A method of another type panics
// on a nil pointer, as in all Go programs, unless its documentation says otherwise; [Call]
// makes an error of a panic in a module.
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
