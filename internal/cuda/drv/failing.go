// SPDX-License-Identifier: MIT

package drv

import (
	"fmt"
	"unsafe"
)

// Failing is a Driver that forwards to another one and fails a chosen call, for tests of what a
// caller does then.
type Failing struct {
	Driver Driver
	At     int   // the call that fails, from 1; 0 for none
	Err    error // what it returns
	Calls  int   // calls until now
	Failed string
}

var _ Driver = (*Failing)(nil)

// step counts a call.
func (f *Failing) step(call string) error {
	if f.Calls++; f.Calls == f.At {
		f.Failed = call
		return fmt.Errorf("%s: %w", call, f.Err)
	}
	return nil
}

// Count implements [Driver].
func (f *Failing) Count() (int, error) {
	if err := f.step("Count"); err != nil {
		return 0, err
	}
	return f.Driver.Count()
}

// Properties implements [Driver].
func (f *Failing) Properties(device int) (Properties, error) {
	if err := f.step("Properties"); err != nil {
		return Properties{}, err
	}
	return f.Driver.Properties(device)
}

// Retain implements [Driver].
func (f *Failing) Retain(device int) (Context, error) {
	if err := f.step("Retain"); err != nil {
		return 0, err
	}
	return f.Driver.Retain(device)
}

// Release implements [Driver].
func (f *Failing) Release(device int) error {
	if err := f.step("Release"); err != nil {
		return err
	}
	return f.Driver.Release(device)
}

// SetCurrent implements [Driver].
func (f *Failing) SetCurrent(c Context) error {
	if err := f.step("SetCurrent"); err != nil {
		return err
	}
	return f.Driver.SetCurrent(c)
}

// Alloc implements [Driver].
func (f *Failing) Alloc(n int) (Ptr, error) {
	if err := f.step("Alloc"); err != nil {
		return 0, err
	}
	return f.Driver.Alloc(n)
}

// Free implements [Driver].
func (f *Failing) Free(p Ptr) error {
	if err := f.step("Free"); err != nil {
		return err
	}
	return f.Driver.Free(p)
}

// AllocHost implements [Driver].
func (f *Failing) AllocHost(n int) (unsafe.Pointer, error) {
	if err := f.step("AllocHost"); err != nil {
		return nil, err
	}
	return f.Driver.AllocHost(n)
}

// FreeHost implements [Driver].
func (f *Failing) FreeHost(p unsafe.Pointer) error {
	if err := f.step("FreeHost"); err != nil {
		return err
	}
	return f.Driver.FreeHost(p)
}

// CopyToDevice implements [Driver].
func (f *Failing) CopyToDevice(dst Ptr, src unsafe.Pointer, n int, s Stream) error {
	if err := f.step("CopyToDevice"); err != nil {
		return err
	}
	return f.Driver.CopyToDevice(dst, src, n, s)
}

// CopyToHost implements [Driver].
func (f *Failing) CopyToHost(dst unsafe.Pointer, src Ptr, n int, s Stream) error {
	if err := f.step("CopyToHost"); err != nil {
		return err
	}
	return f.Driver.CopyToHost(dst, src, n, s)
}

// Copy implements [Driver].
func (f *Failing) Copy(dst, src Ptr, n int, s Stream) error {
	if err := f.step("Copy"); err != nil {
		return err
	}
	return f.Driver.Copy(dst, src, n, s)
}

// Fill32 implements [Driver].
func (f *Failing) Fill32(dst Ptr, v uint32, n int, s Stream) error {
	if err := f.step("Fill32"); err != nil {
		return err
	}
	return f.Driver.Fill32(dst, v, n, s)
}

// Load implements [Driver].
func (f *Failing) Load(ptx string) (Module, error) {
	if err := f.step("Load"); err != nil {
		return 0, err
	}
	return f.Driver.Load(ptx)
}

// Unload implements [Driver].
func (f *Failing) Unload(m Module) error {
	if err := f.step("Unload"); err != nil {
		return err
	}
	return f.Driver.Unload(m)
}

// Function implements [Driver].
func (f *Failing) Function(m Module, name string) (Function, error) {
	if err := f.step("Function"); err != nil {
		return 0, err
	}
	return f.Driver.Function(m, name)
}

// SetShared implements [Driver].
func (f *Failing) SetShared(fn Function, n int) error {
	if err := f.step("SetShared"); err != nil {
		return err
	}
	return f.Driver.SetShared(fn, n)
}

// NewStream implements [Driver].
func (f *Failing) NewStream() (Stream, error) {
	if err := f.step("NewStream"); err != nil {
		return 0, err
	}
	return f.Driver.NewStream()
}

// FreeStream implements [Driver].
func (f *Failing) FreeStream(s Stream) error {
	if err := f.step("FreeStream"); err != nil {
		return err
	}
	return f.Driver.FreeStream(s)
}

// Sync implements [Driver].
func (f *Failing) Sync(s Stream) error {
	if err := f.step("Sync"); err != nil {
		return err
	}
	return f.Driver.Sync(s)
}

// NewEvent implements [Driver].
func (f *Failing) NewEvent() (Event, error) {
	if err := f.step("NewEvent"); err != nil {
		return 0, err
	}
	return f.Driver.NewEvent()
}

// FreeEvent implements [Driver].
func (f *Failing) FreeEvent(e Event) error {
	if err := f.step("FreeEvent"); err != nil {
		return err
	}
	return f.Driver.FreeEvent(e)
}

// Record implements [Driver].
func (f *Failing) Record(e Event, s Stream) error {
	if err := f.step("Record"); err != nil {
		return err
	}
	return f.Driver.Record(e, s)
}

// Wait implements [Driver].
func (f *Failing) Wait(s Stream, e Event) error {
	if err := f.step("Wait"); err != nil {
		return err
	}
	return f.Driver.Wait(s, e)
}

// SyncEvent implements [Driver].
func (f *Failing) SyncEvent(e Event) error {
	if err := f.step("SyncEvent"); err != nil {
		return err
	}
	return f.Driver.SyncEvent(e)
}

// Launch implements [Driver].
func (f *Failing) Launch(fn Function, grid, block [3]int, shared int, s Stream, args []unsafe.Pointer) error {
	if err := f.step("Launch"); err != nil {
		return err
	}
	return f.Driver.Launch(fn, grid, block, shared, s, args)
}

// BeginCapture implements [Driver].
func (f *Failing) BeginCapture(s Stream) error {
	if err := f.step("BeginCapture"); err != nil {
		return err
	}
	return f.Driver.BeginCapture(s)
}

// EndCapture implements [Driver].
func (f *Failing) EndCapture(s Stream) (Graph, error) {
	if err := f.step("EndCapture"); err != nil {
		// The capture ends all the same.
		if g, e := f.Driver.EndCapture(s); e == nil {
			_ = f.Driver.FreeGraph(g)
		}
		return 0, err
	}
	return f.Driver.EndCapture(s)
}

// LaunchGraph implements [Driver].
func (f *Failing) LaunchGraph(g Graph, s Stream) error {
	if err := f.step("LaunchGraph"); err != nil {
		return err
	}
	return f.Driver.LaunchGraph(g, s)
}

// FreeGraph implements [Driver].
func (f *Failing) FreeGraph(g Graph) error {
	if err := f.step("FreeGraph"); err != nil {
		return err
	}
	return f.Driver.FreeGraph(g)
}

// MemInfo implements [Driver].
func (f *Failing) MemInfo() (free, total uint64, err error) {
	if err := f.step("MemInfo"); err != nil {
		return 0, 0, err
	}
	return f.Driver.MemInfo()
}
