// SPDX-License-Identifier: MIT

// Package processor names the processor.
package processor

import (
	"os"
	"runtime"
	"strings"
)

// Name returns the processor's name if the system provides it, else its architecture.
func Name() string {
	b, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	for line := range strings.Lines(string(b)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}
