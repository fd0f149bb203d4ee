// SPDX-License-Identifier: MIT

package ops

import (
	"encoding/binary"
	"fmt"
	"hash"
	"hash/fnv"
	"unsafe"

	"github.com/chewxy/hm"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/stheno-go/stheno/internal/dtype"
	"github.com/stheno-go/stheno/internal/shape"
	"github.com/stheno-go/stheno/internal/storage"
)

// adapter turns an Op at one shape into a gorgonia.Op and gorgonia.SDOp, so that
// any Gorgonia machine can run it and gorgonia.Backpropagate differentiate it.
type adapter struct {
	op   Op
	out  Meta
	in   []Meta
	salt uint32 // sets apart nodes whose 32-bit hashes collide

	table *Table // nil: the node is in a graph of Gorgonia's
	id    uint32 // in the table
	kids  []*G.Node
}

var _ G.SDOp = (*adapter)(nil)

func (a *adapter) Arity() int           { return len(a.in) }
func (a *adapter) ReturnsPtr() bool     { return true }
func (a *adapter) CallsExtern() bool    { return false }
func (a *adapter) OverwritesInput() int { return -1 }
func (a *adapter) String() string       { return Describe(a.op) }

// Type uses one type variable an input: Gorgonia keeps 'a' and 'b' for itself,
// and puts the function type back into a pool, so it is made afresh.
func (a *adapter) Type() hm.Type {
	ts := make([]hm.Type, 0, len(a.in)+1)
	for i := range a.in {
		ts = append(ts, hm.TypeVariable('\u0400'+rune(i)))
	}
	return hm.NewFnType(append(ts, typeOf(a.out))...)
}

func (a *adapter) InferShape(...G.DimSizer) (tensor.Shape, error) {
	return tensor.Shape(a.out.Dims.Slice()), nil
}

func (a *adapter) WriteHash(h hash.Hash) {
	b := append(make([]byte, 0, 64), "stheno."...)
	b = append(b, a.op.Name()...)
	b = append(b, 0)
	b = a.op.AppendAttrs(b)
	b = binary.LittleEndian.AppendUint32(b, a.salt)
	h.Write(b)
}

func (a *adapter) Hashcode() uint32 {
	h := fnv.New32a()
	a.WriteHash(h)
	return h.Sum32()
}

// DiffWRT returns a slice of n: a shorter one makes Backpropagate panic.
func (a *adapter) DiffWRT(n int) []bool {
	r := make([]bool, n)
	if d, ok := a.op.(Differentiable); ok {
		for i := range min(n, len(a.in)) {
			r[i] = d.Smooth(i) && a.in[i].DType.IsFloat()
		}
	}
	return r
}

func (a *adapter) SymDiff(in G.Nodes, out, dy *G.Node) (G.Nodes, error) {
	return a.Gradients(in, out, dy, a.DiffWRT(len(in)))
}

// Gradients is SymDiff for only the inputs that are needed.
func (a *adapter) Gradients(in G.Nodes, out, dy *G.Node, wanted []bool) (G.Nodes, error) {
	d, ok := a.op.(Differentiable)
	if !ok {
		return nil, fmt.Errorf("%s has no derivative", a.op.Name())
	}
	b := &Builder{In: in, Out: out, Dy: dy}
	r := make(G.Nodes, len(in))
	for i := range in {
		if wanted[i] && d.Smooth(i) {
			r[i] = d.Grad(b, i)
		}
	}
	return r, b.err
}

// Do runs the kernel on Gorgonia's values. It recovers, because a stock machine
// calls it on a goroutine of its own, where no caller could.
func (a *adapter) Do(values ...G.Value) (v G.Value, err error) {
	defer func() {
		if e := recover(); e != nil {
			v, err = nil, &KernelError{Op: a.op.Name(), Err: fmt.Errorf("%v", e)}
		}
	}()
	c := &Call{In: make([]unsafe.Pointer, len(values))}
	layouts := make([]Layout, len(values))
	for i, value := range values {
		c.In[i] = Address(value)
		layouts[i] = Contiguous(a.in[i])
	}
	c.Out = storage.Alloc(max(a.out.Dims.Size()*a.out.DType.Size(), 1))
	if err := a.op.Kernel(a.out, layouts)(c); err != nil {
		return nil, &KernelError{Op: a.op.Name(), Err: err}
	}
	return ValueAt(c.Out, a.out), nil
}

