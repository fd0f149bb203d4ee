// SPDX-License-Identifier: MIT

package storage

import (
	"math"

	"golang.org/x/sys/unix"
)

func memory() int64 {
	var s unix.Sysinfo_t
	if unix.Sysinfo(&s) != nil {
		return math.MaxInt64
	}
	return int64(s.Totalram) * int64(s.Unit)
}
