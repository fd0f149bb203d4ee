// SPDX-License-Identifier: MIT

package ops

import (
	"fmt"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Stock returns an operation of Gorgonia's as one that our plan can run: its
// result is copied out of the value that it returns.
func Stock(op G.Op, out Meta) Op { return stock{op: op, out: out} }

type stock struct {
	op  G.Op
	out Meta
}

func (s stock) Name() string                { return "gorgonia:" + s.op.String() }
func (s stock) AppendAttrs(b []byte) []byte { return b }
func (s stock) Infer(Inputs) (Meta, error)  { return s.out, nil }

func (s stock) Kernel(out Meta, in []Layout) Kernel {
	bytes := out.Dims.Size() * out.DType.Size()
	return func(c *Call) error {
		values := make([]G.Value, len(in))
		for i := range in {
			values[i] = ValueAt(c.In[i], in[i].Meta)
		}
		v, err := s.op.Do(values...)
		if err != nil {
			return err
		}
		if t, ok := v.(tensor.Tensor); ok && t.RequiresIterator() {
			v = tensor.Materialize(t).(G.Value)
		}
		if int(v.MemSize()) < bytes {
			return fmt.Errorf("returned %T of shape %v, expected %v", v, v.Shape(), out.Dims)
		}
		copy(vec[byte](c.Out, bytes), vec[byte](Address(v), bytes))
		return nil
	}
}
