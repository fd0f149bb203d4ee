// SPDX-License-Identifier: MIT

// Package drv is what stheno needs of the CUDA driver: an interface, and an implementation by
// libcuda, which [Open] looks for when the program runs. It needs no cgo and no headers. Package
// emulated is an implementation for tests.
//
// A context is current on an operating system thread. A caller locks its goroutine to a thread
// (runtime.LockOSThread), calls [Driver.SetCurrent], and makes its calls there.
package drv

import (
	"errors"
	"fmt"
	"unsafe"
)

// Handles. They belong to the Driver that made them.
type (
	Context  uintptr
	Ptr      uint64 // an address in the memory of a device; the host cannot access it
	Module   uintptr
	Function uintptr
	Stream   uintptr
	Event    uintptr
	Graph    uintptr // ready to be launched
)

// Errors that callers test with errors.Is.
var (
	ErrNoCUDA      = errors.New("no CUDA driver")
	ErrOutOfMemory = errors.New("out of device memory")
	ErrCapture     = errors.New("not allowed while a stream is captured")
	ErrContext     = errors.New("wrong context")
	ErrInvalid     = errors.New("invalid argument")
)

// Error is a failure that the driver reports.
type Error struct {
	Call string
	Code int
	Text string
}

// Error implements error.
func (e *Error) Error() string { return fmt.Sprintf("cuda: %s: %s (%d)", e.Call, e.Text, e.Code) }

// Is makes the driver's codes comparable with the errors of this package.
func (e *Error) Is(target error) bool {
	switch target {
	case ErrInvalid:
		return e.Code == 1 || e.Code == 400
	case ErrOutOfMemory:
		return e.Code == 2
	case ErrContext:
		return e.Code == 201
	case ErrCapture:
		return e.Code >= 900 && e.Code <= 908
	}
	return false
}

// Properties describes a device.
type Properties struct {
	Name            string
	Major, Minor    int // compute capability
	Multiprocessors int
	SharedOptin     int // most bytes of shared memory of a block
	Memory          uint64
}

// Driver is the part of the CUDA driver that stheno uses.
type Driver interface {
	// Count returns the number of devices.
	Count() (int, error)
	// Properties describes a device.
	Properties(device int) (Properties, error)
	// Retain returns the primary context of a device; Release undoes one Retain.
	Retain(device int) (Context, error)
	Release(device int) error
	// SetCurrent makes a context current on the calling thread. The methods below need one.
	SetCurrent(Context) error

	// Alloc returns memory of the device. Free waits for the device first.
	Alloc(bytes int) (Ptr, error)
	Free(Ptr) error
	// AllocHost returns page-locked memory, which asynchronous copies need.
	AllocHost(bytes int) (unsafe.Pointer, error)
	FreeHost(unsafe.Pointer) error
	// MemInfo returns the free and all bytes of the device.
	MemInfo() (free, total uint64, err error)

	// CopyToDevice and CopyToHost copy asynchronously from and to page-locked memory, which must
	// not change until the copy is done. Of other memory, the copy is done on return.
	CopyToDevice(dst Ptr, src unsafe.Pointer, bytes int, s Stream) error
	CopyToHost(dst unsafe.Pointer, src Ptr, bytes int, s Stream) error
	// Copy copies on the device.
	Copy(dst, src Ptr, bytes int, s Stream) error
	// Fill32 writes n words.
	Fill32(dst Ptr, value uint32, n int, s Stream) error

	// Load compiles PTX. The error has the compiler's messages.
	Load(ptx string) (Module, error)
	Unload(Module) error
	// Function returns an entry of a module.
	Function(m Module, name string) (Function, error)
	// SetShared allows a function more dynamic shared memory than 48 KiB.
	SetShared(f Function, bytes int) error

	// NewStream returns a stream, which runs its work in order.
	NewStream() (Stream, error)
	FreeStream(Stream) error
	// Sync waits for a stream. It returns errors of kernels, too.
	Sync(Stream) error
	// NewEvent returns an event. Record puts it into a stream, Wait lets a stream wait for the last
	// record, and SyncEvent the caller.
	NewEvent() (Event, error)
	FreeEvent(Event) error
	Record(Event, Stream) error
	Wait(Stream, Event) error
	SyncEvent(Event) error

	// Launch starts a kernel. args[i] points to its parameter i, which is read before Launch returns.
	Launch(f Function, grid, block [3]int, shared int, s Stream, args []unsafe.Pointer) error

	// BeginCapture records what is put into a stream, instead of running it, until EndCapture, which
	// returns it as a graph. EndCapture ends the capture also if it fails.
	BeginCapture(Stream) error
	EndCapture(Stream) (Graph, error)
	LaunchGraph(Graph, Stream) error
	FreeGraph(Graph) error
}
