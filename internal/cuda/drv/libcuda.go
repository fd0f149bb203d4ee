// SPDX-License-Identifier: MIT

//go:build (linux || windows) && (amd64 || arm64) && !purego && !android

package drv

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"strings"
	"unsafe"

	"github.com/ebitengine/purego"
)

// Variable names the environment variable that has the path of the driver's library. Without it the
// system's is taken.
const Variable = "STHENO_CUDA_DRIVER"

// libcuda is the driver's library.
type libcuda struct {
	name string
	fn   [calls]uintptr
}

var _ Driver = (*libcuda)(nil)

// Open opens the CUDA driver. If there is none, the error is ErrNoCUDA and says where it looked.
func Open() (Driver, error) {
	list := libraries
	if p := os.Getenv(Variable); p != "" {
		list = []string{p}
	}
	var tried []string
	for _, name := range list {
		lookup, err := open(name)
		if err != nil {
			tried = append(tried, fmt.Sprintf("%s: %v", name, err))
			continue
		}
		lib, err := bind(name, lookup)
		if err == nil {
			return lib, nil
		}
		tried = append(tried, fmt.Sprintf("%s: %v", name, err))
	}
	return nil, fmt.Errorf("%w; looked for %s", ErrNoCUDA, strings.Join(tried, "; "))
}

// bind looks up all functions and initializes the driver.
func bind(name string, lookup func(symbol string) (uintptr, error)) (*libcuda, error) {
	lib := &libcuda{name: name}
	for i, s := range symbols {
		p, err := lookup(s)
		if err != nil || p == 0 {
			return nil, fmt.Errorf("it has no %s", s)
		}
		lib.fn[i] = p
	}
	if err := lib.call(cuInit, 0); err != nil {
		return nil, err
	}
	return lib, nil
}

// call calls a function. Pointers that are passed as uintptr stay valid until it returns.
//
//go:uintptrescapes
func (l *libcuda) call(i int, args ...uintptr) error {
	r, _, _ := purego.SyscallN(l.fn[i], args...)
	if code := int(int32(r)); code != 0 {
		return &Error{symbols[i], code, l.text(code)}
	}
	return nil
}

// text returns the driver's name of an error and what it says about it.
func (l *libcuda) text(code int) string {
	var parts []string
	for _, i := range []int{cuGetErrorName, cuGetErrorString} {
		p := new(*byte)
		if r, _, _ := purego.SyscallN(l.fn[i], uintptr(code), uintptr(unsafe.Pointer(p))); int32(r) == 0 && *p != nil {
			parts = append(parts, cString(*p))
		}
	}
	if len(parts) == 0 {
		return "unknown error"
	}
	return strings.Join(parts, ": ")
}

// cString copies a string that ends with a zero byte.
func cString(p *byte) string {
	n := 0
	for n < 4096 && *(*byte)(unsafe.Add(unsafe.Pointer(p), n)) != 0 {
		n++
	}
	return string(unsafe.Slice(p, n))
}

func (l *libcuda) Count() (int, error) {
	n := new(int32)
	err := l.call(cuDeviceGetCount, uintptr(unsafe.Pointer(n)))
	return int(*n), err
}

func (l *libcuda) Properties(device int) (Properties, error) {
	name, r := make([]byte, 256), Properties{}
	if err := l.call(cuDeviceGetName, uintptr(unsafe.Pointer(&name[0])), uintptr(len(name)), uintptr(device)); err != nil {
		return r, err
	}
	r.Name = string(name[:max(0, bytes.IndexByte(name, 0))])
	for _, a := range []struct {
		code int
		to   *int
	}{{75, &r.Major}, {76, &r.Minor}, {16, &r.Multiprocessors}, {97, &r.SharedOptin}} {
		v := new(int32)
		if err := l.call(cuDeviceGetAttribute, uintptr(unsafe.Pointer(v)), uintptr(a.code), uintptr(device)); err != nil {
			return r, err
		}
		*a.to = int(*v)
	}
	total := new(uint64)
	err := l.call(cuDeviceTotalMem, uintptr(unsafe.Pointer(total)), uintptr(device))
	r.Memory = *total
	return r, err
}

func (l *libcuda) Retain(device int) (Context, error) {
	c := new(Context)
	err := l.call(cuDevicePrimaryCtxRetain, uintptr(unsafe.Pointer(c)), uintptr(device))
	return *c, err
}

func (l *libcuda) Release(device int) error {
	return l.call(cuDevicePrimaryCtxRelease, uintptr(device))
}

func (l *libcuda) SetCurrent(c Context) error { return l.call(cuCtxSetCurrent, uintptr(c)) }

func (l *libcuda) Alloc(n int) (Ptr, error) {
	p := new(Ptr)
	err := l.call(cuMemAlloc, uintptr(unsafe.Pointer(p)), uintptr(n))
	return *p, err
}

func (l *libcuda) Free(p Ptr) error { return l.call(cuMemFree, uintptr(p)) }

func (l *libcuda) AllocHost(n int) (unsafe.Pointer, error) {
	p := new(unsafe.Pointer)
	err := l.call(cuMemAllocHost, uintptr(unsafe.Pointer(p)), uintptr(n))
	return *p, err
}

func (l *libcuda) FreeHost(p unsafe.Pointer) error { return l.call(cuMemFreeHost, uintptr(p)) }

