// SPDX-License-Identifier: MIT

package datasets

import (
	"errors"
	"fmt"
	"io/fs"
)

// SampleError is the error of a sample that could not be read.
type SampleError struct {
	Index int    // of the sample in the Loader's Dataset
	Path  string // of the file, if Err wraps an [fs.PathError]
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
