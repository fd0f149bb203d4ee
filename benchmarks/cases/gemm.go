// SPDX-License-Identifier: MIT

package cases

import "github.com/stheno-go/stheno"

// gemm is the product of two square matrices; the check is its root mean square.
func (c Case) gemm() (*Task, error) {
	n := c.Size
	a, b := stheno.FromTensor(noise(1, 1, n, n)), stheno.FromTensor(noise(2, 1, n, n))
	return inference(func(x *stheno.Variable) *stheno.Variable { return x.MatMul(b) }, a, 2*float64(n)*float64(n)*float64(n), "FLOP"), nil
}
