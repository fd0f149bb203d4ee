// SPDX-License-Identifier: MIT

package emulated

import (
	"fmt"
	"unsafe"

	"github.com/stheno-go/stheno/internal/cuda/drv"
)

// Load implements [drv.Driver].
func (d *Driver) Load(ptx string) (drv.Module, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	v, err := d.enter("Load", false)
	if err != nil {
		return 0, err
	}
	m, err := v.emu.Load(ptx)
	if err != nil {
		return 0, fmt.Errorf("emulated: Load: %w", memory(err))
	}
	h := drv.Module(d.handle())
	d.modules[h] = &module{dev: v, mod: m, handle: h}
	return h, nil
}

func (d *Driver) module(call string, v *device, m drv.Module) (*module, error) {
	x := d.modules[m]
	switch {
	case x == nil || x.gone:
		return nil, invalid(call, "no such module")
	case x.dev != v:
		return nil, foreign(call, "module")
	}
	return x, nil
}

// Unload implements [drv.Driver]. Launches of its functions that have not run are faults.
func (d *Driver) Unload(m drv.Module) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	v, err := d.enter("Unload", false)
	if err != nil {
		return err
	}
	x, err := d.module("Unload", v, m)
	if err != nil {
		return err
	}
	x.mod.Unload()
	x.gone = true
	return nil
}

// Function implements [drv.Driver].
func (d *Driver) Function(m drv.Module, name string) (drv.Function, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	v, err := d.enter("Function", true)
	if err != nil {
		return 0, err
	}
	x, err := d.module("Function", v, m)
	if err != nil {
		return 0, err
	}
	k, err := x.mod.Kernel(name)
	if err != nil {
		return 0, invalid("Function", "%v", err)
	}
	h := drv.Function(d.handle())
	d.funcs[h] = &function{x, k}
	return h, nil
}

func (d *Driver) function(call string, v *device, f drv.Function) (*function, error) {
	x := d.funcs[f]
	switch {
	case x == nil || x.mod.gone:
		return nil, invalid(call, "no such function")
	case x.mod.dev != v:
		return nil, foreign(call, "function")
	}
	return x, nil
}

// SetShared implements [drv.Driver].
func (d *Driver) SetShared(f drv.Function, n int) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	v, err := d.enter("SetShared", true)
	if err != nil {
		return err
	}
	x, err := d.function("SetShared", v, f)
	if err != nil {
		return err
	}
	if err := x.k.SetShared(n); err != nil {
		return invalid("SetShared", "%v", err)
	}
	return nil
}

// Launch implements [drv.Driver].
func (d *Driver) Launch(f drv.Function, grid, block [3]int, shared int, s drv.Stream, args []unsafe.Pointer) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	st, err := d.stream("Launch", s)
	if err != nil {
		return err
	}
	x, err := d.function("Launch", st.dev, f)
	if err != nil {
		return err
	}
	places := x.k.Params()
	if len(args) != len(places) {
		return invalid("Launch", "%d arguments instead of %d", len(args), len(places))
	}
	var params []byte
	for i, p := range places {
		if args[i] == nil {
			return invalid("Launch", "argument %d is nil", i)
		}
		params = append(params, make([]byte, p.Offset-len(params))...)
		params = append(params, unsafe.Slice((*byte)(args[i]), p.Size)...)
	}
	if err := x.k.Check(grid, block, shared, len(params)); err != nil {
		return fmt.Errorf("emulated: Launch: %w: %w", drv.ErrInvalid, err)
	}
	return d.issue(st, task{run: func() error {
		if x.mod.gone {
			return invalid("Launch", "the module was unloaded before the kernel ran")
		}
		return st.dev.emu.Launch(x.k, grid, block, shared, params)
	}})
}
