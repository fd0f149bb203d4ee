// SPDX-License-Identifier: MIT

package cases

import (
	_ "embed"
	"encoding/json"
)

//go:embed checks.json
var checks []byte

// readChecks fills m with PyTorch's numbers for the small cases.
func readChecks(m map[string]float64) error { return json.Unmarshal(checks, &m) }

// Small returns c on fewer and smaller inputs, to see quickly that both sides agree.
func (c Case) Small() Case {
	c.Size, c.Batch = min(c.Size, 128), min(c.Batch, 4)
	if c.Kind == "conv" {
		c.Image = min(c.Image, 14)
	}
	if c.Kind == "model" {
		c.Image = min(c.Image, 64)
	}
	return c
}
