// SPDX-License-Identifier: MIT

package optim

import (
	"fmt"
	"slices"
	"strings"

	"github.com/stheno-go/stheno"
)

// State implements [Optimizer]: for each parameter that was stepped NAME.step and the
// slots, and for each group its learning rate.
func (b *base) State() []stheno.NamedTensor {
	var state []stheno.NamedTensor
	for i, g := range b.groups {
		state = append(state, stheno.NamedTensor{Name: groupName(i), Tensor: stheno.TensorOf([]float64{g.LR}, 1)})
	}
	for _, p := range b.params {
		if p.steps == 0 {
			continue
		}
		state = append(state, stheno.NamedTensor{Name: p.name + ".step", Tensor: stheno.TensorOf([]int64{int64(p.steps)}, 1)})
		for k, name := range b.rule.slots() {
			var t *stheno.Tensor
			if p.f32 != nil {
				t = stheno.TensorOf(slices.Clone(p.f32[k]), p.v.Shape()...)
			} else {
				t = stheno.TensorOf(slices.Clone(p.f64[k]), p.v.Shape()...)
			}
			state = append(state, stheno.NamedTensor{Name: p.name + "." + name, Tensor: t.Reshape(p.v.Shape()...)})
		}
	}
	return state
}

func groupName(i int) string { return fmt.Sprintf("group_%d.lr", i) }

// LoadState implements [Optimizer]. Everything that does not fit is reported at once,
// and then nothing has been changed.
func (b *base) LoadState(state []stheno.NamedTensor) error {
	if b.err != nil {
		return b.err
	}
	given := map[string]*stheno.Tensor{}
	groups := 0
	for _, e := range state {
		given[e.Name] = e.Tensor
		if strings.HasPrefix(e.Name, "group_") {
			groups++
		}
	}
	if groups != len(b.groups) {
		return fmt.Errorf("optim: loaded state dict has a different number of parameter groups: %d, want %d", groups, len(b.groups))
	}
	known := map[string]bool{}
	var problems []string
	for i := range b.groups {
		known[groupName(i)] = true
		if given[groupName(i)] == nil {
			problems = append(problems, fmt.Sprintf("missing %q", groupName(i)))
		}
	}
	for _, p := range b.params {
		step := given[p.name+".step"]
		known[p.name+".step"] = true
		for _, slot := range b.rule.slots() {
			name := p.name + "." + slot
			known[name] = true
			switch t := given[name]; {
			case (t == nil) != (step == nil):
				problems = append(problems, fmt.Sprintf("missing %q or %q", name, p.name+".step"))
			case t != nil && !slices.Equal(t.Shape(), p.v.Shape()):
				problems = append(problems, fmt.Sprintf("%q has shape %v, the parameter has %v", name, t.Shape(), p.v.Shape()))
			case t != nil && t.DType() != p.v.DType():
				problems = append(problems, fmt.Sprintf("%q is %v, the parameter is %v", name, t.DType(), p.v.DType()))
			}
		}
	}
	for _, e := range state {
		if !known[e.Name] {
			problems = append(problems, fmt.Sprintf("unexpected %q", e.Name))
		}
	}
	if len(problems) > 0 {
		return fmt.Errorf("optim: the state does not fit the optimizer: %s", strings.Join(problems, "; "))
	}
	for i, g := range b.groups {
		g.LR = given[groupName(i)].Floats()[0]
	}
	for _, p := range b.params {
		b.loadParam(p, given)
	}
	return nil
}

// loadParam sets the state of one parameter; one that was never stepped has none.
func (b *base) loadParam(p *param, given map[string]*stheno.Tensor) {
	p.slots, p.steps = nil, 0
	step := given[p.name+".step"]
	if step == nil {
		return
	}
	p.steps = int(step.Floats()[0])
	p.allocate(b.rule)
	for k, slot := range b.rule.slots() {
		// The types were compared above.
		if p.f32 != nil {
			data, _ := stheno.Data[float32](given[p.name+"."+slot])
			copy(p.f32[k], data)
		} else {
			data, _ := stheno.Data[float64](given[p.name+"."+slot])
			copy(p.f64[k], data)
		}
	}
}
