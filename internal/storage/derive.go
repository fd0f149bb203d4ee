// SPDX-License-Identifier: MIT

package storage

import (
	"slices"
	"sync"
	"unsafe"
)

// maxDerived is how many derived forms are kept with one Buffer: those of a few
// programs that use it in different ways.
const maxDerived = 8

// derived is what was made of a Buffer and is kept with it.
type derived struct {
	mu    sync.Mutex
	forms []*form // the last used at the end
}

// form is one of them. Its memory is written again when a version changed.
type form struct {
	mu       sync.Mutex
	name     string
	of       []*Buffer
	values   []uint64
	versions []uint64
	memory   unsafe.Pointer
}

// Source is what a derived form is made of: Buffers, and numbers.
type Source struct {
	Buffers []*Buffer
	Values  []uint64
}

// Shared reports whether one of the Buffers may be written by somebody who does not tell.
func (s Source) Shared() bool {
	return slices.ContainsFunc(s.Buffers, (*Buffer).Shared)
}

// Derive returns size bytes that make has filled from s, such as packed weights. They
// are kept with b, and make is called again only if a Buffer of s was written since; none
// may be shared. The name tells apart the forms of b. It may be called by several
// goroutines, which share the memory; as with b itself, nobody may write b while it is read.
func (b *Buffer) Derive(name string, size int, s Source, make func(unsafe.Pointer) error) (unsafe.Pointer, error) {
	d := b.derived.Load()
	if d == nil {
		b.derived.CompareAndSwap(nil, new(derived))
		d = b.derived.Load()
	}
	f := d.find(name, s)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.memory != nil && f.current() {
		return f.memory, nil
	}
	p := f.memory
	if f.memory = nil; p == nil {
		p = Alloc(size)
	}
	for i, x := range f.of {
		f.versions[i] = x.Version()
	}
	if err := make(p); err != nil {
		return nil, err
	}
	f.memory = p
	return p, nil
}

// find returns the form of that name that is made of s, a new one in place of the one
// not used for the longest time if there is none.
func (d *derived) find(name string, s Source) *form {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i, f := range d.forms {
		if f.name == name && slices.Equal(f.of, s.Buffers) && slices.Equal(f.values, s.Values) {
			copy(d.forms[i:], d.forms[i+1:])
			d.forms[len(d.forms)-1] = f
			return f
		}
	}
	if len(d.forms) == maxDerived {
		d.forms = slices.Delete(d.forms, 0, 1)
	}
	f := &form{name: name, of: slices.Clone(s.Buffers), values: slices.Clone(s.Values), versions: make([]uint64, len(s.Buffers))}
	d.forms = append(d.forms, f)
	return f
}

func (f *form) current() bool {
	for i, x := range f.of {
		if x.Version() != f.versions[i] {
			return false
		}
	}
	return true
}
