// SPDX-License-Identifier: MIT

package stheno

import (
	"errors"
	"fmt"
	"iter"
	"maps"
	"reflect"
	"slices"

	"github.com/stheno-go/stheno/internal/record"
)

// Module is a function with parameters. Any struct is one whose Forward computes an
// output: its parameters are the Variables in its exported fields and in those of
// the modules that it holds, at any depth, in slices and maps too. They are named as
// in PyTorch: by the lower-cased field name, unless a tag `stheno:"name"` gives
// another; "-" leaves a field out, and an embedded struct adds no name.
//
// The functions below take any struct, so that losses and modules with several
// inputs work with them as well.
type Module interface {
	Forward(x *Variable) *Variable
}

// ModuleFunc is a function as a Module: ModuleFunc((*Variable).ReLU).
type ModuleFunc func(x *Variable) *Variable

// Forward calls f.
func (f ModuleFunc) Forward(x *Variable) *Variable {
	if f == nil {
		return Failed("module", ErrValue, "the function is nil")
	}
	return f(x)
}

// Loss compares a prediction with a target.
type Loss interface {
	Forward(pred, target *Variable) *Variable
}

// Checker is a module that can tell what is wrong with the arguments that it was
// made from. See [Check].
type Checker interface{ Check() error }

// TrainingMode is a module that computes something else in training than in
// evaluation. See [Train].
type TrainingMode interface{ SetTraining(on bool) }

// variables collects what the walk finds: each Variable once, or once a name.
func variables(m any, want record.Role, everyName bool) ([]string, []*Variable, error) {
	var names []string
	var list []*Variable
	seen := map[*Variable]bool{}
	w := walker{variable: func(name string, v *Variable, persistent bool) {
		if v.node().Extra().Name == "" {
			v.node().Extra().Name = name
		}
		if want != record.NoRole && role(v) != want || everyName && !persistent || !everyName && seen[v] {
			return
		}
		seen[v] = true
		names, list = append(names, name), append(list, v)
	}}
	err := w.run(m)
	return names, list, err
}

// Parameters returns m's parameters, each once, in the order of the fields. Of an m
// that [Check] finds parameters hidden in, the last is a failed Variable, so that an
// optimizer returns the error.
func Parameters(m any) []*Variable {
	_, list, err := variables(m, record.Parameter, false)
	if err != nil {
		v := new(Variable)
		v.n.Fail(err)
		list = append(list, v)
	}
	return list
}

// NamedParameters yields m's parameters with their names.
func NamedParameters(m any) iter.Seq2[string, *Variable] { return named(m, record.Parameter) }

// NamedBuffers yields what belongs to m's state but is not trained.
func NamedBuffers(m any) iter.Seq2[string, *Variable] { return named(m, record.State) }

// Buffers returns what NamedBuffers yields, without the names.
func Buffers(m any) []*Variable {
	_, list, _ := variables(m, record.State, false)
	return list
}

func named(m any, want record.Role) iter.Seq2[string, *Variable] {
	return func(yield func(string, *Variable) bool) {
		names, list, _ := variables(m, want, false)
		for i, v := range list {
			if !yield(names[i], v) {
				return
			}
		}
	}
}

// NamedModules yields m with the name "" and every module below it, each once.
func NamedModules(m any) iter.Seq2[string, any] {
	return func(yield func(string, any) bool) {
		var names []string
		var list []any
		seen := map[any]bool{}
		w := walker{module: func(name string, x any) {
			if reflect.TypeOf(x).Kind() == reflect.Pointer {
				if seen[x] {
					return
				}
				seen[x] = true
			}
			names, list = append(names, name), append(list, x)
		}}
		_ = w.run(m)
		for i, x := range list {
			if !yield(names[i], x) {
				return
			}
		}
	}
}

// Train puts m and every module below it into training mode, Eval into evaluation mode.
func Train(m any) { setTraining(m, true) }

// Eval puts m and every module below it into evaluation mode.
func Eval(m any) { setTraining(m, false) }

func setTraining(m any, on bool) {
	for _, x := range NamedModules(m) {
		if t, ok := x.(TrainingMode); ok {
			t.SetTraining(on)
		}
	}
	modes.Add(1)
}

// Visit calls f for every module below m, and then for m (torch's apply).
func Visit(m any, f func(module any)) error {
	w := walker{leave: f}
	return w.run(m)
}

// Freeze makes m's parameters ask for no gradient; Unfreeze undoes it.
func Freeze(m any) {
	for _, p := range Parameters(m) {
		p.WithoutGrad()
	}
}

// Unfreeze makes m's parameters ask for a gradient again.
func Unfreeze(m any) {
	for _, p := range Parameters(m) {
		p.WithGrad()
	}
}

// ZeroGrad drops the gradients of m's parameters.
func ZeroGrad(m any) {
	for _, p := range Parameters(m) {
		p.ZeroGrad()
	}
}

// To moves m's parameters and buffers to a device, or converts those that are floats
// to another type.
func To(m any, t Target) error {
	_, list, err := variables(m, record.NoRole, false)
	if err != nil {
		return err
	}
	d, ok := t.(DType)
	if device, to := t.(Device); to {
		if kind, text := device.missing(); kind != nil {
			return fmt.Errorf("stheno: to: %s: %w", text, kind)
		}
	} else if !ok || !d.IsFloat() {
		return fmt.Errorf("stheno: to: a module can be converted to float32 or float64, not to %v: %w", t, ErrDType)
	}
	fresh := map[*Variable]*Tensor{}
	for _, v := range list {
		if ok && (!v.DType().IsFloat() || d == v.DType()) {
			continue
		}
		x, err := v.Detach().To(t).Tensor()
		if err != nil {
			return err
		}
		fresh[v] = x
	}
	for v, x := range maps.All(fresh) {
		v.node().Replace(x.data)
	}
	return nil
}

// Check returns everything that is wrong with m: parameters where they cannot be
// found, and constructor arguments that make no sense.
func Check(m any) error {
	var problems []error
	w := walker{module: func(name string, x any) {
		if c, ok := x.(Checker); ok {
			if err := c.Check(); err != nil {
				if name != "" {
					err = fmt.Errorf("%s: %w", name, err)
				}
				problems = append(problems, err)
			}
		}
	}}
	err := w.run(m)
	return joinErrors(append(problems, err))
}

// joinErrors returns nil, the one error, or all of them.
func joinErrors(list []error) error {
	list = slices.DeleteFunc(list, func(e error) bool { return e == nil })
	if len(list) == 1 {
		return list[0]
	}
	return errors.Join(list...)
}
