// SPDX-License-Identifier: MIT

package ops

import (
	"fmt"

	G "gorgonia.org/gorgonia"
)

// once is embedded by gradients that cannot be derived again: asking for it is an
// error, never a wrong number.
type once struct{}

// Smooth implements [Differentiable].
func (once) Smooth(int) bool { return true }

// Grad implements [Differentiable].
func (once) Grad(b *Builder, _ int) *G.Node {
	if b.err == nil {
		b.err = fmt.Errorf("%v has no second derivative here", b.Out.Op())
	}
	return nil
}
