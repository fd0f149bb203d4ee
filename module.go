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
// inputs work with them as well. What they cannot name is an error that each of them
// returns, or [Check] if they have no error to return: a Variable that is neither a
// parameter nor a buffer (unless the tag is `stheno:",constant"`), an unexported field or a
// map with odd keys that holds parameters or modules with a training mode. They cannot look
// into functions: see [Check].
type Module interface {
	Forward(x *Variable) *Variable
}

// ModuleFunc is a function as a Module: ModuleFunc((*Variable).ReLU). Parameters and
// modules that it has closed over are not found: make a struct of them. [Eval] does not
// reach a dropout in there, which goes on dropping, and no function can tell.
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

// Parameters returns m's parameters, each once, in the order of the fields. Of an m
// that [Check] finds parameters hidden in, the last is a failed Variable, so that an
// optimizer returns the error.
func Parameters(m any) []*Variable {
	_, list := listed(m, record.Parameter)
	return list
}

// listed returns m's variables, and last a failed one if some could not be found.
func listed(m any, want record.Role) ([]string, []*Variable) {
	names, list, err := variables(m, want, false)
	if err != nil {
		v := new(Variable)
		v.n.Fail(err)
		names, list = append(names, ""), append(list, v)
	}
	return names, list
}

// NamedParameters yields what Parameters returns, with the names.
func NamedParameters(m any) iter.Seq2[string, *Variable] { return named(m, record.Parameter) }

// NamedBuffers yields what belongs to m's state but is not trained, and as Parameters a
// failed Variable if m hides something.
func NamedBuffers(m any) iter.Seq2[string, *Variable] { return named(m, record.Buffer) }

// Buffers returns what NamedBuffers yields, without the names.
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
// Modules in unexported fields and in maps with odd keys are reached too; what cannot be
// reached, and whatever else [Check] finds, is an error.
func Train(m any) error { return setTraining(m, true) }

// Eval puts m and every module below it into evaluation mode; see [Train].
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

// Check returns everything that is wrong with m: parameters and modules where they cannot
// be found, and constructor arguments that make no sense. With an input it also calls m,
// and returns what Forward does not accept, and parameters that a function such as a
// [ModuleFunc] has closed over.
func Check(m any, input ...*Variable) error {
	var problems []error
	w := walker{module: func(name string, x any) {
		c, ok := x.(Checker)
		if t := reflect.TypeOf(x); !ok && reflect.PointerTo(t).Implements(checkerType) {
			p := reflect.New(t) // x is held by value
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
