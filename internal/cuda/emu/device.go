// SPDX-License-Identifier: MIT

// Package emu executes PTX on the CPU as a GPU would, and more strictly than one.
//
// It is an error, which names the line of the PTX, to access memory outside an allocation, after its
// release, or at an address that is not aligned; to read a register or a byte that nothing wrote; to
// access memory that another thread accesses without a barrier between; to reach a barrier, a
// shuffle or a matrix instruction with some of the threads only; to use the destination of an
// asynchronous copy before waiting for it; and to launch more threads, shared memory or registers
// than a device has. The text is read by package ptx.
//
// What a GPU leaves open is varied by [Config]: the order of blocks and warps, and the errors of
// approximate instructions. Arithmetic with rounding is exact.
package emu

import (
	"errors"
	"fmt"
)

// Errors that callers test with errors.Is.
var (
	ErrOutOfMemory = errors.New("out of device memory")
	ErrLaunch      = errors.New("launch refused")
)

// Limits of a device, those of compute capability 7.5 and later.
const (
	maxThreads  = 1024
	maxShared   = 48 << 10 // unless a kernel asks for more
	maxOptin    = 227 << 10
	maxRegister = 64 << 10 // of a block
	maxParams   = 4096
)

// Config sets how a device behaves.
type Config struct {
	// Seed permutes the order of blocks and warps; 0 keeps it ascending.
	Seed uint64
	// Adverse makes the errors of approximate instructions as large as they may be.
	Adverse bool
	// NoRaces turns off the search for data races, which takes ten bytes for each byte of memory.
	NoRaces bool
	// Memory is the size of the device's memory; 0 means 1 GiB.
	Memory uint64
	// Steps ends a launch whose warps execute more instructions in all; 0 means 2^32.
	Steps uint64
	// Ordinal distinguishes devices: the addresses of their memories differ.
	Ordinal int
}

// Device is an emulated GPU. It is used by one goroutine at a time.
type Device struct {
	config Config
	mem    memory
	launch uint32
	era    uint32 // of shared memory: each block that ran begins one
	stats  Stats
}

// New returns a device.
func New(c Config) *Device {
	if c.Memory == 0 {
		c.Memory = 1 << 30
	}
	if c.Steps == 0 {
		c.Steps = 1 << 32
	}
	return &Device{config: c, mem: memory{next: firstAddress + uint64(c.Ordinal)<<40, limit: c.Memory}}
}

// Stats counts what ran.
type Stats struct {
	Launches, Blocks uint64
	WarpInsts        uint64 // instructions of warps
	LaneInsts        uint64 // instructions of threads
	Requests         uint64 // accesses of a warp to global memory
	Sectors          uint64 // pieces of 32 bytes that they touched
	BankRequests     uint64 // accesses of a warp to shared memory
	BankPasses       uint64 // passes that they took
	MMA              uint64 // matrix instructions
}

// Stats returns what ran since the device was made.
func (d *Device) Stats() Stats { return d.stats }

// Used returns the bytes and the number of allocations.
func (d *Device) Used() (bytes uint64, count int) { return d.mem.used, d.mem.count }

// Memory returns the size of the device's memory.
func (d *Device) Memory() uint64 { return d.mem.limit }

// Alloc returns the address of n bytes, which count as never written.
func (d *Device) Alloc(n int) (uint64, error) {
	if n <= 0 {
		return 0, fmt.Errorf("emu: allocation of %d bytes", n)
	}
	b, err := d.mem.alloc(uint64(n), "")
	if err != nil {
		return 0, err
	}
	return b.base, nil
}

// Free releases an allocation.
func (d *Device) Free(p uint64) error { return d.mem.free(p) }

// Holds reports whether n bytes at p are within one allocation.
func (d *Device) Holds(p uint64, n int) error {
	_, err := d.mem.at(p, uint64(n))
	return err
}

// Write copies b to the device.
func (d *Device) Write(p uint64, b []byte) error {
	m, err := d.mem.at(p, uint64(len(b)))
	if err != nil || len(b) == 0 {
		return err
	}
	o := p - m.base
	copy(m.data[o:], b)
	fill(m.state[o:o+uint64(len(b))], written)
	return nil
}

// Read copies from the device. Bytes that were never written are an error.
func (d *Device) Read(b []byte, p uint64) error {
	m, err := d.mem.at(p, uint64(len(b)))
	if err != nil || len(b) == 0 {
		return err
	}
	o := p - m.base
	for i, s := range m.state[o : o+uint64(len(b))] {
		if s != written {
			return fmt.Errorf("emu: copy to the host of byte %d at %#x, which was never written", i, p)
		}
	}
	copy(b, m.data[o:])
	return nil
}

// Copy copies n bytes on the device. Bytes that were never written stay so.
func (d *Device) Copy(dst, src uint64, n int) error {
	s, err := d.mem.at(src, uint64(n))
	if err != nil {
		return err
	}
	t, err := d.mem.at(dst, uint64(n))
	if err != nil || n == 0 {
		return err
	}
	if dst < src+uint64(n) && src < dst+uint64(n) {
		return fmt.Errorf("emu: copy of %d bytes from %#x to %#x, which overlap", n, src, dst)
	}
	from, to := src-s.base, dst-t.base
	copy(t.data[to:to+uint64(n)], s.data[from:])
	copy(t.state[to:to+uint64(n)], s.state[from:])
	return nil
}

// Forget makes n bytes at p count as never written, as an arena does when it reuses memory.
func (d *Device) Forget(p uint64, n int) error {
	m, err := d.mem.at(p, uint64(n))
	if err == nil {
		clear(m.state[p-m.base : p-m.base+uint64(n)])
	}
	return err
}
