// SPDX-License-Identifier: MIT

// Package machine runs plans. It allocates nothing in the steady state, starts no
// goroutine of its own, and turns a panic in a kernel into an error.
package machine

import (
	"fmt"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/stheno-go/stheno/internal/ops"
	"github.com/stheno-go/stheno/internal/plan"
	"github.com/stheno-go/stheno/internal/storage"
)

// Machine is a plan with its operands resolved. It serves one caller at a time.
type Machine struct {
	plan    *plan.Plan
	calls   []ops.Call
	kernels []ops.Kernel // of the calls
	inputs  [][]patch    // by input: where its address goes
	outputs [][]patch
	arena   []patch
	sources [][]sourceRef // by input
}

// patch is a place in a call that an address is written to.
type patch struct {
	field  *unsafe.Pointer
	offset int
}

// New returns a machine for p.
func New(p *plan.Plan) *Machine {
	m := &Machine{plan: p, calls: make([]ops.Call, len(p.Instrs)), kernels: make([]ops.Kernel, len(p.Instrs)), inputs: make([][]patch, p.Inputs), outputs: make([][]patch, p.Outputs)}
	for i, in := range p.Instrs {
		c := &m.calls[i]
		m.kernels[i] = in.Kernel
		c.In = make([]unsafe.Pointer, len(in.In))
		m.link(&c.Out, in.Out)
		for j, place := range in.In {
			m.link(&c.In[j], place)
		}
	}
	m.keep()
	if 0 < p.ArenaSize && p.ArenaSize <= ownArena {
		m.place(storage.Alloc(p.ArenaSize))
	}
	reserve()
	return m
}

// ownArena is the size in bytes up to which a machine has an arena of its own: taking one
// and giving it back costs as much as a small instruction.
const ownArena = 1 << 12

// place makes the calls point into the arena at base.
func (m *Machine) place(base unsafe.Pointer) {
	for _, f := range m.arena {
		*f.field = unsafe.Add(base, f.offset)
	}
}

// leave makes the calls point nowhere, so that an idle machine keeps no arena alive.
func (m *Machine) leave() {
	for _, f := range m.arena {
		*f.field = nil
	}
}

func (m *Machine) link(field *unsafe.Pointer, p plan.Place) {
	switch p.Space {
	case plan.Input:
		m.inputs[p.Index] = append(m.inputs[p.Index], patch{field, p.Offset})
	case plan.Output:
		m.outputs[p.Index] = append(m.outputs[p.Index], patch{field, p.Offset})
	case plan.Arena:
		m.arena = append(m.arena, patch{field, p.Offset})
	}
}

// Plan returns the machine's plan.
func (m *Machine) Plan() *plan.Plan { return m.plan }

// SetInput says in which Buffer input i is. What is kept of it is kept there.
func (m *Machine) SetInput(i int, b *storage.Buffer) {
	m.SetInputAt(i, b.HostPointer())
	if m.sources == nil {
		return
	}
	for _, r := range m.sources[i] {
		r.k.source.Buffers[r.j] = b
	}
}

// SetInputAt says where in host memory input i is; nil lets it go.
func (m *Machine) SetInputAt(i int, p unsafe.Pointer) {
	for _, f := range m.inputs[i] {
		*f.field = behind(p, f.offset)
	}
}

// SetOutput says into which Buffer output i is to be written.
func (m *Machine) SetOutput(i int, b *storage.Buffer) { m.SetOutputAt(i, b.HostPointer()) }

// SetOutputAt says where in host memory output i is to be written.
func (m *Machine) SetOutputAt(i int, p unsafe.Pointer) {
	for _, f := range m.outputs[i] {
		*f.field = behind(p, f.offset)
	}
}

// behind returns the address offset bytes behind p; nil, the memory of a value that
// has no elements or was let go, stays nil.
func behind(p unsafe.Pointer, offset int) unsafe.Pointer {
	if p == nil {
		return nil
	}
	return unsafe.Add(p, offset)
}

// Run executes the plan.
func (m *Machine) Run() error {
	if m.plan.ArenaSize > ownArena {
		a := takeArena(m.plan.ArenaSize)
		m.place(a.base)
		defer a.giveBack()
		defer m.leave()
	}
	return m.execute()
}

func (m *Machine) execute() (err error) {
	i := 0
	defer func() {
		if e := recover(); e != nil {
			err = &ops.KernelError{Op: m.plan.Instrs[i].Name, Err: fmt.Errorf("%v", e)}
		}
	}()
	calls, kernels, report := m.calls, m.kernels, profiler.Load()
	for k := range min(len(calls), len(kernels)) {
		i = k
		if report != nil {
			err = m.timed(k, *report)
		} else {
			err = kernels[k](&calls[k])
		}
		if err != nil {
			return &ops.KernelError{Op: m.plan.Instrs[k].Name, Err: err}
		}
	}
	return nil
}

// timed executes instruction i and reports how long it took.
func (m *Machine) timed(i int, report func(*plan.Instr, time.Duration)) error {
	begin := time.Now()
	err := m.kernels[i](&m.calls[i])
	if err == nil {
		report(&m.plan.Instrs[i], time.Since(begin))
	}
	return err
}

var profiler atomic.Pointer[func(*plan.Instr, time.Duration)]

// SetProfiler makes machines tell f of every instruction that they executed and how
// long it took; nil ends that.
func SetProfiler(f func(*plan.Instr, time.Duration)) {
	if f == nil {
		profiler.Store(nil)
		return
	}
	profiler.Store(&f)
}
