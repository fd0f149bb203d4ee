// SPDX-License-Identifier: MIT

package stheno

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unsafe"

	"github.com/stheno-go/stheno/internal/record"
)

// walker walks a module's exported fields like encoding/json: variables first, then other fields, in
// the order of declaration. Parameters without a name, such as those in an unexported field, are a
// problem; modules there are passed to secret, so that their mode is set.
type walker struct {
	variable func(name string, v *Variable, persistent bool)
	module   func(name string, m any)
	leave    func(m any)    // called after all submodules of m
	secret   func(m any)    // called for modules with a mode that have no name
	path     map[place]bool // parents, to detect cycles
	named    map[string]*Variable
	found    map[any]bool // variables and pointers to modules
	hidden   []hidden
	problems []error
}

// place is a value in memory. It includes the type, since a struct and its first field have the same
// address.
type place struct {
	t  reflect.Type
	at unsafe.Pointer
}

func (w *walker) run(m any) error {
	if m == nil {
		return errors.New("stheno: module is nil")
	}
	w.path, w.named, w.found = map[place]bool{}, map[string]*Variable{}, map[any]bool{}
	w.value("", reflect.ValueOf(m))
	w.reportHidden()
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

// value visits a value that is not a Variable.
func (w *walker) value(name string, v reflect.Value) {
	switch v.Kind() {
	case reflect.Interface:
		if !v.IsNil() {
			w.value(name, v.Elem())
		}
	case reflect.Pointer:
		at := place{v.Type(), v.UnsafePointer()}
		if v.IsNil() || v.Type() == variableType || w.path[at] {
			return
		}
		w.path[at] = true
		defer delete(w.path, at)
		if k := v.Elem().Kind(); k == reflect.Pointer || k == reflect.Interface {
			w.field(name, v.Elem(), "")
			return
		}
		w.holder(name, v.Elem(), v)
	default:
		self := v
		if v.CanAddr() {
			self = v.Addr()
		}
		w.holder(name, v, self)
	}
}

// holder visits the elements of a struct, slice, array or map. self is a pointer to it, if there is one.
func (w *walker) holder(name string, v, self reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		w.enter(name, v, self)
		w.fields(name, v)
		w.left(self)
	case reflect.Slice, reflect.Array:
		if !holdsModules(v.Type().Elem()) {
			return
		}
		w.enter(name, v, self)
		for i := range v.Len() {
			w.field(join(name, strconv.Itoa(i)), v.Index(i), "")
		}
		w.left(self)
	case reflect.Map:
		if !holdsModules(v.Type().Elem()) {
			return
		}
		w.enter(name, v, self)
		for _, k := range w.keys(name, v) {
			w.field(join(name, k.name), v.MapIndex(k.value), "")
		}
		w.left(self)
	}
}

// key is a key of a map with its name.
type key struct {
	name  string
	value reflect.Value
}

// keys returns the sorted keys of a map of integers or strings. For other keys it returns none and
// records what the map hides.
func (w *walker) keys(name string, v reflect.Value) []key {
	var list []key
	add := func(of func(k reflect.Value) string, compare func(a, b reflect.Value) int) {
		for _, k := range v.MapKeys() {
			list = append(list, key{of(k), k})
		}
		slices.SortFunc(list, func(a, b key) int { return compare(a.value, b.value) })
	}
	switch t := v.Type().Key(); {
	case t.Kind() == reflect.String:
		add(reflect.Value.String, func(a, b reflect.Value) int { return cmp.Compare(a.String(), b.String()) })
		for _, k := range list {
			if k.name == "" || strings.Contains(k.name, ".") {
				w.fail(name, "module name can't be empty or contain \".\", got %q", k.name)
			}
		}
	case reflect.Int <= t.Kind() && t.Kind() <= reflect.Int64:
		add(func(k reflect.Value) string { return strconv.FormatInt(k.Int(), 10) }, func(a, b reflect.Value) int { return cmp.Compare(a.Int(), b.Int()) })
	case reflect.Uint <= t.Kind() && t.Kind() <= reflect.Uintptr:
		add(func(k reflect.Value) string { return strconv.FormatUint(k.Uint(), 10) }, func(a, b reflect.Value) int { return cmp.Compare(a.Uint(), b.Uint()) })
	default:
		w.hide(name, fmt.Sprintf("a map with keys of type %v holds %%s; use strings or integers as keys, or tag it `stheno:\"-\"`", t), v)
	}
	return list
}

