// SPDX-License-Identifier: MIT

package stheno

import (
	"errors"
	"fmt"
	"math"

	"github.com/stheno-go/stheno/internal/dtype"
	"github.com/stheno-go/stheno/internal/ops"
	"github.com/stheno-go/stheno/internal/record"
)

// Every operation is recorded by record1, record2, record3 or recordN, which take Variables, or by
// recordSlot or recordNodes, which also take numbers; derivatives are recorded by [Grad]. Invalid
// operands give a failed Variable. The forms of fixed arity, here and in [record.Node], save a few
// percent of the time of a small step, since they need no slice for the operands.

func (v *Variable) record1(op ops.Op) *Variable {
	r := new(Variable)
	if ok, err := r.n.Init1(op, v.node()); !ok {
		return r.fail(op.Name(), err, v.node())
	}
	return r
}

func (v *Variable) record2(op ops.Op, w *Variable) *Variable {
	r := new(Variable)
	if w == nil {
		return r.fail(op.Name(), errNil, v.node())
	}
	if ok, err := r.n.Init2(op, v.node(), &w.n); !ok {
		return r.fail(op.Name(), err, v.node(), &w.n)
	}
	return r
}

func (v *Variable) record3(op ops.Op, w, x *Variable) *Variable {
	r := new(Variable)
	if w == nil || x == nil {
		return r.fail(op.Name(), errNil, v.node())
	}
	if ok, err := r.n.Init3(op, v.node(), &w.n, &x.n); !ok {
		return r.fail(op.Name(), err, v.node(), &w.n, &x.n)
	}
	return r
}

var errNil = errors.New("an operand is nil")

// recordN records an operation of any number of operands. Those after the first need may be nil at the
// end, as an absent bias.
func recordN(op ops.Op, need int, in ...*Variable) *Variable {
	for len(in) > need && in[len(in)-1] == nil {
		in = in[:len(in)-1]
	}
	r := new(Variable)
	nodes := make([]*record.Node, 0, 8)
	for _, v := range in {
		if v == nil {
			return r.fail(op.Name(), errNil, nodes...)
		}
		nodes = append(nodes, v.node())
	}
	if len(in) == 0 {
		return r.fail(op.Name(), fmt.Errorf("expects at least one operand"))
	}
	if ok, err := r.n.InitN(op, nodes...); !ok {
		return r.fail(op.Name(), err, nodes...)
	}
	return r
}

// withNumber is a recorded operation with the slot of its number, in one allocation.
type withNumber struct {
	v Variable
	n record.Node
}

// recordNumber records op of v and a number, which becomes a slot of the program, so that another
// number does not compile again. If isInt, whole is the exact value, which x may round.
func (v *Variable) recordNumber(op ops.Op, x float64, whole int64, isInt bool) *Variable {
	want := v.node().DType()
	switch {
	case want.IsFloat():
	case !isInt:
		want = dtype.Float32
	case want == dtype.Bool:
		want = dtype.Int64
	}
	if want != v.node().DType() {
		v = v.To(DType(want))
	}
	return v.recordSlot(op, want, bits(want, x, whole, isInt))
}

// bits returns the bits of a number in type d, modulo 256 for uint8. If isInt, the number is whole.
func bits(d dtype.DType, x float64, whole int64, isInt bool) uint64 {
	switch {
	case isInt && d == dtype.Int64:
		return uint64(whole)
	case isInt && d == dtype.Uint8:
		return uint64(uint8(whole))
	}
	return record.Bits(d, x)
}

// recordSlot records op of v and one number of type d, given as its bits.
func (v *Variable) recordSlot(op ops.Op, d dtype.DType, bits uint64) *Variable {
	r := new(withNumber)
	r.n.InitScalar(d, bits)
	if ok, err := r.v.n.Init2(op, v.node(), &r.n); !ok {
		return r.v.fail(op.Name(), err, v.node())
	}
	return &r.v
}

// recordSlots records op of v and numbers of type d, which become slots of the program.
func (v *Variable) recordSlots(op ops.Op, d dtype.DType, numbers ...float64) *Variable {
	if len(numbers) == 1 {
		return v.recordSlot(op, d, record.Bits(d, numbers[0]))
	}
	list := make([]uint64, len(numbers))
	for i, x := range numbers {
		list[i] = record.Bits(d, x)
	}
	return v.recordBits(op, d, list...)
}

// recordBits is recordSlots of numbers given as their bits.
func (v *Variable) recordBits(op ops.Op, d dtype.DType, numbers ...uint64) *Variable {
	slots := make([]*record.Node, len(numbers))
	for i, x := range numbers {
		slots[i] = slot(d, x)
	}
	return v.recordNodes(op, slots...)
}

// recordNodes records op of v and slots.
func (v *Variable) recordNodes(op ops.Op, slots ...*record.Node) *Variable {
	r := new(Variable)
	if ok, err := r.n.InitN(op, append([]*record.Node{v.node()}, slots...)...); !ok {
		return r.fail(op.Name(), err, v.node())
	}
	return r
}

// slot returns a node for a number of type d, given as its bits, that is an input of the program.
func slot(d dtype.DType, bits uint64) *record.Node {
	n := new(record.Node)
	n.InitScalar(d, bits)
	return n
}

// with records op of v and y, which is a *Variable or a Go number.
func (v *Variable) with(op ops.Op, y any) *Variable {
	if w, ok := y.(*Variable); ok {
		if w == nil {
			return new(Variable).fail(op.Name(), errNil, v.node())
		}
		a, b := promote(v, w)
		return a.record2(op, b)
	}
	x, whole, isInt, ok := number(y)
	if !ok {
		return new(Variable).fail(op.Name(), &ops.InferError{Text: fmt.Sprintf("operand is a %T, must be a *Variable or a number", y), DType: true}, v.node())
	}
	return v.recordNumber(op, x, whole, isInt)
}

func number(y any) (x float64, whole int64, isInt, ok bool) {
	switch y := y.(type) {
	case float64:
		return y, 0, false, true
	case int:
		return float64(y), int64(y), true, true
	case float32:
		return float64(y), 0, false, true
	case int64:
		return float64(y), y, true, true
	case int32:
		return float64(y), int64(y), true, true
	case uint8:
		return float64(y), int64(y), true, true
	case int16:
		return float64(y), int64(y), true, true
	case int8:
		return float64(y), int64(y), true, true
	case uint32:
		return float64(y), int64(y), true, true
	case uint16:
		return float64(y), int64(y), true, true
	case uint:
		return float64(y), int64(y), true, uint64(y) <= math.MaxInt64
	case uint64:
		return float64(y), int64(y), true, uint64(y) <= math.MaxInt64
	}
	return 0, 0, false, false
}

// promote converts the operand of the narrower type. As in torch, a scalar does not widen a tensor with
// dimensions, unless it is of a higher kind: bool, integer, float.
func promote(a, b *Variable) (*Variable, *Variable) {
	x, y := a.node().DType(), b.node().DType()
	if x == y || a.node().Err() != nil || b.node().Err() != nil {
		return a, b
	}
	to := dtype.Promote(x, y)
	if x.IsFloat() == y.IsFloat() && (x == dtype.Bool) == (y == dtype.Bool) {
		switch as, bs := a.node().Dims().Len() == 0, b.node().Dims().Len() == 0; {
		case as && !bs:
			to = y
		case bs && !as:
			to = x
		}
	}
	return a.To(DType(to)), b.To(DType(to))
}
