// SPDX-License-Identifier: MIT

package torchpickle

import (
	"slices"
	"strings"
)

// State finds the state dict in what [Decode] returned: the value itself, or the one
// that a training checkpoint holds. That is its only dictionary of tensors, or if it
// has several (weights and their average, say) the one with the most usual name.
func State(v any) ([]Tensor, error) {
	d, ok := v.(*Dict)
	if !ok {
		return nil, bad("it holds %s, want a state dict", describe(v))
	}
	if state, ok := tensors(d); ok {
		return state, nil
	}
	var found []string
	for _, e := range d.Entries {
		name, isName := e.Key.(string)
		inner, isDict := e.Value.(*Dict)
		if !isName || !isDict {
			continue
		}
		if state, ok := tensors(inner); ok && len(state) > 0 {
			found = append(found, name)
		}
	}
	pick := ""
	for _, usual := range []string{"state_dict", "model_state_dict", "model", "net"} {
		if pick == "" && slices.Contains(found, usual) {
			pick = usual
		}
	}
	switch {
	case pick == "" && len(found) == 1:
		pick = found[0]
	case pick == "" && len(found) == 0:
		return nil, bad("no dictionary of tensors is in it, only the entries %q", keys(d))
	case pick == "":
		return nil, bad("it has several dictionaries of tensors: %q", found)
	}
	inner, _ := d.Get(pick)
	state, _ := tensors(inner.(*Dict))
	return state, nil
}

// extraState ends the names under which modules keep what they like beside their tensors.
const extraState = "_extra_state"

// tensors returns the entries of a dictionary if all of them are named tensors, but for
// extra states, which are left out.
func tensors(d *Dict) ([]Tensor, bool) {
	list := make([]Tensor, 0, len(d.Entries))
	for _, e := range d.Entries {
		name, isName := e.Key.(string)
		t, isTensor := e.Value.(*Tensor)
		switch {
		case isName && strings.HasSuffix(name, extraState):
		case !isName || !isTensor:
			return nil, false
		default:
			list = append(list, *t)
			list[len(list)-1].Name = name
		}
	}
	return list, true
}

// keys returns the first names of a dictionary, for an error.
func keys(d *Dict) []string {
	const most = 20
	var list []string
	for _, e := range d.Entries[:min(len(d.Entries), most)] {
		if name, ok := e.Key.(string); ok {
			list = append(list, name[:min(len(name), 100)])
		}
	}
	return list
}