// holdsModules reports whether a value of type t can contain variables or modules.
func holdsModules(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.Interface, reflect.Struct:
		return true
	case reflect.Slice, reflect.Array, reflect.Map:
		return holdsModules(t.Elem())
	}
	return false
}

var (
	modeType    = reflect.TypeFor[TrainingMode]()
	checkerType = reflect.TypeFor[Checker]()
)

func (w *walker) enter(name string, v, self reflect.Value) {
	if self.Kind() != reflect.Pointer && !self.Type().Implements(modeType) && reflect.PointerTo(v.Type()).Implements(modeType) {
		w.fail(name, "a %v is held by value where Train and Eval cannot reach it; hold a pointer", v.Type())
	}
	if !self.CanInterface() {
		return
	}
	if self.Kind() == reflect.Pointer {
		w.found[self.Interface()] = true
	}
	if w.module != nil {
		w.module(name, self.Interface())
	}
}

func (w *walker) left(self reflect.Value) {
	if w.leave != nil && self.CanInterface() {
		w.leave(self.Interface())
	}
}

// fields visits the variables of a struct, then the other fields.
func (w *walker) fields(name string, v reflect.Value) {
	t := v.Type()
	if t == variableType.Elem() {
		w.fail(name, "a Variable is held by value; hold a *Variable")
		return
	}
	for _, variables := range []bool{true, false} {
		for i := range t.NumField() {
			f := t.Field(i)
			if (f.Type == variableType) != variables {
				continue
			}
			key, option, _ := strings.Cut(f.Tag.Get("stheno"), ",")
			if key == "-" {
				continue
			}
			if !f.IsExported() && !f.Anonymous {
				w.hide(join(name, f.Name), "unexported field holds %s; export it or tag it `stheno:\"-\"`", v.Field(i))
				continue
			}
			embedded := f.Anonymous && key == "" && f.Type != variableType
			if key == "" {
				key = strings.ToLower(f.Name)
			}
			switch {
			case strings.Contains(key, "."):
				w.fail(join(name, f.Name), "parameter name can't contain \".\", got %q", key)
			case embedded:
				w.embedded(name, v.Field(i))
			default:
				w.field(join(name, key), v.Field(i), option)
			}
		}
	}
}

// embedded visits the fields of an embedded struct without adding a name.
func (w *walker) embedded(name string, v reflect.Value) {
	for v.Kind() == reflect.Interface || v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return
		}
		if v.Kind() == reflect.Pointer {
			at := place{v.Type(), v.UnsafePointer()}
			if w.path[at] {
				return
			}
			w.path[at] = true
			defer delete(w.path, at)
		}
		v = v.Elem()
	}
	self := v
	if v.CanAddr() {
		self = v.Addr()
	}
	switch v.Kind() {
	case reflect.Struct:
		w.fields(name, v)
		w.enter(name, v, self)
	case reflect.Slice, reflect.Array, reflect.Map:
		w.holder(name, v, self)
	}
}

// field visits a Variable or another value of a field.
func (w *walker) field(name string, v reflect.Value, option string) {
	for v.Kind() == reflect.Interface && !v.IsNil() && v.Elem().Type() == variableType {
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
		if x.n.IsLeaf() && x.n.Data() != nil && option != "constant" {
			w.fail(name, "neither a parameter nor a buffer, so it would not be saved; use NewParameter or NewBuffer, or tag the field `stheno:\"-\"`")
		}
		return
	}
	if other := w.named[name]; other != nil && other != x {
		w.fail(name, "two parameters have this name; rename one with a tag `stheno:\"name\"`")
		return
	}
	if x.n.Role() == record.NoRole { // it remains a parameter when frozen
		x.n.SetRole(record.Parameter)
	}
	w.named[name], w.found[x] = x, true
	if w.variable != nil {
		w.variable(name, x, option != "nonpersistent")
	}
}

// role returns the role of v in a module. A leaf that requires a gradient is a parameter, however it
// was made.
func role(v *Variable) record.Role {
	switch {
	case !v.node().IsLeaf() || v.node().Data() == nil:
		return record.NoRole
	case v.node().Role() != record.NoRole:
		return v.node().Role()
	case v.RequiresGrad():
		return record.Parameter
	}
	return record.NoRole
}
