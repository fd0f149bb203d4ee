// SPDX-License-Identifier: MIT

//go:build !unix

package datasets

import (
	"io"
	"os"
)

func openDisk(path string) (io.ReadCloser, error) { return os.Open(path) }
