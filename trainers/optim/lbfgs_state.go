// SPDX-License-Identifier: MIT

package optim

import (
	"fmt"
	"slices"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/access"
	"github.com/stheno-go/stheno/internal/kernels"
)

// State returns a copy of everything that Step depends on besides the parameters, under
// torch's names: state.n_iter, state.old_dirs and so on. Vectors are over all parameters, in
// their order.
func (o *LBFGS) State() []stheno.NamedTensor {
	if o.core == nil {
		return nil
	}
	return append(o.base.State()[:len(new(Group).settings())], o.core.state()...)
}

// LoadState sets what State returned. Everything that does not fit is reported at once in a
// [*stheno.LoadError], and then nothing has been changed.
func (o *LBFGS) LoadState(state []stheno.NamedTensor) error {
	if o.base.err != nil {
		return o.base.err
	}
	if o.core == nil {
		return errZero
	}
	given := map[string]*stheno.Tensor{}
	for _, e := range state {
		if e.Tensor == nil || e.Tensor.Err() != nil || given[e.Name] != nil {
			return invalid("entry %q of the loaded state dict has no tensor, or is there twice", e.Name)
		}
		given[e.Name] = e.Tensor
	}
	if err := o.fits(given); err != nil {
		return err
	}
	for _, s := range o.base.groups[0].settings() {
		*s.value = given[groupKey(0, s.key)].Floats()[0]
	}
	o.core.load(given)
	return nil
}

// fits returns everything of a state that does not fit.
func (o *LBFGS) fits(given map[string]*stheno.Tensor) error {
	problems := &stheno.LoadError{Module: "LBFGS"}
	size, history, iter := 0, 0, 0
	for _, p := range o.base.params {
		size += p.v.Size()
	}
	if t := given["state.ro"]; t != nil {
		history = t.Size()
	}
	if t := given["state.n_iter"]; t != nil && t.Size() == 1 {
		iter = int(t.Floats()[0])
	}
	shapes := map[string]stheno.Shape{"state.n_iter": {}, "state.func_evals": {}}
	for _, s := range new(Group).settings() {
		shapes[groupKey(0, s.key)] = stheno.Shape{}
	}
	if iter > 0 {
		for _, name := range []string{"t", "H_diag", "prev_loss"} {
			shapes["state."+name] = stheno.Shape{}
		}
		shapes["state.d"], shapes["state.prev_flat_grad"] = stheno.Shape{size}, stheno.Shape{size}
		shapes["state.old_dirs"], shapes["state.old_stps"] = stheno.Shape{history, size}, stheno.Shape{history, size}
		shapes["state.ro"] = stheno.Shape{history}
	}
	for name, shape := range shapes {
		switch t := given[name]; {
		case t == nil:
			problems.Missing = append(problems.Missing, name)
		case !slices.Equal(t.Shape(), shape):
			problems.Mismatch = append(problems.Mismatch, fmt.Sprintf("size mismatch for %s: the state has shape %v, the optimizer expects %v.", name, t.Shape(), shape))
		case shape != nil && len(shape) == 0 && name != "state.prev_loss" && !sensible(t.Floats()[0]):
			problems.Mismatch = append(problems.Mismatch, fmt.Sprintf("value mismatch for %s: %v.", name, t.Floats()[0]))
		}
	}
	for name := range given {
		if shapes[name] == nil {
			problems.Unexpected = append(problems.Unexpected, name)
		}
	}
	slices.Sort(problems.Missing)
	slices.Sort(problems.Mismatch)
	slices.Sort(problems.Unexpected)
	if len(problems.Missing)+len(problems.Unexpected)+len(problems.Mismatch) > 0 {
		return problems
	}
	return nil
}

func (m *lbfgs[T]) state() []stheno.NamedTensor {
	list := []stheno.NamedTensor{
		{Name: "state.n_iter", Tensor: stheno.ScalarOf(int64(m.iter))},
		{Name: "state.func_evals", Tensor: stheno.ScalarOf(int64(m.evals))},
	}
	if m.iter == 0 {
		return list
	}
	n := len(m.d)
	return append(list,
		stheno.NamedTensor{Name: "state.t", Tensor: stheno.ScalarOf(m.t)},
		stheno.NamedTensor{Name: "state.H_diag", Tensor: stheno.ScalarOf(float64(m.diag))},
		stheno.NamedTensor{Name: "state.prev_loss", Tensor: stheno.ScalarOf(m.prevLoss)},
		stheno.NamedTensor{Name: "state.d", Tensor: tensorOf([][]T{m.d}, n)},
		stheno.NamedTensor{Name: "state.prev_flat_grad", Tensor: tensorOf([][]T{m.prev}, n)},
		stheno.NamedTensor{Name: "state.old_dirs", Tensor: tensorOf(m.dirs, len(m.dirs), n)},
		stheno.NamedTensor{Name: "state.old_stps", Tensor: tensorOf(m.steps, len(m.dirs), n)},
		stheno.NamedTensor{Name: "state.ro", Tensor: tensorOf([][]T{m.ro}, len(m.ro))},
	)
}

// tensorOf copies rows into a tensor.
func tensorOf[T kernels.Float](rows [][]T, shape ...int) *stheno.Tensor {
	t := stheno.NewTensor(stheno.DType(typeOf[T]()), shape...)
	to := access.Elements[T](t)
	for _, r := range rows {
		to = to[copy(to, r):]
	}
	return t
}

func (m *lbfgs[T]) load(given map[string]*stheno.Tensor) {
	number := func(name string) float64 { return given["state."+name].Floats()[0] }
	vector := func(name string) []T {
		values := given["state."+name].Floats()
		x := make([]T, len(values))
		for i, v := range values {
			x[i] = T(v)
		}
		return x
	}
	m.iter, m.evals = int(number("n_iter")), int(number("func_evals"))
	m.d, m.prev, m.dirs, m.steps, m.ro = nil, nil, nil, nil, nil
	if m.iter == 0 {
		return
	}
	m.t, m.diag, m.prevLoss = number("t"), T(number("H_diag")), number("prev_loss")
	m.d, m.prev, m.ro = vector("d"), vector("prev_flat_grad"), vector("ro")
	dirs, steps := vector("old_dirs"), vector("old_stps")
	// A longer history than this optimizer keeps loses its oldest part.
	skip := max(0, len(m.ro)-m.HistorySize)
	n := len(m.d)
	for i := skip; i < len(m.ro); i++ {
		m.dirs, m.steps = append(m.dirs, dirs[i*n:][:n]), append(m.steps, steps[i*n:][:n])
	}
	m.ro = m.ro[skip:]
}
