// SPDX-License-Identifier: MIT

package stheno

import (
	"fmt"
	"slices"
	"strings"

	"github.com/stheno-go/stheno/internal/record"
	"github.com/stheno-go/stheno/internal/spelling"
)

// NamedTensor is an entry of a state.
type NamedTensor struct {
	Name   string
	Tensor *Tensor
}

// StateDict returns m's parameters and buffers under every name they have, sharing
// memory with m, in torch's order.
func StateDict(m any) ([]NamedTensor, error) {
	names, list, err := variables(m, record.NoRole, true)
	if err != nil {
		return nil, err
	}
	state := make([]NamedTensor, len(list))
	for i, v := range list {
		state[i] = NamedTensor{names[i], &Tensor{data: v.n.Data(), dims: *v.n.Dims()}}
	}
	return state, nil
}

// LoadOption changes how a state is loaded.
type LoadOption interface{ applyLoad(*loading) }

type loading struct {
	nonStrict bool
	prefix    string
}

type loadOption func(*loading)

func (f loadOption) applyLoad(l *loading) { f(l) }

// NonStrict allows entries to be missing or left over. Shapes must fit all the same.
func NonStrict() LoadOption { return loadOption(func(l *loading) { l.nonStrict = true }) }

// StripPrefix removes p from the names that begin with it: "backbone." of a network
// that was part of another.
func StripPrefix(p string) LoadOption { return loadOption(func(l *loading) { l.prefix = p }) }

// LoadError says everything that does not fit between a state and a module.
type LoadError struct {
	Module     string   // the module's type
	Missing    []string // wanted and not there
	Unexpected []string // there and not wanted
	Mismatch   []string // sentences about wrong shapes and types
	hints      []string
}

// Error formats the problems as torch does, with the nearest names added.
func (e *LoadError) Error() string {
	var s strings.Builder
	fmt.Fprintf(&s, "Error(s) in loading state_dict for %s:", e.Module)
	list := func(what string, keys []string) {
		if len(keys) > 0 {
			fmt.Fprintf(&s, "\n\t%s key(s) in state_dict: \"%s\". ", what, strings.Join(keys, `", "`))
		}
	}
	list("Missing", e.Missing)
	list("Unexpected", e.Unexpected)
	for _, m := range e.Mismatch {
		s.WriteString("\n\t" + m)
	}
	for _, h := range e.hints {
		s.WriteString("\n\t" + h)
	}
	return s.String()
}

// Unwrap returns [ErrShape] if shapes or types do not fit, [ErrValue] otherwise.
func (e *LoadError) Unwrap() error {
	if len(e.Mismatch) > 0 {
		return ErrShape
	}
	return ErrValue
}

// LoadStateDict copies state into m's parameters and buffers. Everything that does not
// fit is reported at once in a [*LoadError], and then nothing has been copied. Floats
// are converted to m's type. A state without any num_batches_tracked, as old
// checkpoints are, is accepted, and so is one whose names all begin with "module." or
// "_orig_mod.", as torch's DataParallel and compile add.
func LoadStateDict(m any, state []NamedTensor, opts ...LoadOption) error {
	var l loading
	for _, o := range opts {
		o.applyLoad(&l)
	}
	names, list, err := variables(m, record.NoRole, true)
	if err != nil {
		return err
	}
	state = l.strip(state, names)
	given := map[string]*Tensor{}
	for _, e := range state {
		name := e.Name
		if e.Tensor == nil || e.Tensor.err != nil {
			return fmt.Errorf("stheno: load: entry %q holds no tensor", e.Name)
		}
		if given[name] != nil {
			return fmt.Errorf("stheno: load: two entries are named %q", name)
		}
		given[name] = e.Tensor
	}
	problems := &LoadError{Module: typeName(m)}
	counters := hasCounters(given)
	for i, name := range names {
		t := given[name]
		switch {
		case t == nil && (l.nonStrict || !counters && strings.HasSuffix(name, batchCounter)):
		case t == nil:
			problems.Missing = append(problems.Missing, name)
		case t.dims != *list[i].n.Dims():
			problems.Mismatch = append(problems.Mismatch, fmt.Sprintf("size mismatch for %s: copying a param with shape %v from checkpoint, the shape in current model is %v.", name, t.Shape(), list[i].Shape()))
		case t.DType().IsFloat() != list[i].DType().IsFloat():
			problems.Mismatch = append(problems.Mismatch, fmt.Sprintf("dtype mismatch for %s: copying a param of %v from checkpoint, the current model has %v.", name, t.DType(), list[i].DType()))
		}
	}
	if !l.nonStrict {
		for _, e := range state {
			if !slices.Contains(names, e.Name) {
				problems.Unexpected = append(problems.Unexpected, e.Name)
			}
		}
	}
	if len(problems.Missing)+len(problems.Unexpected)+len(problems.Mismatch) > 0 {
		problems.hint()
		return problems
	}
	return copyState(names, list, given)
}

// strip returns state without the prefix that the caller names, and without those that
// torch's wrappers put before every name, unless the module has such names itself.
func (l *loading) strip(state []NamedTensor, names []string) []NamedTensor {
	state = slices.Clone(state)
	for i := range state {
		state[i].Name = strings.TrimPrefix(state[i].Name, l.prefix)
	}
	for _, wrapper := range []string{"module.", "_orig_mod.", "module."} {
		begins := func(name string) bool { return strings.HasPrefix(name, wrapper) }
		foreign := func(e NamedTensor) bool { return !begins(e.Name) }
		if slices.ContainsFunc(names, begins) || slices.ContainsFunc(state, foreign) {
			continue
		}
		for i := range state {
			state[i].Name = strings.TrimPrefix(state[i].Name, wrapper)
		}
	}
	return state
}

const batchCounter = "num_batches_tracked"

func hasCounters(given map[string]*Tensor) bool {
	for name := range given {
		if strings.HasSuffix(name, batchCounter) {
			return true
		}
	}
	return false
}

// copyState converts everything first, so that a failure leaves m as it was.
func copyState(names []string, list []*Variable, given map[string]*Tensor) error {
	fresh := make([]*Tensor, len(list))
	for i, v := range list {
		t := given[names[i]]
		if t != nil && t.DType() != v.DType() {
			converted, err := Var(t).To(v.DType()).Tensor()
			if err != nil {
				return err
			}
			t = converted
		}
		fresh[i] = t
	}
	for i, v := range list {
		if fresh[i] == nil {
			continue
		}
		copy(v.n.Data().Bytes(), fresh[i].data.Bytes())
		v.n.Data().Touch()
	}
	return nil
}

// hint adds, for each missing name, the most similar one that is left over.
func (e *LoadError) hint() {
	const many = 8
	for _, name := range e.Missing[:min(len(e.Missing), many)] {
		if best := spelling.Nearest(name, e.Unexpected); best != "" {
			e.hints = append(e.hints, fmt.Sprintf("(did the checkpoint mean %q by %q?)", name, best))
		}
	}
}
