// SPDX-License-Identifier: MIT

package program

import (
	"unsafe"
	"weak"

	"github.com/stheno-go/stheno/internal/storage"
)

// runner can run a program for one caller at a time: the machine of a device. It is given
// Buffers, which know where they are, and host memory only for single numbers.
type runner interface {
	SetInput(i int, b *storage.Buffer)
	SetOutput(i int, b *storage.Buffer)
	SetInputAt(i int, p unsafe.Pointer) // a number in host memory; nil: the input is let go
	SetOutputAt(i int, p unsafe.Pointer)
	Run() error
}

// instance is a runner that can be held weakly.
type instance struct {
	runner
	self weak.Pointer[instance]
}

func newInstance(r runner) *instance {
	in := &instance{runner: r}
	in.self = weak.Make(in)
	return in
}

// idle holds the instances of a program that nobody uses. One stays; those that more
// callers at a time need go with the next garbage collection that finds them idle, so
// that a burst of callers leaves nothing behind.
type idle struct {
	one  *instance
	more []weak.Pointer[instance]
}

// put makes in available to the next caller.
func (l *idle) put(in *instance) {
	if l.one == nil {
		l.one = in
		return
	}
	l.more = append(l.more, in.self)
}

// take returns an instance that nobody uses, nil if there is none.
func (l *idle) take() *instance {
	if in := l.one; in != nil {
		l.one = nil
		return in
	}
	for n := len(l.more) - 1; n >= 0; n-- {
		in := l.more[n].Value()
		l.more = l.more[:n]
		if in != nil {
			return in
		}
	}
	l.more = nil
	return nil
}