// Address returns where the elements of v are. The caller keeps v alive.
func Address(v G.Value) unsafe.Pointer {
	if p, ok := v.(interface{ Pointer() unsafe.Pointer }); ok {
		return p.Pointer()
	}
	u := v.Uintptr()
	return *(*unsafe.Pointer)(unsafe.Pointer(&u))
}

// Describe formats an operation with its attributes for dumps.
func Describe(op Op) string {
	if s, ok := op.(fmt.Stringer); ok {
		return s.String()
	}
	return op.Name()
}

// ValueAt wraps the memory at p as a Gorgonia value; a scalar is copied. package
// tensor has no tensors without elements, so those get a type of ours.
func ValueAt(p unsafe.Pointer, m Meta) G.Value {
	if m.Dims.Size() == 0 {
		return empty{m}
	}
	if m.Dims.Len() == 0 {
		switch m.DType {
		case dtype.Float32:
			return G.NewF32(*(*float32)(p))
		case dtype.Float64:
			return G.NewF64(*(*float64)(p))
		case dtype.Int64:
			return G.NewI64(*(*int64)(p))
		case dtype.Uint8:
			return G.NewU8(*(*uint8)(p))
		default:
			return G.NewB(*(*bool)(p))
		}
	}
	n := m.Dims.Size()
	var backing any
	switch m.DType {
	case dtype.Float32:
		backing = vec[float32](p, n)
	case dtype.Float64:
		backing = vec[float64](p, n)
	case dtype.Int64:
		backing = vec[int64](p, n)
	case dtype.Uint8:
		backing = vec[uint8](p, n)
	default:
		backing = vec[bool](p, n)
	}
	return tensor.New(tensor.WithShape(m.Dims.Slice()...), tensor.WithBacking(backing))
}

// empty is a value without elements.
type empty struct{ m Meta }

func (e empty) Shape() tensor.Shape        { return tensor.Shape(e.m.Dims.Slice()) }
func (e empty) Size() int                  { return 0 }
func (e empty) Data() any                  { return nil }
func (e empty) Dtype() tensor.Dtype        { return gorgoniaTypes[e.m.DType] }
func (e empty) Type() hm.Type              { return typeOf(e.m) }
func (e empty) Uintptr() uintptr           { return 0 }
func (e empty) MemSize() uintptr           { return 0 }
func (e empty) Pointer() unsafe.Pointer    { return nil }
func (e empty) Format(s fmt.State, _ rune) { fmt.Fprintf(s, "%v[]", e.m.Dims) }

var gorgoniaTypes = [...]tensor.Dtype{
	dtype.Float32: tensor.Float32, dtype.Float64: tensor.Float64, dtype.Int64: tensor.Int64,
	dtype.Uint8: tensor.Uint8, dtype.Bool: tensor.Bool,
}

// typeOf returns Gorgonia's type: scalars have the bare element type.
func typeOf(m Meta) hm.Type {
	if m.Dims.Len() == 0 {
		return gorgoniaTypes[m.DType]
	}
	return G.TensorType{Dims: m.Dims.Len(), Of: gorgoniaTypes[m.DType]}
}

// Input adds an input node to g. The name must be unique in the graph, because
// Gorgonia merges inputs of one name and shape.
func Input(g *G.ExprGraph, m Meta, name string) *G.Node {
	return G.NewTensor(g, gorgoniaTypes[m.DType], m.Dims.Len(), G.WithShape(m.Dims.Slice()...), G.WithName(name))
}

// MetaOf returns the type and shape of a node, of this package or not.
func MetaOf(n *G.Node) (Meta, error) {
	if a, ok := n.Op().(*adapter); ok {
		return a.out, nil
	}
	dims, err := shape.Of(n.Shape()...)
	if err != nil {
		return Meta{}, err
	}
	for d, t := range gorgoniaTypes {
		if t == n.Dtype() {
			return Meta{Dims: dims, DType: dtype.DType(d)}, nil
		}
	}
	return Meta{}, fmt.Errorf("element type %v of %v is not supported", n.Dtype(), n)
}
