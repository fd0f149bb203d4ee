// SPDX-License-Identifier: MIT

package emu

import (
	"fmt"
	"sync"

	"github.com/stheno-go/stheno/internal/cuda/ptx"
)

// Module is PTX that was loaded.
type Module struct {
	dev     *Device
	kernels map[string]*Kernel
	banks   []*bank
}

// Kernel is an entry of a module.
type Kernel struct {
	dev        *Device
	src        *ptx.Func
	name       string
	code       []inst
	hits       []bool
	params     []Place
	paramBytes int
	slots      int // registers, literals and special registers
	preds      int
	literals   []literal
	specials   []special
	shared     int // bytes that the text declares
	local      int // bytes of a thread
	optin      int // dynamic shared memory that is allowed beyond the usual limit
	registers  func() int
}

// Place is where a parameter is among the bytes of all.
type Place struct{ Offset, Size int }

type literal struct {
	slot int
	bits uint64
}

type special struct {
	slot int
	name string
}

// Load reads PTX. Its variables in global and constant memory live until [Module.Unload]; those
// without initial values are zero.
func (d *Device) Load(text string) (*Module, error) {
	m, err := ptx.Parse(text)
	if err != nil {
		return nil, err
	}
	out := &Module{dev: d, kernels: map[string]*Kernel{}}
	globals := map[string]uint64{}
	for _, v := range m.Vars {
		if v.Space != ptx.Const && v.Space != ptx.Global {
			continue
		}
		b, err := d.mem.alloc(uint64(v.Bytes()), "variable "+v.Name)
		if err != nil {
			out.Unload()
			return nil, err
		}
		copy(b.data, v.Init)
		fill(b.state[:b.size], written)
		b.constant = v.Space == ptx.Const
		globals[v.Name] = b.base
		out.banks = append(out.banks, b)
	}
	for _, f := range m.Funcs {
		k, err := decode(m, f, globals)
		if err != nil {
			out.Unload()
			return nil, err
		}
		k.dev, k.registers = d, sync.OnceValue(k.pressure)
		out.kernels[f.Name] = k
	}
	return out, nil
}

// Unload releases the module's variables.
func (m *Module) Unload() {
	for _, b := range m.banks {
		b.name = ""
		_ = m.dev.mem.free(b.base)
	}
	m.banks, m.kernels = nil, nil
}

// Kernel returns an entry.
func (m *Module) Kernel(name string) (*Kernel, error) {
	if k := m.kernels[name]; k != nil {
		return k, nil
	}
	return nil, fmt.Errorf("emu: the module has no entry %q", name)
}

// Params returns the places of the parameters.
func (k *Kernel) Params() []Place { return k.params }

// SetShared allows n bytes of dynamic shared memory.
func (k *Kernel) SetShared(n int) error {
	if n < 0 || n+k.shared > maxOptin {
		return fmt.Errorf("emu: %s: %d bytes of shared memory and %d dynamic ones; %d are allowed", k.name, k.shared, n, maxOptin)
	}
	k.optin = n
	return nil
}

// Registers returns the most 32-bit registers that a thread needs at one time. A compiler may need
// a few more or less.
func (k *Kernel) Registers() int { return k.registers() }

// Missed returns the instructions that no launch has executed.
func (k *Kernel) Missed() []*ptx.Inst {
	var out []*ptx.Inst
	for i, hit := range k.hits {
		if !hit {
			out = append(out, k.code[i].src)
		}
	}
	return out
}
