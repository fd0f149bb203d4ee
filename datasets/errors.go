// SPDX-License-Identifier: MIT

package datasets

import (
	"errors"
	"fmt"
	"io/fs"
)

// SampleError is a sample that a Dataset could not give.
type SampleError struct {
	Index int    // of the sample in the Loader's Dataset
	Path  string // of the file, if Err holds an [fs.PathError]
	Err   error
}

// Error formats the error: index, file, reason.
func (e *SampleError) Error() string {
	return fmt.Sprintf("datasets: sample %d: %v", e.Index, e.Err)
}

// Unwrap returns the Dataset's error.
func (e *SampleError) Unwrap() error { return e.Err }

func sampleError(index int, err error) *SampleError {
	e := &SampleError{Index: index, Err: err}
	var file *fs.PathError
	if errors.As(err, &file) {
		e.Path = file.Path
	}
	return e
}

// PanicError is a panic in a Dataset, a transform or a Collate, with the stack of the
// worker it happened in.
type PanicError struct {
	Value any
	Stack []byte
}

// Error formats the value and the stack.
func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v\n\n%s", e.Value, e.Stack) }

// Unwrap returns the value if that is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}
