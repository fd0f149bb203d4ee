// SPDX-License-Identifier: MIT

package torchpickle

import (
	"fmt"
	"math/big"
	"slices"
)

func wrapAt(err error, at int) error { return fmt.Errorf("%w (at byte %d of the pickle)", err, at) }

// tuple replaces the n topmost values by a tuple of them.
func (m *machine) tuple(n int) error {
	items, err := m.top(false, n)
	if err != nil {
		return err
	}
	m.push(&list{items, true})
	return m.grow(costOfList)
}

// collect makes a tuple, list or dictionary of what lies above the mark.
func (m *machine) collect(op byte) error {
	items, err := m.popMark()
	if err != nil {
		return err
	}
	switch items = slices.Clone(items); op {
	case opTuple, opList:
		m.push(&list{items, op == opTuple})
		return m.grow(costOfList)
	default:
		d := &dict{}
		m.push(d)
		if err := m.grow(costOfDict); err != nil {
			return err
		}
		return m.setAll(d, items)
	}
}

// appendItems moves the top of the stack, or what lies above the mark, to the list
// (or set) below.
func (m *machine) appendItems(many bool) error {
	items, err := m.top(many, 1)
	if err != nil {
		return err
	}
	l, ok := m.peek().(*list)
	if !ok || l.tuple {
		return bad("pickle appends to %s", describe(m.peek()))
	}
	l.items = append(l.items, items...)
	return nil
}

// setItems moves one pair, or those above the mark, to the dictionary below.
func (m *machine) setItems(many bool) error {
	items, err := m.top(many, 2)
	if err != nil {
		return err
	}
	d, ok := m.peek().(*dict)
	if !ok {
		return bad("pickle sets items of %s", describe(m.peek()))
	}
	return m.setAll(d, items)
}

// top takes n values, or all above the mark.
func (m *machine) top(all bool, n int) ([]any, error) {
	if all {
		return m.popMark()
	}
	items := make([]any, n)
	for i := n - 1; i >= 0; i-- {
		v, err := m.pop()
		if err != nil {
			return nil, err
		}
		items[i] = v
	}
	return items, nil
}

func (m *machine) peek() any {
	if len(m.stack) == 0 {
		return mark{}
	}
	return m.stack[len(m.stack)-1]
}

func (m *machine) setAll(d *dict, items []any) error {
	if len(items)%2 != 0 {
		return bad("pickle sets a key of a dictionary without a value")
	}
	for i := 0; i < len(items); i += 2 {
		if err := m.grow(costOfEntry); err != nil {
			return err
		}
		if err := m.set(d, items[i], items[i+1]); err != nil {
			return err
		}
	}
	return nil
}

func (m *machine) set(d *dict, key, value any) error {
	same, err := m.identity(key, 0)
	if err != nil {
		return err
	}
	if at, ok := d.index[same]; ok {
		d.entries[at].Value = value
		return nil
	}
	if d.index == nil {
		d.index = map[any]int{}
	}
	d.index[same] = len(d.entries)
	d.entries = append(d.entries, Entry{key, value})
	return nil
}

// compound is the identity of a tuple or a large number.
type compound string

// identity returns a value that is equal for equal keys.
func (m *machine) identity(key any, depth int) (any, error) {
	switch key := key.(type) {
	case nil, bool, int64, float64, complex128, string, Bytes, global, *view:
		return key, nil
	case *big.Int:
		return compound(key.String()), nil
	case *list:
		if !key.tuple || depth > 10 {
			break
		}
		text := "("
		for _, item := range key.items {
			same, err := m.identity(item, depth+1)
			if err != nil {
				return nil, err
			}
			part := fmt.Sprintf("%T %v", same, same)
			if v, ok := same.(*view); ok {
				part = fmt.Sprintf("%p", v)
			}
			text += fmt.Sprint(len(part), part)
			if err := m.spend(len(text)); err != nil {
				return nil, err
			}
		}
		return compound(text), nil
	}
	return nil, bad("the key of a dictionary is %s; want a string, a number or a tuple", describe(key))
}

func (m *machine) persistentID() error {
	v, err := m.pop()
	if err != nil {
		return err
	}
	id, ok := v.(*list)
	if !ok || !id.tuple {
		return bad("a persistent id is %s, want a tuple", describe(v))
	}
	if v, err = m.persistent(id.items); err != nil {
		return err
	}
	m.push(v)
	return nil
}

// plain turns the machine's values into those of [Decode]. Each object is turned once,
// so that what a file shares stays shared.
type plain struct {
	done map[any]any // of *list, *dict, *view; nil while inside
}

// maxDepth is how deep lists and dictionaries may be nested.
const maxDepth = 200

func (p *plain) value(v any, depth int) (any, error) {
	if depth > maxDepth {
		return nil, bad("values are nested deeper than %d", maxDepth)
	}
	switch v := v.(type) {
	case nil, bool, int64, float64, complex128, string, Bytes, *big.Int:
		return v, nil
	case odd:
		return &Tensor{DType: v.what, Shape: v.shape}, nil
	case global:
		return string(v), nil
	case *list:
		return p.once(v, func() (any, error) { return p.items(v.items, depth) })
	case *dict:
		return p.once(v, func() (any, error) {
			d := &Dict{Entries: make([]Entry, len(v.entries))}
			for i, e := range v.entries {
				x, err := p.value(e.Value, depth+1)
				if err != nil {
					return nil, err
				}
				key, err := p.key(e.Key, depth+1)
				if err != nil {
					return nil, err
				}
				d.Entries[i] = Entry{key, x}
			}
			return d, nil
		})
	case *view:
		return p.once(v, func() (any, error) { return v.tensor() })
	case *storage:
		return p.once(v, func() (any, error) { return v.all().tensor() })
	case *array:
		return p.once(v, func() (any, error) { return v.tensor() })
	}
	return nil, bad("a value is %s; want numbers, strings, lists, dictionaries and tensors", describe(v))
}

// key turns a key of a dictionary.
func (p *plain) key(v any, depth int) (any, error) {
	l, ok := v.(*list)
	if !ok {
		return p.value(v, depth)
	}
	items, err := p.items(l.items, depth)
	if err != nil {
		return nil, err
	}
	return &Tuple{items.([]any)}, nil
}

func (p *plain) items(items []any, depth int) (any, error) {
	out := make([]any, len(items))
	for i, x := range items {
		var err error
		if out[i], err = p.value(x, depth+1); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (p *plain) once(v any, turn func() (any, error)) (any, error) {
	if x, ok := p.done[v]; ok {
		if x == nil {
			return nil, bad("a list or dictionary holds itself")
		}
		return x, nil
	}
	p.done[v] = nil
	x, err := turn()
	p.done[v] = x
	return x, err
}