func (l *libcuda) MemInfo() (free, total uint64, err error) {
	r := new([2]uint64)
	err = l.call(cuMemGetInfo, uintptr(unsafe.Pointer(&r[0])), uintptr(unsafe.Pointer(&r[1])))
	return r[0], r[1], err
}

func (l *libcuda) CopyToDevice(dst Ptr, src unsafe.Pointer, n int, s Stream) error {
	return l.call(cuMemcpyHtoDAsync, uintptr(dst), uintptr(src), uintptr(n), uintptr(s))
}

func (l *libcuda) CopyToHost(dst unsafe.Pointer, src Ptr, n int, s Stream) error {
	return l.call(cuMemcpyDtoHAsync, uintptr(dst), uintptr(src), uintptr(n), uintptr(s))
}

func (l *libcuda) Copy(dst, src Ptr, n int, s Stream) error {
	return l.call(cuMemcpyDtoDAsync, uintptr(dst), uintptr(src), uintptr(n), uintptr(s))
}

func (l *libcuda) Fill32(dst Ptr, v uint32, n int, s Stream) error {
	return l.call(cuMemsetD32Async, uintptr(dst), uintptr(v), uintptr(n), uintptr(s))
}

func (l *libcuda) Load(ptx string) (Module, error) {
	m, text, log := new(Module), append([]byte(ptx), 0), make([]byte, 1<<14)
	options := []int32{5, 6} // CU_JIT_ERROR_LOG_BUFFER and its size
	var pin runtime.Pinner
	pin.Pin(&log[0])
	defer pin.Unpin()
	values := []uintptr{uintptr(unsafe.Pointer(&log[0])), uintptr(len(log))}
	err := l.call(cuModuleLoadDataEx, uintptr(unsafe.Pointer(m)), uintptr(unsafe.Pointer(&text[0])), uintptr(len(options)),
		uintptr(unsafe.Pointer(&options[0])), uintptr(unsafe.Pointer(&values[0])))
	if n := bytes.IndexByte(log, 0); err != nil && n > 0 {
		err = fmt.Errorf("%w: %s", err, bytes.TrimSpace(log[:n]))
	}
	return *m, err
}

func (l *libcuda) Unload(m Module) error { return l.call(cuModuleUnload, uintptr(m)) }

func (l *libcuda) Function(m Module, name string) (Function, error) {
	f, text := new(Function), append([]byte(name), 0)
	err := l.call(cuModuleGetFunction, uintptr(unsafe.Pointer(f)), uintptr(m), uintptr(unsafe.Pointer(&text[0])))
	return *f, err
}

func (l *libcuda) SetShared(f Function, n int) error {
	return l.call(cuFuncSetAttribute, uintptr(f), 8, uintptr(n)) // MAX_DYNAMIC_SHARED_SIZE_BYTES
}

func (l *libcuda) NewStream() (Stream, error) {
	s := new(Stream)
	err := l.call(cuStreamCreate, uintptr(unsafe.Pointer(s)), 1) // NON_BLOCKING
	return *s, err
}

func (l *libcuda) FreeStream(s Stream) error { return l.call(cuStreamDestroy, uintptr(s)) }

func (l *libcuda) Sync(s Stream) error { return l.call(cuStreamSynchronize, uintptr(s)) }

func (l *libcuda) NewEvent() (Event, error) {
	e := new(Event)
	err := l.call(cuEventCreate, uintptr(unsafe.Pointer(e)), 2) // DISABLE_TIMING
	return *e, err
}

func (l *libcuda) FreeEvent(e Event) error { return l.call(cuEventDestroy, uintptr(e)) }

func (l *libcuda) Record(e Event, s Stream) error {
	return l.call(cuEventRecord, uintptr(e), uintptr(s))
}

func (l *libcuda) Wait(s Stream, e Event) error {
	return l.call(cuStreamWaitEvent, uintptr(s), uintptr(e), 0)
}

func (l *libcuda) SyncEvent(e Event) error { return l.call(cuEventSynchronize, uintptr(e)) }

func (l *libcuda) Launch(f Function, grid, block [3]int, shared int, s Stream, args []unsafe.Pointer) error {
	list := append(append(make([]unsafe.Pointer, 0, len(args)+1), args...), nil)
	return l.call(cuLaunchKernel, uintptr(f), uintptr(grid[0]), uintptr(grid[1]), uintptr(grid[2]),
		uintptr(block[0]), uintptr(block[1]), uintptr(block[2]), uintptr(shared), uintptr(s), uintptr(unsafe.Pointer(&list[0])), 0)
}

func (l *libcuda) BeginCapture(s Stream) error {
	return l.call(cuStreamBeginCapture, uintptr(s), 1) // THREAD_LOCAL
}

func (l *libcuda) EndCapture(s Stream) (Graph, error) {
	captured, g := new(uintptr), new(Graph)
	if err := l.call(cuStreamEndCapture, uintptr(s), uintptr(unsafe.Pointer(captured))); err != nil {
		return 0, err
	}
	err := l.call(cuGraphInstantiateWithFlags, uintptr(unsafe.Pointer(g)), *captured, 0)
	if e := l.call(cuGraphDestroy, *captured); err == nil && e != nil {
		_ = l.FreeGraph(*g)
		err = e
	}
	if err != nil {
		return 0, err
	}
	return *g, nil
}

func (l *libcuda) LaunchGraph(g Graph, s Stream) error {
	return l.call(cuGraphLaunch, uintptr(g), uintptr(s))
}

func (l *libcuda) FreeGraph(g Graph) error { return l.call(cuGraphExecDestroy, uintptr(g)) }
