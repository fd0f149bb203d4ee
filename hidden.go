// SPDX-License-Identifier: MIT

package stheno

import (
	"fmt"
	"reflect"
	"slices"
	"unsafe"

	"github.com/stheno-go/stheno/internal/record"
)

// hidden is a variable or module at a place where it has no name.
type hidden struct {
	name, format string // of the field, and the format of the problem
	what         any    // a Variable or a pointer to a module with a mode
	kind         string
}

// hide records the parameters, buffers and modules with a mode in v. They are only a problem if they
// have no name elsewhere.
func (w *walker) hide(name, format string, v reflect.Value) {
	s := search{seen: map[place]bool{}, add: func(what any, kind string) {
		w.hidden = append(w.hidden, hidden{name, format, what, kind})
	}}
	s.value(v)
}

// reportHidden adds a problem for each field with something hidden that was not found elsewhere.
func (w *walker) reportHidden() {
	told := map[string]bool{}
	for _, h := range w.hidden {
		if w.found[h.what] {
			continue
		}
		if w.secret != nil {
			w.secret(h.what)
		}
		if !told[h.name] {
			told[h.name] = true
			w.fail(h.name, h.format, h.kind)
		}
	}
}

// search finds variables and modules in any value.
type search struct {
	seen map[place]bool
	add  func(what any, kind string)
}

// closed are packages whose types a search does not enter: they have no modules, but may be in use by
// other goroutines.
var closed = []string{"context", "log", "log/slog", "net", "net/http", "os", "reflect", "regexp", "time", modulePrefix + "/internal/record", modulePrefix + "/internal/program"}

func (s *search) value(v reflect.Value) {
	switch v.Kind() {
	case reflect.Interface:
		if !v.IsNil() {
			s.value(v.Elem())
		}
	case reflect.Pointer:
		at := place{v.Type(), v.UnsafePointer()}
		if v.IsNil() || s.seen[at] {
			return
		}
		s.seen[at] = true
		if v.Type() == variableType {
			if x := (*Variable)(v.UnsafePointer()); x.n.Err() == nil && role(x) != record.NoRole {
				s.add(x, "parameters")
			}
			return
		}
		s.module(reflect.NewAt(v.Type().Elem(), v.UnsafePointer()))
		s.value(v.Elem())
	case reflect.Struct:
		if slices.Contains(closed, v.Type().PkgPath()) || v.Type() == variableType.Elem() {
			return
		}
		s.element(v)
		for i := range v.NumField() {
			s.value(v.Field(i))
		}
	case reflect.Slice, reflect.Array:
		if holdsModules(v.Type().Elem()) {
			s.element(v)
			for i := range v.Len() {
				s.value(v.Index(i))
			}
		}
	case reflect.Map:
		if holdsModules(v.Type().Elem()) {
			for i := v.MapRange(); i.Next(); {
				s.value(i.Value())
			}
		}
	}
}

// element adds a module that is part of another value.
func (s *search) element(v reflect.Value) {
	if v.CanAddr() {
		s.module(reflect.NewAt(v.Type(), unsafe.Pointer(v.UnsafeAddr())))
	} else if !v.Type().Implements(modeType) && reflect.PointerTo(v.Type()).Implements(modeType) {
		s.add(fmt.Sprint(v.Type()), fmt.Sprintf("a %v by value", v.Type()))
	}
}

func (s *search) module(p reflect.Value) {
	if p.Type().Implements(modeType) {
		s.add(p.Interface(), fmt.Sprintf("a %v, which has a training mode", p.Type().Elem()))
	}
}

// strays returns an error if y depends on a leaf with gradient that belongs to no owner, such as a
// variable captured by a function.
func strays(y *Variable, owners ...any) error {
	known := map[*record.Node]bool{}
	for _, m := range owners {
		if v, ok := m.(*Variable); ok {
			known[&v.n] = true
			continue
		}
		_, list, err := variables(m, record.NoRole, false)
		if err != nil {
			return err
		}
		for _, v := range list {
			known[&v.n] = true
		}
	}
	for queue := []*record.Node{&y.n}; len(queue) > 0; {
		n := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		if known[n] || n.Err() != nil {
			continue
		}
		known[n] = true
		if !n.Has(record.Grad) {
			continue
		}
		if n.IsLeaf() {
			name := n.Name()
			if name != "" {
				name = fmt.Sprintf(" %q", name)
			}
			return fmt.Errorf("stheno: Forward reads a leaf%s of shape %v that requires a gradient and is not a parameter: it is not trained, saved or moved. Put it in an exported field, since variables captured by a function cannot be found, or freeze it: %w", name, Shape(n.Dims().Slice()), ErrValue)
		}
		for i := range n.Len() {
			queue = append(queue, n.In(i))
		}
	}
	return nil
}
