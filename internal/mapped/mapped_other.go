// SPDX-License-Identifier: MIT

//go:build !unix && !windows

package mapped

import (
	"errors"
	"fmt"
	"os"
)

// Map returns an error: this system maps no files.
func Map(*os.File, int64, int) ([]byte, error) {
	return nil, fmt.Errorf("mapping a file: %w", errors.ErrUnsupported)
}

// Unmap gives back what Map returned.
func Unmap([]byte) error { return nil }
