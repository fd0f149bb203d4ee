// SPDX-License-Identifier: MIT

package optim

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/access"
	"github.com/stheno-go/stheno/internal/dtype"
)

// Prefixes of the names of a state's entries, after torch's "param_groups" and "state".
const (
	groupPrefix = "param_groups."
	statePrefix = "state."
	stepKey     = "step"
)

// settings returns the settings of a group that are part of the state.
func (g *Group) settings() []struct {
	key   string
	value *float64
} {
	return []struct {
		key   string
		value *float64
	}{{"lr", &g.LR}, {"initial_lr", &g.InitialLR}, {"weight_decay", &g.WeightDecay}}
}

func groupKey(i int, key string) string { return fmt.Sprintf("%s%d.%s", groupPrefix, i, key) }

func (p *param) key(slot string) string { return statePrefix + p.name + "." + slot }

// State implements [Optimizer]. For each group it has the entries param_groups.I.lr, .initial_lr
// and .weight_decay. For each parameter it has state.NAME.step and, after its first step, the
// optimizer's tensors under torch's names, such as state.NAME.momentum_buffer. The NAME of a
// parameter without a name is param_I.
func (b *base) State() []stheno.NamedTensor {
	var state []stheno.NamedTensor
	for i, g := range b.groups {
		for _, s := range g.settings() {
			state = append(state, stheno.NamedTensor{Name: groupKey(i, s.key), Tensor: stheno.ScalarOf(*s.value)})
		}
	}
	for _, p := range b.params {
		state = append(state, stheno.NamedTensor{Name: p.key(stepKey), Tensor: stheno.ScalarOf(int64(p.steps))})
		for k, s := range b.slots(p) {
			if p.slots != nil {
				state = append(state, stheno.NamedTensor{Name: p.key(s.name), Tensor: p.copyOf(k, s.shape)})
			}
		}
	}
	return state
}

// slots returns what the rule keeps for a parameter.
func (b *base) slots(p *param) []slot { return b.rule.slots(p.v.Shape(), p.group.LR) }

// copyOf returns slot k as a tensor.
func (p *param) copyOf(k int, shape stheno.Shape) *stheno.Tensor {
	t := stheno.NewTensor(stheno.DType(p.dtype), shape...)
	if p.dtype == dtype.Float32 {
		copy(access.Elements[float32](t), p.u32.Slots[k])
	} else {
		copy(access.Elements[float64](t), p.u64.Slots[k])
	}
	return t
}

// LoadState implements [Optimizer]. If the state does not fit, it changes nothing and returns a
// [*stheno.LoadError] with all mismatches. Floats are converted to the parameters' types.
func (b *base) LoadState(state []stheno.NamedTensor) error {
	if b.rule == nil {
		return errZero
	}
	if b.err != nil {
		return b.err
	}
	given := map[string]*stheno.Tensor{}
	groups := 0
	for _, e := range state {
		switch {
		case e.Tensor == nil || e.Tensor.Err() != nil:
			return invalid("entry %q of the loaded state dict has no tensor", e.Name)
		case given[e.Name] != nil:
			return invalid("two entries of the loaded state dict are named %q", e.Name)
		}
		given[e.Name] = e.Tensor
		if strings.HasPrefix(e.Name, groupPrefix) && strings.HasSuffix(e.Name, ".lr") {
			groups++
		}
	}
	if groups != len(b.groups) {
		return invalid("loaded state dict has a different number of parameter groups: it has %d, the optimizer has %d", groups, len(b.groups))
	}
	if err := b.compare(state, given); err != nil {
		return err
	}
	for i, g := range b.groups {
		for _, s := range g.settings() {
			*s.value = given[groupKey(i, s.key)].Floats()[0]
		}
	}
	for _, p := range b.params {
		p.slots, p.steps = nil, int(given[p.key(stepKey)].Floats()[0])
		if p.steps == 0 {
			continue
		}
		p.allocate(b.rule)
		for k, s := range b.slots(p) {
			values := given[p.key(s.name)].Floats()
			write(p.slots[k], func(i int) float64 { return values[i] })
		}
	}
	return nil
}

// compare returns all mismatches between given and the optimizer.
func (b *base) compare(state []stheno.NamedTensor, given map[string]*stheno.Tensor) error {
	problems := &stheno.LoadError{Module: b.rule.name()}
	known := map[string]bool{}
	// find returns the entry of that name if it exists and fits.
	find := func(name string, shape stheno.Shape, float bool) *stheno.Tensor {
		known[name] = true
		t := given[name]
		switch {
		case t == nil:
			problems.Missing = append(problems.Missing, name)
		case !slices.Equal(t.Shape(), shape):
			problems.Mismatch = append(problems.Mismatch, fmt.Sprintf("size mismatch for %s: the state has shape %v, the optimizer expects %v.", name, t.Shape(), shape))
		case float && !t.DType().IsFloat():
			problems.Mismatch = append(problems.Mismatch, fmt.Sprintf("dtype mismatch for %s: the state has %v, the optimizer expects floats.", name, t.DType()))
		default:
			return t
		}
		return nil
	}
	for i, g := range b.groups {
		for _, s := range g.settings() {
			find(groupKey(i, s.key), stheno.Shape{}, true)
		}
	}
	for _, p := range b.params {
		step := find(p.key(stepKey), stheno.Shape{}, false)
		if step == nil {
			for _, s := range b.slots(p) {
				known[p.key(s.name)] = true // one error per parameter is enough
			}
			continue
		}
		n := step.Floats()[0]
		if !sensible(n) || n != math.Trunc(n) || n > 1<<53 {
			problems.Mismatch = append(problems.Mismatch, fmt.Sprintf("value mismatch for %s: %v is not a number of steps.", p.key(stepKey), n))
		}
		if n != 0 {
			for _, s := range b.slots(p) {
				find(p.key(s.name), s.shape, true)
			}
		}
	}
	for _, e := range state {
		if !known[e.Name] {
			problems.Unexpected = append(problems.Unexpected, e.Name)
		}
	}
	if len(problems.Missing)+len(problems.Unexpected)+len(problems.Mismatch) == 0 {
		return nil
	}
	return problems
}
