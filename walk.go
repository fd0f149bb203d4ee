// SPDX-License-Identifier: MIT

package stheno

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/stheno-go/stheno/internal/record"
)

// walker goes through a module's exported fields as encoding/json does: variables
// first, then what lies below, in the order of declaration.
type walker struct {
	variable func(name string, v *Variable, persistent bool)
	module   func(name string, m any)
	leave    func(m any)      // after everything below m
	path     map[uintptr]bool // pointers above, to stop at a cycle
	named    map[string]*Variable
	problems []error
}

func (w *walker) run(m any) error {
	if m == nil {
		return errors.New("stheno: module is nil")
	}
	w.path, w.named = map[uintptr]bool{}, map[string]*Variable{}
	w.value("", reflect.ValueOf(m))
	return errors.Join(w.problems...)
}

func (w *walker) fail(name, format string, args ...any) {
	if name != "" {
		name += ": "
	}
	w.problems = append(w.problems, fmt.Errorf("stheno: "+name+format, args...))
}

var variableType = reflect.TypeFor[*Variable]()

func join(name, part string) string {
	if name == "" {
		return part
	}
	return name + "." + part
}

func (w *walker) value(name string, v reflect.Value) {
	switch v.Kind() {
	case reflect.Interface:
		if !v.IsNil() {
			w.value(name, v.Elem())
		}
	case reflect.Pointer:
		if v.IsNil() || v.Type() == variableType || w.path[v.Pointer()] {
			return
		}
		w.path[v.Pointer()] = true
		defer delete(w.path, v.Pointer())
		w.structOrSlice(name, v.Elem(), v)
	default:
		self := v
		if v.CanAddr() {
			self = v.Addr()
		}
		w.structOrSlice(name, v, self)
	}
}

func (w *walker) structOrSlice(name string, v, self reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		w.enter(name, self)
		w.fields(name, v)
		w.left(self)
	case reflect.Slice, reflect.Array:
		if !holdsModules(v.Type().Elem()) {
			return
		}
		w.enter(name, self)
		for i := range v.Len() {
			w.field(join(name, strconv.Itoa(i)), v.Index(i), true)
		}
		w.left(self)
	case reflect.Map:
		if v.Type().Key().Kind() != reflect.String || !holdsModules(v.Type().Elem()) {
			return
		}
		keys := v.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
		for _, k := range keys {
			w.field(join(name, k.String()), v.MapIndex(k), true)
		}
	}
}

// holdsModules tells whether elements of type t can hold variables or modules.
func holdsModules(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.Interface, reflect.Struct, reflect.Slice, reflect.Map:
		return true
	}
	return false
}

func (w *walker) enter(name string, self reflect.Value) {
	if w.module != nil && self.CanInterface() {
		w.module(name, self.Interface())
	}
}

func (w *walker) left(self reflect.Value) {
	if w.leave != nil && self.CanInterface() {
		w.leave(self.Interface())
	}
}

// fields visits the variables of a struct, then the rest.
func (w *walker) fields(name string, v reflect.Value) {
	t := v.Type()
	for _, variables := range []bool{true, false} {
		for i := range t.NumField() {
			f := t.Field(i)
			if (f.Type == variableType) != variables {
				continue
			}
			tag, persistent := f.Tag.Get("stheno"), true
			tag, option, _ := strings.Cut(tag, ",")
			if tag == "-" {
				continue
			}
			if option == "nonpersistent" {
				persistent = false
			}
			if !f.IsExported() && !f.Anonymous {
				if hidesParameters(v.Field(i), 0) {
					w.fail(join(name, f.Name), "unexported field holds parameters; export it or tag it `stheno:\"-\"`")
				}
				continue
			}
			key := tag
			if key == "" {
				key = strings.ToLower(f.Name)
			}
			switch {
			case strings.Contains(key, "."):
				w.fail(join(name, f.Name), "parameter name can't contain \".\", got %q", key)
			case f.Anonymous && tag == "" && f.Type != variableType:
				w.embedded(name, v.Field(i))
			default:
				w.field(join(name, key), v.Field(i), persistent)
			}
		}
	}
}

// embedded visits the fields of an embedded struct under its holder's name.
func (w *walker) embedded(name string, v reflect.Value) {
	for v.Kind() == reflect.Interface || v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return
		}
		v = v.Elem()
	}
	switch v.Kind() {
	case reflect.Struct:
		w.fields(name, v)
		if v.CanAddr() {
			w.enter(name, v.Addr())
		}
	case reflect.Slice, reflect.Map:
		w.structOrSlice(name, v, v)
	}
}

func (w *walker) field(name string, v reflect.Value, persistent bool) {
	if v.Kind() == reflect.Interface && !v.IsNil() && v.Elem().Type() == variableType {
		v = v.Elem()
	}
	if v.Type() != variableType {
		w.value(name, v)
		return
	}
	if v.IsNil() {
		return
	}
	x := (*Variable)(v.UnsafePointer())
	if err := x.n.Err(); err != nil {
		w.fail(name, "%w", err)
		return
	}
	if role(x) == record.NoRole {
		return
	}
	if other := w.named[name]; other != nil && other != x {
		w.fail(name, "two parameters have this name; tell them apart by tags `stheno:\"name\"`")
		return
	}
	w.named[name] = x
	if w.variable != nil {
		w.variable(name, x, persistent)
	}
}

// role returns what v is to a module that holds it. A leaf that asks for a gradient
// is a parameter, however it was made.
func role(v *Variable) record.Role {
	switch {
	case !v.node().IsLeaf() || v.node().Data() == nil:
		return record.NoRole
	case v.node().Extra().Role != record.NoRole:
		return v.node().Extra().Role
	case v.RequiresGrad():
		return record.Parameter
	}
	return record.NoRole
}

// hidesParameters tells whether an unexported field holds parameters or buffers.
func hidesParameters(v reflect.Value, depth int) bool {
	const deepEnough = 6
	if depth > deepEnough {
		return false
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.Type() == variableType {
			return !v.IsNil() && role((*Variable)(v.UnsafePointer())) != record.NoRole
		}
		return !v.IsNil() && hidesParameters(v.Elem(), depth+1)
	case reflect.Interface:
		return !v.IsNil() && hidesParameters(v.Elem(), depth+1)
	case reflect.Struct:
		for i := range v.NumField() {
			if hidesParameters(v.Field(i), depth+1) {
				return true
			}
		}
	case reflect.Slice, reflect.Array:
		if !holdsModules(v.Type().Elem()) {
			return false
		}
		for i := range v.Len() {
			if hidesParameters(v.Index(i), depth+1) {
				return true
			}
		}
	}
	return false
}
