// SPDX-License-Identifier: MIT

package stheno

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/stheno-go/stheno/internal/record"
	"github.com/stheno-go/stheno/internal/spelling"
	"github.com/stheno-go/stheno/internal/storage"
	"github.com/stheno-go/stheno/internal/wrappers"
)

// NamedTensor is an entry of a state.
type NamedTensor struct {
	Name   string
	Tensor *Tensor
}

// StateDict returns m's parameters and buffers under every name they have, in torch's order. The
// tensors share memory with m; see [Data].
func StateDict(m any) ([]NamedTensor, error) {
	names, list, err := variables(m, record.NoRole, true)
	if err != nil {
		return nil, err
	}
	state := make([]NamedTensor, len(list))
	for i, v := range list {
		state[i] = NamedTensor{names[i], &Tensor{data: v.node().Data(), dims: *v.node().Dims()}}
	}
	return state, nil
}

// LoadOption is an option of [Load] and [LoadStateDict].
type LoadOption interface{ applyLoad(*loading) }

type loading struct {
	nonStrict bool
	prefix    string
}

type loadOption func(*loading)

func (f loadOption) applyLoad(l *loading) { f(l) }

// NonStrict allows missing and unexpected entries. Shapes must still match.
func NonStrict() LoadOption { return loadOption(func(l *loading) { l.nonStrict = true }) }

// StripPrefix removes p from the names that begin with it, such as "backbone." for a network that was
// part of another.
func StripPrefix(p string) LoadOption { return loadOption(func(l *loading) { l.prefix = p }) }

// LoadError is the list of all mismatches between a state and a module.
type LoadError struct {
	Module     string   // the module's type
	Missing    []string // names that the state does not have
	Unexpected []string // names that the module does not have
	Mismatch   []string // messages about wrong shapes and types
	hints      []string
}

// Error formats the mismatches as torch does, and suggests similar names.
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

// Unwrap returns [ErrShape] if shapes or types do not match, [ErrValue] otherwise.
func (e *LoadError) Unwrap() error {
	if len(e.Mismatch) > 0 {
		return ErrShape
	}
	return ErrValue
}

// LoadStateDict copies state into m's parameters and buffers. If they do not match, it copies nothing
// and returns a [*LoadError] with all mismatches.
//
// Types are converted to m's, as in torch, but a number that the other type cannot represent is an
// error, such as 0.5 for an integer or 1e39 for a float32. The state may lack num_batches_tracked, as
// old checkpoints do, and scalars may have shape (1). Extra states of torch's modules are ignored.
//
// Prefixes that torch's wrappers add to all names are removed: "module." of DataParallel and, if there
// is an n_averaged, of AveragedModel, "_orig_mod." of compile, and "model." of Lightning.
func LoadStateDict(m any, state []NamedTensor, opts ...LoadOption) error {
	list := make([]*stored, len(state))
	for i, e := range state {
		if e.Tensor == nil {
			return fmt.Errorf("stheno: load: entry %q has no tensor", e.Name)
		}
		if e.Tensor.err == nil && e.Tensor.Err() != nil { // a zero value
			return fmt.Errorf("stheno: load: entry %q: %w", e.Name, e.Tensor.Err())
		}
		list[i] = &stored{e.Name, e.Tensor.dims, e.Tensor.err, func() (*Tensor, error) { return e.Tensor, nil }}
	}
	return load(m, newSource(list, nil), opts)
}

