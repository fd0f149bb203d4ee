// SPDX-License-Identifier: MIT

package gorgonia

import (
	G "gorgonia.org/gorgonia"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/access"
	"github.com/stheno-go/stheno/internal/ops"
)

// Value returns t as a value of Gorgonia's for G.Let. It shares memory with t, as
// stheno.Data does; a tensor of no dimensions is copied.
func Value(t *stheno.Tensor) (G.Value, error) {
	if err := t.Err(); err != nil {
		return nil, err
	}
	data, dims := access.Tensor(t)
	data.Share()
	return ops.ValueAt(data.HostPointer(), ops.Meta{Dims: dims, DType: data.DType()}), nil
}
