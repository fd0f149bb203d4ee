// SPDX-License-Identifier: MIT

//go:build purego || android || !(linux || windows) || !(amd64 || arm64)

package drv

import (
	"fmt"
	"runtime"
)

// Variable names the environment variable that has the path of the driver's library.
const Variable = "STHENO_CUDA_DRIVER"

// Open returns ErrNoCUDA: this build has no way to a CUDA driver.
func Open() (Driver, error) {
	return nil, fmt.Errorf("%w; this build for %s/%s cannot open one", ErrNoCUDA, runtime.GOOS, runtime.GOARCH)
}
