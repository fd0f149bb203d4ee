// SPDX-License-Identifier: MIT

// Package emulated is a CUDA driver for tests: drv.Driver on devices of package emu.
//
// It does as little as CUDA promises, as late as it may: a stream runs nothing until something waits
// for it, and with a seed the work of several streams is mixed. So a result that is read too early,
// or a buffer that is overwritten before its copy ran, shows. It refuses what CUDA refuses: calls
// without a current context, handles of another context, and most calls during a capture.
package emulated

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"unsafe"

	"github.com/stheno-go/stheno/internal/cuda/drv"
	"github.com/stheno-go/stheno/internal/cuda/emu"
)

// Config sets how the driver behaves.
type Config struct {
	Devices int        // 0 means 1
	Device  emu.Config // of each device
	Seed    uint64     // mixes the work of streams; 0 runs what is waited for only
}

// Driver implements drv.Driver.
type Driver struct {
	mu       sync.Mutex
	devices  []*device
	current  map[int]*device // by thread
	random   *rand.Rand
	next     uintptr
	captures int
	modules  map[drv.Module]*module
	funcs    map[drv.Function]*function
	streams  map[drv.Stream]*stream
	events   map[drv.Event]*event
	graphs   map[drv.Graph]*graph
	pinned   map[unsafe.Pointer]*pinned
}

var _ drv.Driver = (*Driver)(nil)

// device is a device with its primary context.
type device struct {
	emu     *emu.Device
	ordinal int
	holders int   // Retain without Release
	fault   error // once a kernel failed, all calls do
	zero    *stream
}

type module struct {
	dev    *device
	mod    *emu.Module
	gone   bool
	handle drv.Module
}

type function struct {
	mod *module
	k   *emu.Kernel
}

// pinned is page-locked memory.
type pinned struct {
	dev  *device
	data []byte
	uses int // copies that have not run
}

// New returns a driver.
func New(c Config) *Driver {
	d := &Driver{current: map[int]*device{}, modules: map[drv.Module]*module{}, funcs: map[drv.Function]*function{},
		streams: map[drv.Stream]*stream{}, events: map[drv.Event]*event{}, graphs: map[drv.Graph]*graph{}, pinned: map[unsafe.Pointer]*pinned{}}
	for i := range max(1, c.Devices) {
		e := c.Device
		e.Ordinal = i
		v := &device{emu: emu.New(e), ordinal: i}
		v.zero = &stream{dev: v}
		d.devices = append(d.devices, v)
	}
	if c.Seed != 0 {
		d.random = rand.New(rand.NewPCG(c.Seed, 0))
	}
	return d
}

// Device returns the emulated device of an ordinal, for its statistics.
func (d *Driver) Device(ordinal int) *emu.Device { return d.devices[ordinal].emu }

// Kernel returns the emulated kernel of a function.
func (d *Driver) Kernel(f drv.Function) *emu.Kernel { return d.funcs[f].k }

// Leaks lists what was not released; it is empty after an orderly end.
func (d *Driver) Leaks() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []string
	add := func(n int, what string) {
		if n > 0 {
			out = append(out, fmt.Sprintf("%d %s", n, what))
		}
	}
	modules := 0
	for _, m := range d.modules {
		if !m.gone {
			modules++
		}
	}
	add(modules, "modules")
	add(len(d.streams), "streams")
	add(len(d.events), "events")
	add(len(d.graphs), "graphs")
	add(len(d.pinned), "page-locked buffers")
	for _, v := range d.devices {
		if modules == 0 {
			_, n := v.emu.Used()
			add(n, fmt.Sprintf("allocations of device %d", v.ordinal))
		}
		add(v.holders, fmt.Sprintf("contexts of device %d", v.ordinal))
		add(len(v.zero.queue), "tasks of the default stream")
	}
	return out
}

func (d *Driver) handle() uintptr { d.next++; return d.next }

// enter begins a call: it returns the current device. Calls that are not allowed while a stream is
// captured end that capture.
func (d *Driver) enter(call string, inCapture bool) (*device, error) {
	v := d.current[thread()]
	switch {
	case v == nil:
		return nil, fmt.Errorf("emulated: %s: %w: none is current on this thread", call, drv.ErrContext)
	case v.holders == 0:
		return nil, fmt.Errorf("emulated: %s: %w: the current one was released", call, drv.ErrContext)
	case v.fault != nil:
		return nil, fmt.Errorf("emulated: %s: after a fault: %w", call, v.fault)
	}
	if d.captures > 0 && !inCapture {
		d.invalidate()
		return nil, fmt.Errorf("emulated: %s: %w", call, drv.ErrCapture)
	}
	return v, nil
}

func invalid(call, format string, args ...any) error {
	return fmt.Errorf("emulated: %s: %w: %s", call, drv.ErrInvalid, fmt.Sprintf(format, args...))
}

func foreign(call, what string) error {
	return fmt.Errorf("emulated: %s: %w: the %s is of another one", call, drv.ErrContext, what)
}

// memory converts an error of the emulator.
func memory(err error) error {
	if errors.Is(err, emu.ErrOutOfMemory) {
		return fmt.Errorf("%w: %w", drv.ErrOutOfMemory, err)
	}
	return err
}

// Count implements [drv.Driver].
func (d *Driver) Count() (int, error) { return len(d.devices), nil }

func (d *Driver) device(call string, i int) (*device, error) {
	if i < 0 || i >= len(d.devices) {
		return nil, invalid(call, "device %d of %d", i, len(d.devices))
	}
	return d.devices[i], nil
}

// Properties implements [drv.Driver].
func (d *Driver) Properties(i int) (drv.Properties, error) {
	v, err := d.device("Properties", i)
	if err != nil {
		return drv.Properties{}, err
	}
	return drv.Properties{Name: "PTX emulator", Major: 9, Multiprocessors: 1, SharedOptin: 227 << 10, Memory: v.emu.Memory()}, nil
}

// Retain implements [drv.Driver].
func (d *Driver) Retain(i int) (drv.Context, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	v, err := d.device("Retain", i)
	if err != nil {
		return 0, err
	}
	v.holders++
	return drv.Context(i + 1), nil
}

// Release implements [drv.Driver].
func (d *Driver) Release(i int) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	v, err := d.device("Release", i)
	if err != nil {
		return err
	}
	if v.holders == 0 {
		return invalid("Release", "device %d was not retained", i)
	}
	v.holders--
	return nil
}

// SetCurrent implements [drv.Driver].
func (d *Driver) SetCurrent(c drv.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if c == 0 {
		delete(d.current, thread())
		return nil
	}
	v, err := d.device("SetCurrent", int(c)-1)
	if err != nil {
		return err
	}
	if v.holders == 0 {
		return fmt.Errorf("emulated: SetCurrent: %w: it was released", drv.ErrContext)
	}
	d.current[thread()] = v
	return nil
}
