// SPDX-License-Identifier: MIT

//go:build !unix

package datasets

import (
	"io"

	"github.com/stheno-go/stheno/internal/regular"
)

func openDisk(path string) (io.ReadCloser, error) { return regular.Open(path) }
