// SPDX-License-Identifier: MIT

package stheno

import (
	"fmt"
	"reflect"
	"sync"
	"sync/atomic"
	"unsafe"
)

// Hook sees what a module computes: its input and output. It returns what is to be
// the output; nil stands for y.
type Hook func(m Module, x, y *Variable) *Variable

var hooks struct {
	sync.RWMutex
	list  map[any][]*Hook // by what identity returns
	count atomic.Int32
}

// modes counts changes between training and evaluation, of any module.
var modes atomic.Uint64

// RegisterForwardHook makes [Call] of m pass through h. It returns what takes the hook
// away again. A module without memory of its own, such as layers.ReLU{}, is every
// module of its type; a nil m or h does nothing.
func RegisterForwardHook(m Module, h Hook) (remove func()) {
	if m == nil || h == nil {
		return func() {}
	}
	id, p := identity(m), &h
	hooks.Lock()
	defer hooks.Unlock()
	if hooks.list == nil {
		hooks.list = map[any][]*Hook{}
	}
	hooks.list[id] = append(hooks.list[id], p)
	hooks.count.Add(1)
	return func() {
		hooks.Lock()
		defer hooks.Unlock()
		for i, q := range hooks.list[id] {
			if q == p {
				hooks.list[id] = append(hooks.list[id][:i:i], hooks.list[id][i+1:]...)
				hooks.count.Add(-1)
			}
		}
	}
}

// identity returns what is equal for the same module only, as far as there is such a
// thing: slices and functions cannot be compared.
func identity(m Module) any {
	type memory struct {
		t  reflect.Type
		at unsafe.Pointer
		n  int
	}
	switch v := reflect.ValueOf(m); v.Kind() {
	case reflect.Slice:
		return memory{v.Type(), v.UnsafePointer(), v.Len()}
	case reflect.Func, reflect.Map:
		return memory{v.Type(), v.UnsafePointer(), 0}
	default:
		if v.Comparable() {
			return m
		}
		return memory{t: v.Type()}
	}
}

// Call returns m.Forward(x) after m's hooks: what torch does when a module is called.
// Containers and the Trainer call modules this way; a Forward that is called directly
// runs no hooks. A panic in m or in a hook is a [PanicError] that the result carries.
func Call(m Module, x *Variable) (y *Variable) {
	if m == nil {
		return Failed("call", ErrValue, "module is nil")
	}
	before := failed()
	defer func() {
		if p := recover(); p != nil {
			y = new(Variable)
			y.failWith(panicked(fmt.Sprintf("call of %T", m), before, p))
		}
	}()
	if y = m.Forward(x); y == nil {
		return Failed("call", ErrValue, "Forward of %T returned nil", m)
	}
	if err := y.n.Err(); err != nil {
		locate(m, err)
	}
	if hooks.count.Load() == 0 {
		return y
	}
	hooks.RLock()
	list := hooks.list[identity(m)]
	hooks.RUnlock()
	for _, h := range list {
		if z := (*h)(m, x, y); z != nil {
			y = z
		}
	}
	return y
}
