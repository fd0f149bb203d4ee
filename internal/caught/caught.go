// SPDX-License-Identifier: MIT

// Package caught makes errors of panics in what users have written.
package caught

import (
	"fmt"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
)

// Error is a panic that was made an error.
type Error struct {
	Value any
	Place string // file and line of the panic
	Stack []byte // of its goroutine
}

// Error formats the value and the place.
func (e *Error) Error() string { return fmt.Sprintf("panic at %s: %v", e.Place, e.Value) }

// Unwrap returns the value if that is an error.
func (e *Error) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// Do calls f and returns its error, or its panic as one.
func Do(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = New(p)
		}
	}()
	return f()
}

// New returns the error of a value that recover has returned. It is called in the same
// deferred function, while the stack is still that of the panic.
func New(value any) *Error {
	return &Error{Value: value, Place: place(), Stack: debug.Stack()}
}

// place returns the frame that panicked: the first below the runtime's.
func place() string {
	var pcs [64]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	for panicked := false; ; {
		f, more := frames.Next()
		if own := strings.HasPrefix(f.Function, "runtime."); panicked && !own {
			return fmt.Sprintf("%s:%d", filepath.Base(f.File), f.Line)
		}
		panicked = panicked || f.Function == "runtime.gopanic"
		if !more {
			return "an unknown place"
		}
	}
}
