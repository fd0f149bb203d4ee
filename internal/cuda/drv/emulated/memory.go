// SPDX-License-Identifier: MIT

package emulated

import (
	"encoding/binary"
	"unsafe"

	"github.com/stheno-go/stheno/internal/cuda/drv"
)

// Alloc implements [drv.Driver].
func (d *Driver) Alloc(n int) (drv.Ptr, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	v, err := d.enter("Alloc", false)
	if err != nil {
		return 0, err
	}
	if n <= 0 {
		return 0, invalid("Alloc", "%d bytes", n)
	}
	p, err := v.emu.Alloc(n)
	return drv.Ptr(p), memory(err)
}

// Free implements [drv.Driver].
func (d *Driver) Free(p drv.Ptr) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	v, err := d.enter("Free", false)
	if err != nil {
		return err
	}
	if err := d.drainAll(v); err != nil {
		return err
	}
	if err := v.emu.Free(uint64(p)); err != nil {
		return invalid("Free", "%v", err)
	}
	return nil
}

// AllocHost implements [drv.Driver].
func (d *Driver) AllocHost(n int) (unsafe.Pointer, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	v, err := d.enter("AllocHost", false)
	if err != nil {
		return nil, err
	}
	if n <= 0 {
		return nil, invalid("AllocHost", "%d bytes", n)
	}
	b := make([]byte, n)
	p := unsafe.Pointer(&b[0])
	d.pinned[p] = &pinned{dev: v, data: b}
	return p, nil
}

// FreeHost implements [drv.Driver].
func (d *Driver) FreeHost(p unsafe.Pointer) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, err := d.enter("FreeHost", false); err != nil {
		return err
	}
	b := d.pinned[p]
	switch {
	case b == nil:
		return invalid("FreeHost", "memory that AllocHost did not return")
	case b.uses > 0:
		return invalid("FreeHost", "%d copies of the memory have not run", b.uses)
	}
	delete(d.pinned, p)
	return nil
}

// find returns the page-locked memory that has n bytes at p, or nil.
func (d *Driver) find(p unsafe.Pointer, n int) *pinned {
	for q, b := range d.pinned {
		if uintptr(p) >= uintptr(q) && uintptr(p)+uintptr(n) <= uintptr(q)+uintptr(len(b.data)) {
			return b
		}
	}
	return nil
}

// MemInfo implements [drv.Driver].
func (d *Driver) MemInfo() (free, total uint64, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	v, err := d.enter("MemInfo", true)
	if err != nil {
		return 0, 0, err
	}
	used, _ := v.emu.Used()
	return v.emu.Memory() - used, v.emu.Memory(), nil
}

// CopyToDevice implements [drv.Driver]. Page-locked memory is read when the copy runs, other memory
// before the call returns.
func (d *Driver) CopyToDevice(dst drv.Ptr, src unsafe.Pointer, n int, s drv.Stream) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	st, err := d.stream("CopyToDevice", s)
	if err != nil {
		return err
	}
	if err := st.dev.emu.Holds(uint64(dst), n); err != nil || n < 0 {
		return invalid("CopyToDevice", "%v", err)
	}
	data := unsafe.Slice((*byte)(src), n)
	b := d.find(src, n)
	if b == nil {
		if err := d.pageable("CopyToDevice", st); err != nil {
			return err
		}
		data = append([]byte(nil), data...)
	}
	return d.issue(st, task{buffer: b, run: func() error { return st.dev.emu.Write(uint64(dst), data) }})
}

// CopyToHost implements [drv.Driver].
func (d *Driver) CopyToHost(dst unsafe.Pointer, src drv.Ptr, n int, s drv.Stream) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	st, err := d.stream("CopyToHost", s)
	if err != nil {
		return err
	}
	if err := st.dev.emu.Holds(uint64(src), n); err != nil || n < 0 {
		return invalid("CopyToHost", "%v", err)
	}
	b := d.find(dst, n)
	if b == nil {
		if err := d.pageable("CopyToHost", st); err != nil {
			return err
		}
	}
	err = d.issue(st, task{buffer: b, run: func() error { return st.dev.emu.Read(unsafe.Slice((*byte)(dst), n), uint64(src)) }})
	if err == nil && b == nil {
		err = d.drain(st)
	}
	return err
}

// Copy implements [drv.Driver].
func (d *Driver) Copy(dst, src drv.Ptr, n int, s drv.Stream) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	st, err := d.stream("Copy", s)
	if err != nil {
		return err
	}
	for _, p := range []drv.Ptr{dst, src} {
		if err := st.dev.emu.Holds(uint64(p), n); err != nil || n < 0 {
			return invalid("Copy", "%v", err)
		}
	}
	return d.issue(st, task{run: func() error { return st.dev.emu.Copy(uint64(dst), uint64(src), n) }})
}

// Fill32 implements [drv.Driver].
func (d *Driver) Fill32(dst drv.Ptr, value uint32, n int, s drv.Stream) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	st, err := d.stream("Fill32", s)
	if err != nil {
		return err
	}
	if err := st.dev.emu.Holds(uint64(dst), 4*n); err != nil || n < 0 || dst%4 != 0 {
		return invalid("Fill32", "%d words at %#x: %v", n, dst, err)
	}
	b := make([]byte, 4*n)
	for i := range n {
		binary.LittleEndian.PutUint32(b[4*i:], value)
	}
	return d.issue(st, task{run: func() error { return st.dev.emu.Write(uint64(dst), b) }})
}
