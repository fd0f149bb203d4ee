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

// Module is a function with parameters. Any struct with a Forward method is a Module: its parameters
// are the Variables in its exported fields and in those of its submodules, at any depth, including in
// slices and maps. They are named as in PyTorch: by the lower-cased field name, or by the name in a
// tag `stheno:"name"`. The tag "-" excludes a field, and an embedded struct adds no name.
//
// The functions below accept any struct, including losses and modules with several inputs. It is an
// error if a struct has a Variable that is neither a parameter nor a buffer (unless its tag is
// `stheno:",constant"`), or has parameters or modules with a training mode in an unexported field or
// in a map whose keys are neither strings nor integers. [Check] returns such errors; it can also find
// parameters that are captured by functions.
type Module interface {
	Forward(x *Variable) *Variable
}

// ModuleFunc is a function as a Module, for example ModuleFunc((*Variable).ReLU). Parameters and
// modules that it captures are not found; use a struct for them. In particular, [Eval] does not reach
// a captured dropout, which cannot be detected.
type ModuleFunc func(x *Variable) *Variable

// Forward calls f.
func (f ModuleFunc) Forward(x *Variable) *Variable {
	if f == nil {
		return Failed("module", ErrValue, "the function is nil")
	}
	return f(x)
}

// Loss computes a loss from a prediction and a target.
type Loss interface {
	Forward(pred, target *Variable) *Variable
}

// Checker is implemented by modules that return the errors in their arguments. See [Check].
type Checker interface{ Check() error }

// TrainingMode is implemented by modules that behave differently in training and in evaluation. See
// [Train].
type TrainingMode interface{ SetTraining(on bool) }

// variables collects the Variables of m, each once, or once for each name.
func variables(m any, want record.Role, everyName bool) ([]string, []*Variable, error) {
	var names []string
	var list []*Variable
	seen := map[*Variable]bool{}
	w := walker{variable: func(name string, v *Variable, persistent bool) {
		if v.node().Name() == "" {
			v.node().SetName(name)
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

// Parameters returns m's parameters, each once, in the order of the fields. If m has hidden parameters
// (see [Module]), the last one is a failed Variable, so that an optimizer returns the error.
func Parameters(m any) []*Variable {
	_, list := listed(m, record.Parameter)
	return list
}

// listed returns m's variables, with a failed one at the end if some are hidden.
func listed(m any, want record.Role) ([]string, []*Variable) {
	names, list, err := variables(m, want, false)
	if err != nil {
		v := new(Variable)
		v.n.Fail(err)
		names, list = append(names, ""), append(list, v)
	}
	return names, list
}

// NamedParameters returns an iterator over the names and values of [Parameters].
func NamedParameters(m any) iter.Seq2[string, *Variable] { return named(m, record.Parameter) }

// NamedBuffers returns an iterator over the names and values of m's buffers, the part of its state that
// is not trained. As with [Parameters], the last one is failed if m has hidden parameters.
func NamedBuffers(m any) iter.Seq2[string, *Variable] { return named(m, record.Buffer) }

// Buffers returns the values of [NamedBuffers].
func Buffers(m any) []*Variable {
	_, list := listed(m, record.Buffer)
	return list
}

func named(m any, want record.Role) iter.Seq2[string, *Variable] {
	return func(yield func(string, *Variable) bool) {
		names, list := listed(m, want)
		for i, v := range list {
			if !yield(names[i], v) {
				return
			}
		}
	}
}

// NamedModules returns an iterator over m, with the name "", and all its submodules, each once.
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

// Train sets m and all its submodules to training mode, including those in unexported fields. It
// returns an error if it cannot reach some, or for any other problem of [Module].
func Train(m any) error { return setTraining(m, true) }

// Eval sets m and all its submodules to evaluation mode; see [Train].
func Eval(m any) error { return setTraining(m, false) }

func setTraining(m any, on bool) error {
	defer modes.Add(1)
	set := func(x any) {
		if t, ok := x.(TrainingMode); ok {
			t.SetTraining(on)
		}
	}
	w := walker{module: func(_ string, x any) { set(x) }, secret: set}
	return w.run(m)
}

// Visit calls f for every submodule of m, and then for m (torch's apply).
func Visit(m any, f func(module any)) error {
	w := walker{leave: f}
	return w.run(m)
}

// Freeze makes m's parameters not require gradients. [Unfreeze] undoes it.
func Freeze(m any) {
	for _, p := range Parameters(m) {
		p.WithoutGrad()
	}
}

// Unfreeze makes m's parameters require gradients.
func Unfreeze(m any) {
	for _, p := range Parameters(m) {
		p.WithGrad()
	}
}

// ZeroGrad removes the gradients of m's parameters.
func ZeroGrad(m any) {
	for _, p := range Parameters(m) {
		p.ZeroGrad()
	}
}

// To moves m's parameters and buffers to a device, or converts those that are floats to another type.
func To(m any, t Target) error {
	_, list, err := variables(m, record.NoRole, false)
	if err != nil {
		return err
	}
	d, ok := t.(DType)
	if device, to := t.(Device); to {
		if text, kind := device.missing(); kind != nil {
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

// Check returns all errors in m: hidden parameters and modules (see [Module]), and invalid constructor
// arguments. With an input it also calls m, and returns the error of Forward, and an error for
// parameters that are captured by a function such as a [ModuleFunc].
func Check(m any, input ...*Variable) error {
	var problems []error
	w := walker{module: func(name string, x any) {
		c, ok := x.(Checker)
		if t := reflect.TypeOf(x); !ok && reflect.PointerTo(t).Implements(checkerType) {
			p := reflect.New(t) // x is not a pointer
			p.Elem().Set(reflect.ValueOf(x))
			c, ok = p.Interface().(Checker)
		}
		if ok {
			if err := c.Check(); err != nil {
				if name != "" {
					err = fmt.Errorf("%s: %w", name, err)
				}
				problems = append(problems, err)
			}
		}
	}}
	err := w.run(m)
	problems = append(problems, err)
	if err := joinErrors(problems); err != nil || len(input) == 0 {
		return err
	}
	module, ok := m.(Module)
	if !ok || len(input) > 1 {
		return fmt.Errorf("stheno: check: %d inputs for a %T: %w", len(input), m, ErrValue)
	}
	var y *Variable
	Isolated(func(*Generator) { y = Call(module, input[0]) })
	if err := y.Err(); err != nil {
		return err
	}
	return strays(y, m, input[0])
}

// joinErrors returns nil, the one error, or all of them.
func joinErrors(list []error) error {
	list = slices.DeleteFunc(list, func(e error) bool { return e == nil })
	if len(list) == 1 {
		return list[0]
	}
	return errors.Join(list...)
}
