// SPDX-License-Identifier: MIT

package machine

import (
	"fmt"
	"reflect"
	"runtime"
	"unsafe"

	G "gorgonia.org/gorgonia"

	"github.com/stheno-go/stheno/internal/ops"
	"github.com/stheno-go/stheno/internal/plan"
)

var _ G.VM = (*VM)(nil)

// VM is a Machine behind Gorgonia's interface: it runs any expression graph. After
// RunAll the graph's roots, the gradients that gorgonia.Grad made and what
// gorgonia.Read asked for have values; the values in between exist only within the
// plan. A value is written again by the next RunAll.
type VM struct {
	graph   *G.ExprGraph
	machine *Machine // nil until the first RunAll
	inputs  []*G.Node
	outputs []vmOutput
	closed  bool
}

// vmOutput is a node that RunAll gives a value to.
type vmOutput struct {
	node  *G.Node
	meta  ops.Meta
	words []uint64 // the value's memory
	reads []*G.Value
}

// NewVM returns a VM for g. The plan is made by the first RunAll.
func NewVM(g *G.ExprGraph) *VM { return &VM{graph: g} }

// RunAll computes the graph from the values of its inputs.
func (m *VM) RunAll() error {
	if m.closed {
		return fmt.Errorf("machine: run: the machine is closed")
	}
	if m.machine == nil {
		if err := m.prepare(); err != nil {
			return err
		}
	}
	for i, n := range m.inputs {
		v := n.Value()
		if v == nil {
			return fmt.Errorf("machine: input %v has no value: give it one with gorgonia.Let", n)
		}
		m.machine.SetInputAt(i, ops.Address(v))
		defer runtime.KeepAlive(v)
	}
	for i := range m.outputs {
		m.machine.SetOutputAt(i, unsafe.Pointer(unsafe.SliceData(m.outputs[i].words)))
	}
	if err := m.machine.Run(); err != nil {
		return err
	}
	for i := range m.outputs {
		if err := m.outputs[i].publish(); err != nil {
			return err
		}
	}
	return nil
}

// Reset does nothing: every RunAll starts over.
func (m *VM) Reset() {}

// Close lets the plan go.
func (m *VM) Close() error {
	m.machine, m.inputs, m.outputs, m.closed = nil, nil, nil, true
	return nil
}

// prepare plans the computation of what must have a value.
func (m *VM) prepare() error {
	index := map[*G.Node]int{}
	want := func(n *G.Node) (int, error) {
		if i, ok := index[n]; ok {
			return i, nil
		}
		meta, err := ops.MetaOf(n)
		if err != nil {
			return 0, err
		}
		bytes := meta.Dims.Size() * meta.DType.Size()
		index[n] = len(m.outputs)
		m.outputs = append(m.outputs, vmOutput{node: n, meta: meta, words: make([]uint64, (bytes+7)/8)})
		return index[n], nil
	}
	m.inputs, m.outputs = nil, nil
	for _, n := range m.graph.AllNodes() {
		into := readInto(n)
		switch {
		case n.Op() == nil:
			m.inputs = append(m.inputs, n)
			if d := n.Deriv(); d != nil && d.Op() != nil {
				if _, err := want(d); err != nil {
					return err
				}
			}
		case into != nil:
			i, err := want(ops.Children(n)[0])
			if err != nil {
				return err
			}
			m.outputs[i].reads = append(m.outputs[i].reads, into)
		case m.graph.To(n.ID()).Len() == 0:
			if _, err := want(n); err != nil {
				return err
			}
		}
	}
	nodes := make([]*G.Node, len(m.outputs))
	for i := range m.outputs {
		nodes[i] = m.outputs[i].node
	}
	p, err := plan.Build(nodes, m.inputs, plan.Options{})
	if err != nil {
		return err
	}
	m.machine = New(p)
	return nil
}

// readInto returns where a statement made by gorgonia.Read puts its value, nil for
// any other node. Gorgonia shows neither, and its operation does nothing by itself.
func readInto(n *G.Node) *G.Value {
	op := reflect.ValueOf(n.Op())
	if !op.IsValid() || op.Type().String() != "gorgonia.readOp" {
		return nil
	}
	return (*G.Value)(op.Field(0).UnsafePointer())
}

// publish makes what was computed the node's value.
func (o *vmOutput) publish() error {
	v := ops.ValueAt(unsafe.Pointer(unsafe.SliceData(o.words)), o.meta)
	for _, r := range o.reads {
		*r = v
	}
	if o.node.Op() == nil { // an input that was asked for keeps the value it was given
		return nil
	}
	return G.UnsafeLet(o.node, v)
}
