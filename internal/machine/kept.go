// SPDX-License-Identifier: MIT

package machine

import (
	"fmt"
	"unsafe"

	"github.com/stheno-go/stheno/internal/ops"
	"github.com/stheno-go/stheno/internal/plan"
	"github.com/stheno-go/stheno/internal/storage"
)

// kept is an instruction whose result stays with the memory of an input, to be made
// again only when what it is made of was written: packed weights.
type kept struct {
	plan.Keep
	kernel  ops.Kernel
	call    *ops.Call
	source  storage.Source
	scalars []unsafe.Pointer // where the numbers of source are
	sizes   []int
	readers []*unsafe.Pointer
	make    func(unsafe.Pointer) error
	own     unsafe.Pointer // memory for what cannot be kept with an input
}

// keep prepares the instructions of the plan that keep their result.
func (m *Machine) keep() {
	if m.plan.Kept == 0 {
		return
	}
	m.sources = make([][]sourceRef, m.plan.Inputs)
	readers := make([][]*unsafe.Pointer, m.plan.Kept)
	for i, in := range m.plan.Instrs {
		for j, p := range in.In {
			if p.Space == plan.Kept {
				readers[p.Index] = append(readers[p.Index], &m.calls[i].In[j])
			}
		}
	}
	for i, in := range m.plan.Instrs {
		if in.Keep == nil {
			continue
		}
		k := &kept{Keep: *in.Keep, kernel: in.Kernel, call: &m.calls[i], readers: readers[in.Out.Index]}
		k.source.Buffers = make([]*storage.Buffer, len(k.Sources))
		k.source.Values = make([]uint64, len(k.Scalars))
		k.scalars = make([]unsafe.Pointer, len(k.Scalars))
		k.make = func(p unsafe.Pointer) error {
			k.call.Out = p
			return k.kernel(k.call)
		}
		for j, input := range k.Sources {
			m.sources[input] = append(m.sources[input], sourceRef{k, j})
		}
		for j, s := range k.Scalars {
			m.inputs[s.Input] = append(m.inputs[s.Input], patch{field: &k.scalars[j]})
			k.sizes = append(k.sizes, s.Size)
		}
		m.kernels[i] = k.run
	}
}

// sourceRef is a place where a Buffer is noted as a source of something kept.
type sourceRef struct {
	k *kept
	j int
}

// run brings the kept value up to date.
func (k *kept) run(*ops.Call) error {
	for j, p := range k.scalars {
		k.source.Values[j] = 0
		copy(unsafe.Slice((*byte)(unsafe.Pointer(&k.source.Values[j])), 8), unsafe.Slice((*byte)(p), k.sizes[j]))
	}
	for _, b := range k.source.Buffers {
		if b == nil {
			return fmt.Errorf("an input that something is kept of was not given as a buffer")
		}
	}
	p, err := k.value()
	if err != nil {
		return err
	}
	for _, r := range k.readers {
		*r = p
	}
	return nil
}

// value returns the kept value, made again each time in memory of this machine alone if
// nobody can say whether an input was written.
func (k *kept) value() (unsafe.Pointer, error) {
	if !k.source.Shared() {
		return k.source.Buffers[0].Derive(k.Form, k.Size, k.source, k.make)
	}
	if k.own == nil {
		k.own = storage.Alloc(k.Size)
	}
	return k.own, k.make(k.own)
}
