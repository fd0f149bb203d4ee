// SPDX-License-Identifier: MIT

package stheno

import (
	"sync"
	"sync/atomic"
)

// Hook sees what a module computes: its input and output. It returns what is to be
// the output; nil stands for y.
type Hook func(m Module, x, y *Variable) *Variable

var hooks struct {
	sync.RWMutex
	list  map[Module][]*Hook
	count atomic.Int32
}

// modes counts changes between training and evaluation, of any module.
var modes atomic.Uint64

// RegisterForwardHook makes [Call] of m, a pointer, pass through h. It returns what
// takes the hook away again.
func RegisterForwardHook(m Module, h Hook) (remove func()) {
	p := &h
	hooks.Lock()
	defer hooks.Unlock()
	if hooks.list == nil {
		hooks.list = map[Module][]*Hook{}
	}
	hooks.list[m] = append(hooks.list[m], p)
	hooks.count.Add(1)
	return func() {
		hooks.Lock()
		defer hooks.Unlock()
		for i, q := range hooks.list[m] {
			if q == p {
				hooks.list[m] = append(hooks.list[m][:i:i], hooks.list[m][i+1:]...)
				hooks.count.Add(-1)
			}
		}
	}
}

// Call returns m.Forward(x) after m's hooks: what torch does when a module is called.
// Containers and the Trainer call modules this way; a Forward that is called directly
// runs no hooks.
func Call(m Module, x *Variable) *Variable {
	y := m.Forward(x)
	if hooks.count.Load() == 0 {
		return y
	}
	hooks.RLock()
	list := hooks.list[m]
	hooks.RUnlock()
	for _, h := range list {
		if z := (*h)(m, x, y); z != nil {
			y = z
		}
	}
	return y
}
