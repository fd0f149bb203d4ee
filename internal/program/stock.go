// SPDX-License-Identifier: MIT

package program

import (
	"errors"
	"fmt"
	"unsafe"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/stheno-go/stheno/internal/lower"
	"github.com/stheno-go/stheno/internal/ops"
	"github.com/stheno-go/stheno/internal/storage"
)

// stock runs a program on a Gorgonia machine that the user chose.
type stock struct {
	vm      G.VM
	inputs  []stockSlot
	outputs []stockSlot
	reads   []G.Value
}

// stockSlot is an input or output: its node in the pruned graph, nil if that does
// not need it, and where its value is.
type stockSlot struct {
	node  *G.Node
	meta  ops.Meta
	ptr   unsafe.Pointer
	alias int // of an output: the input that it is, or -1
}

// newStock copies the wanted part of the graph, because a stock machine runs dead
// nodes too and needs values for inputs that nothing reads.
func newStock(p *Program) (*stock, error) {
	s := &stock{inputs: make([]stockSlot, len(p.graph.Inputs)), outputs: make([]stockSlot, len(p.wanted)), reads: make([]G.Value, len(p.wanted))}
	var filled []*G.Node // what has no elements need not be computed
	for i, n := range p.wanted {
		m, err := ops.MetaOf(n)
		if err != nil {
			return nil, err
		}
		s.outputs[i] = stockSlot{meta: m, alias: -1}
		if m.Dims.Size() > 0 {
			filled = append(filled, n)
		}
	}
	g, twins, err := lower.Prune(filled)
	if err != nil {
		return nil, err
	}
	position := map[*G.Node]int{}
	for i, n := range p.graph.Inputs {
		m, err := ops.MetaOf(n)
		if err != nil {
			return nil, err
		}
		s.inputs[i] = stockSlot{node: twins[n], meta: m}
		position[n] = i
	}
	computes := false
	for i, n := range p.wanted {
		out := &s.outputs[i]
		if k, ok := position[n]; ok {
			out.alias = k
			continue
		}
		if out.meta.Dims.Size() == 0 {
			continue
		}
		out.node = twins[n]
		computes = true
		G.Read(twins[n], &s.reads[i])
	}
	if computes {
		s.vm, err = newMachine(p.machine, g)
	}
	return s, err
}

// newMachine calls f, which panics where a Gorgonia program does not compile.
func newMachine(f func(*G.ExprGraph) G.VM, g *G.ExprGraph) (vm G.VM, err error) {
	defer func() {
		if e := recover(); e != nil {
			err = fmt.Errorf("the chosen machine cannot be made: %v", e)
		}
	}()
	return f(g), nil
}

func (s *stock) SetInput(i int, b *storage.Buffer)   { s.SetInputAt(i, b.HostPointer()) }
func (s *stock) SetOutput(i int, b *storage.Buffer)  { s.SetOutputAt(i, b.HostPointer()) }
func (s *stock) SetInputAt(i int, p unsafe.Pointer)  { s.inputs[i].ptr = p }
func (s *stock) SetOutputAt(i int, p unsafe.Pointer) { s.outputs[i].ptr = p }

func (s *stock) Run() error {
	if s.vm != nil {
		for _, in := range s.inputs {
			if in.node == nil {
				continue
			}
			if err := G.Let(in.node, ops.ValueAt(in.ptr, in.meta)); err != nil {
				return err
			}
		}
		if err := s.vm.RunAll(); err != nil {
			s.vm.Reset()
			return reason(err)
		}
		defer s.vm.Reset()
	}
	for i, out := range s.outputs {
		if out.alias >= 0 {
			copyBytes(out.ptr, s.inputs[out.alias].ptr, out.meta)
			continue
		}
		v := s.reads[i]
		if out.node == nil {
			continue
		}
		if v == nil {
			return fmt.Errorf("the machine computed no value for output %d", i)
		}
		if t, ok := v.(tensor.Tensor); ok && t.RequiresIterator() {
			v = tensor.Materialize(t).(G.Value)
		}
		copyBytes(out.ptr, ops.Address(v), out.meta)
	}
	return nil
}

// reason digs for the error of an operation of ours: Gorgonia's error with the
// place in the program has no Unwrap.
func reason(err error) error {
	inner := err
	if e, ok := err.(interface{ Err() error }); ok {
		inner = e.Err()
	}
	var k *ops.KernelError
	if errors.As(inner, &k) {
		return k
	}
	return fmt.Errorf("stheno: the chosen machine: %w", err)
}

func copyBytes(dst, src unsafe.Pointer, m ops.Meta) {
	n := m.Dims.Size() * m.DType.Size()
	copy(unsafe.Slice((*byte)(dst), n), unsafe.Slice((*byte)(src), n))
}
