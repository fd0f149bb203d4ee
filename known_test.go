// SPDX-License-Identifier: MIT

package stheno_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/layers"
	"github.com/stheno-go/stheno/trainers/optim"
)

var _ = optim.NewSGD

type rnnCell struct{ In, State, Out *layers.Linear }

func newRNN(n int) *rnnCell {
	return &rnnCell{layers.NewLinear(n, n), layers.NewLinear(n, n), layers.NewLinear(n, n)}
}

func (c *rnnCell) step(x, h *V) *V { return c.In.Forward(x).Add(c.State.Forward(h)).Tanh() }

func TestTokens(t *testing.T) {
	for name, carry := range map[string]func(h *V) *V{
		"as it is": func(h *V) *V { return h },
		"detach":   func(h *V) *V { return h.Detach() },
		"run":      func(h *V) *V { require.NoError(t, stheno.Run(h)); return h },
		"run detach":      func(h *V) *V { require.NoError(t, stheno.Run(h)); return h.Detach() },
		"detach run":      func(h *V) *V { h = h.Detach(); require.NoError(t, stheno.Run(h)); return h },
		"keep":   func(h *V) *V { return h.Keep() },
		"values":   func(h *V) *V { stheno.Values[float32](h); return h },
	} {
		stheno.UseMachine(nil)
		c := newRNN(128)
		h, x := stheno.Zeros(1, 128), stheno.Ones(1, 128)
		begin := time.Now()
		for range 300 {
			h = carry(c.step(x, h))
			_, err := c.Out.Forward(h).ArgMax(1).Item()
			require.NoError(t, err)
		}
		fmt.Println(name, time.Since(begin), stheno.CacheStats())
	}
}
