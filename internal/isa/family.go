// SPDX-License-Identifier: MIT

package isa

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
)

// Kernels is the family of internal/kernels and of the packages in it.
var Kernels Family

// Family is functions that switch together from one set to another. It begins with the
// fastest set that the processor can run and that one of its tables has. The zero Family
// has no tables.
type Family struct {
	chosen atomic.Uint32 // a Set
	mu     sync.Mutex
	found  []Set // without Go
	tables []chooser
}

type chooser interface{ choose(s Set) }

// Set returns the set in use.
func (f *Family) Set() Set { return Set(f.chosen.Load()) }

// Names returns the names of the sets that can be used, the slowest first: Go and what both
// the processor and a table have.
func (f *Family) Names() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	list := []string{Go.String()}
	for _, s := range f.found {
		list = append(list, s.String())
	}
	return list
}

// Use makes the family run on the set of that name and returns what undoes it.
func (f *Family) Use(name string) (restore func(), err error) {
	have := f.Names()
	if !slices.Contains(have, name) {
		return nil, fmt.Errorf("isa: no set %q here; have %v", name, have)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	old := f.Set()
	f.choose(Set(slices.Index(names[:], name)))
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.choose(old)
	}, nil
}

func (f *Family) choose(s Set) {
	f.chosen.Store(uint32(s))
	for _, t := range f.tables {
		t.choose(s)
	}
}

// Table is functions of a family in T, a struct, for some sets.
type Table[T any] struct {
	chosen atomic.Pointer[T]
	bySet  [sets]*T
}

// NewTable adds a table to f. Where bySet has nil or nothing for a set, generic stands for
// it.
func NewTable[T any](f *Family, generic *T, bySet map[Set]*T) *Table[T] {
	f.mu.Lock()
	defer f.mu.Unlock()
	t := &Table[T]{}
	for s := range sets {
		if t.bySet[s] = generic; bySet[s] == nil || !has(s) {
			continue
		}
		t.bySet[s] = bySet[s]
		if s != Go && !slices.Contains(f.found, s) {
			f.found = append(f.found, s)
		}
	}
	slices.Sort(f.found)
	f.tables = append(f.tables, t)
	best := Go
	if n := len(f.found); n > 0 {
		best = f.found[n-1]
	}
	f.choose(best)
	return t
}

// Get returns the functions for the set in use.
func (t *Table[T]) Get() *T { return t.chosen.Load() }

func (t *Table[T]) choose(s Set) { t.chosen.Store(t.bySet[s]) }