// load copies the tensors of m from s. It does not read tensors of other names or shapes.
func load(m any, s *source, opts []LoadOption) error {
	var l loading
	for _, o := range opts {
		if o != nil {
			o.applyLoad(&l)
		}
	}
	names, list, err := variables(m, record.NoRole, true)
	if err != nil {
		return err
	}
	known := make(map[string]bool, len(names))
	for _, name := range names {
		known[name] = true
	}
	given := map[string]*stored{}
	problems := &LoadError{Module: typeName(m)}
	for _, e := range l.strip(s.tensors, names) {
		switch {
		case given[e.name] != nil:
			return fmt.Errorf("stheno: load: two entries are named %q", e.name)
		case !known[e.name] && strings.HasSuffix(e.name, extraState):
			continue
		case !known[e.name] && !l.nonStrict:
			problems.Unexpected = append(problems.Unexpected, e.name)
		}
		given[e.name] = e.stored
	}
	mismatch := make([]string, len(list))
	target := map[*stored]int{} // index in list
	counters := hasCounters(given)
	for i, name := range names {
		t := given[name]
		switch {
		case t == nil && (l.nonStrict || !counters && strings.HasSuffix(name, batchCounter)):
		case t == nil:
			problems.Missing = append(problems.Missing, name)
		case t.err != nil:
			mismatch[i] = fmt.Sprintf("no tensor for %s: %v.", name, t.err)
		case t.dims != *list[i].n.Dims() && !(list[i].n.Dims().Len() == 0 && t.dims.Len() == 1 && t.dims.Size() == 1):
			mismatch[i] = fmt.Sprintf("size mismatch for %s: copying a param with shape %v from checkpoint, the shape in current model is %v.", name, Shape(t.dims.Slice()), list[i].Shape())
		default:
			target[t] = i
		}
	}
	fresh := make([]*Tensor, len(list))
	for _, e := range s.tensors {
		i, ok := target[e]
		if !ok {
			continue
		}
		t, err := e.read()
		if err != nil {
			return err
		}
		if t.err != nil {
			mismatch[i] = fmt.Sprintf("no tensor for %s: %v.", names[i], t.err)
		} else if fresh[i], err = convert(t, list[i].DType()); err != nil {
			mismatch[i] = fmt.Sprintf("dtype mismatch for %s: copying a param of %v from checkpoint, the current model has %v: %v.", names[i], t.DType(), list[i].DType(), err)
		}
	}
	if err := s.end(); err != nil {
		return err
	}
	problems.Mismatch = slices.DeleteFunc(mismatch, func(text string) bool { return text == "" })
	if len(problems.Missing)+len(problems.Unexpected)+len(problems.Mismatch) > 0 {
		problems.hint()
		return problems
	}
	for i, v := range list {
		if fresh[i] != nil {
			if err := storage.Copy(v.node().Data(), fresh[i].data); err != nil {
				return err
			}
		}
	}
	return nil
}

// extraState is the suffix of the names of extra states of torch's modules.
const extraState = "_extra_state"

// renamed is a tensor with its name in the module.
type renamed struct {
	name string
	*stored
}

// strip removes the prefix of the caller, and those of torch's wrappers unless the module has such
// names itself.
func (l *loading) strip(state []*stored, names []string) []renamed {
	given := make([]string, len(state))
	for i, e := range state {
		given[i] = strings.TrimPrefix(e.name, l.prefix)
	}
	own := func(begins func(string) bool) bool { return slices.ContainsFunc(names, begins) }
	out := make([]renamed, 0, len(state))
	for i, name := range wrappers.Strip(given, own) {
		if name != "" || given[i] == "" {
			out = append(out, renamed{name, state[i]})
		}
	}
	return out
}

// convert returns t in another type. Floats are rounded to floats; other conversions must be exact.
func convert(t *Tensor, to DType) (*Tensor, error) {
	from := t.DType()
	if from == to {
		return t, nil
	}
	out, err := FromTensor(t).To(to).Tensor()
	if err != nil {
		return nil, err
	}
	for i := range t.Size() {
		was, is := t.float(i), out.float(i)
		if from.IsFloat() && to.IsFloat() {
			if math.IsInf(is, 0) && !math.IsInf(was, 0) {
				return nil, fmt.Errorf("it cannot represent %g", was)
			}
		} else if was != is {
			return nil, fmt.Errorf("it cannot represent %g", was)
		}
	}
	return out, nil
}

const batchCounter = "num_batches_tracked"

func hasCounters(given map[string]*stored) bool {
	for name := range given {
		if strings.HasSuffix(name, batchCounter) {
			return true
		}
	}
	return false
}

// hint adds the most similar unexpected name for each missing one.
func (e *LoadError) hint() {
	const many = 8
	for _, name := range e.Missing[:min(len(e.Missing), many)] {
		if best := spelling.Nearest(name, e.Unexpected); best != "" {
			e.hints = append(e.hints, fmt.Sprintf("(did the checkpoint mean %q by %q?)", name, best))
		}
	}
}
