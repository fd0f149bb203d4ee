// SPDX-License-Identifier: MIT

//go:build !unix && !windows

package mapped

import (
	"errors"
	"os"
)

// Map returns an error: the system cannot do it.
func Map(*os.File, int64, int) ([]byte, error) { return nil, errors.ErrUnsupported }

// Unmap has nothing to give back.
func Unmap([]byte) error { return nil }
