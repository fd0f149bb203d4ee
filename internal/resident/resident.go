// SPDX-License-Identifier: MIT

// Package resident returns the resident memory of this process on Linux.
package resident

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// Memory returns how many bytes of this process are in memory now, and the most that
// ever were since its start or the last Reset. Elsewhere than on Linux it is an error.
func Memory() (now, peak int64, err error) {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, 0, fmt.Errorf("resident memory is known on Linux only: %w", err)
	}
	for line := range strings.Lines(string(b)) {
		f := strings.Fields(line)
		if len(f) != 3 || f[2] != "kB" {
			continue
		}
		to := map[string]*int64{"VmRSS:": &now, "VmHWM:": &peak}[f[0]]
		if to == nil {
			continue
		}
		kb, err := strconv.ParseInt(f[1], 10, 64)
		if err != nil {
			return 0, 0, fmt.Errorf("/proc/self/status: %w", err)
		}
		*to = kb << 10
	}
	if now == 0 || peak == 0 {
		return 0, 0, fmt.Errorf("/proc/self/status has no VmRSS and VmHWM")
	}
	return now, peak, nil
}

// Reset makes the peak what is in memory now.
func Reset() error {
	return os.WriteFile("/proc/self/clear_refs", []byte("5"), 0o200) // proc(5)
}
