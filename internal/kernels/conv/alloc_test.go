// SPDX-License-Identifier: MIT

//go:build !race

package conv

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Small problems must leave no garbage: a step of a small network runs dozens of them.
// Under the race detector a sync.Pool drops things at random.
func TestSmallConvolutionsAllocateNothing(t *testing.T) {
	x, y, w := make([]float32, 1024), make([]float32, 1024), make([]float32, 1024)
	small := square(1, 2, 4, 2, 3, 1, 1, 1)
	whole := square(2, 8, 8, 8, 3, 1, 1, 1)
	thin := square(2, 8, 8, 8, 3, 1, 1, 8)
	for name, f := range map[string]func(){
		"small conv":       func() { Plain(&small, y, x, w, nil) },
		"conv":             func() { Plain(&whole, y, x, w, nil) },
		"conv grad input":  func() { PlainGradInput(&whole, y, x, w) },
		"conv grad weight": func() { PlainGradWeight(&whole, w[:576], y, x) },
		"thin conv":        func() { Plain(&thin, y, x, w, nil) },
		"thin grad input":  func() { PlainGradInput(&thin, y, x, w) },
		"thin grad weight": func() { PlainGradWeight(&thin, w[:72], y, x) },
	} {
		t.Run(name, func(t *testing.T) {
			f()
			require.Zero(t, testing.AllocsPerRun(100, f))
		})
	}
}
