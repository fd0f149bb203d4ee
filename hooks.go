// SPDX-License-Identifier: MIT

package stheno

import (
	"fmt"
	"reflect"
	"sync"
	"sync/atomic"
	"unsafe"
)

// Hook is called with the input and output of a module. It returns the new output; nil stands for y.
type Hook func(m Module, x, y *Variable) *Variable

var hooks struct {
	sync.RWMutex
	list  map[any][]*Hook // by identity
	count atomic.Int32
}

// modes counts the calls of Train and Eval.
var modes atomic.Uint64

// RegisterForwardHook adds a hook that [Call] runs for m, and returns a function that removes it.
// Zero-size modules such as layers.ReLU{} cannot be distinguished: a hook on one runs for all. A nil m
// or h is ignored.
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

// identity returns a comparable value that identifies m. Slices and functions are not comparable
// themselves.
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

// Call calls m.Forward(x) and m's hooks, like calling a module in torch. Containers and the Trainer
// use it; a direct call of Forward does not run hooks. If m or a hook panics, the result carries a
// [PanicError].
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
