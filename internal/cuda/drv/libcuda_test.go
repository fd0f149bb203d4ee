// SPDX-License-Identifier: MIT

//go:build (linux || windows) && (amd64 || arm64) && !purego && !android

package drv_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"unsafe"

	"github.com/ebitengine/purego"
	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno/internal/cuda/drv"
	"github.com/stheno-go/stheno/internal/cuda/drv/drvtest"
	"github.com/stheno-go/stheno/internal/cuda/drv/emulated"
)

// at writes v to where the address p of the C side points.
func at[T any](p uintptr, v T) { *(*T)(*(*unsafe.Pointer)(unsafe.Pointer(&p))) = v }

// pointer returns an address of the C side as a pointer.
func pointer(p uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&p)) }

func text(p uintptr) string {
	s := pointer(p)
	n := 0
	for *(*byte)(unsafe.Add(s, n)) != 0 {
		n++
	}
	return string(unsafe.Slice((*byte)(s), n))
}

// library is the C interface of the CUDA driver over an emulated one: the functions are called
// through the C calling convention.
type library struct {
	d     *emulated.Driver
	fn    map[string]uintptr
	drops map[string]bool
}

// code is the number of an error.
func code(err error) uintptr {
	switch {
	case err == nil:
		return 0
	case errors.Is(err, drv.ErrOutOfMemory):
		return 2
	case errors.Is(err, drv.ErrContext):
		return 201
	case errors.Is(err, drv.ErrCapture):
		return 900
	case errors.Is(err, drv.ErrInvalid):
		return 1
	}
	return 719
}

var names = [2][]byte{[]byte("CUDA_ERROR_OF_TEST\x00"), []byte("an error of the test\x00")}

func newLibrary(d *emulated.Driver) *library {
	l := &library{d: d, fn: map[string]uintptr{}, drops: map[string]bool{}}
	graphs := map[uintptr]drv.Graph{}
	for name, f := range map[string]any{
		"cuInit":           func(flags uintptr) uintptr { return flags },
		"cuGetErrorName":   func(_, p uintptr) uintptr { at(p, &names[0][0]); return 0 },
		"cuGetErrorString": func(_, p uintptr) uintptr { at(p, &names[1][0]); return 0 },
		"cuDeviceGetCount": func(p uintptr) uintptr { n, err := d.Count(); at(p, int32(n)); return code(err) },
		"cuDeviceTotalMem_v2": func(p, i uintptr) uintptr {
			r, err := d.Properties(int(i))
			at(p, r.Memory)
			return code(err)
		},
		"cuDeviceGetName": func(p, n, i uintptr) uintptr {
			r, err := d.Properties(int(i))
			copy(unsafe.Slice((*byte)(pointer(p)), n), r.Name+"\x00")
			return code(err)
		},
		"cuDeviceGetAttribute": func(p, a, i uintptr) uintptr {
			r, err := d.Properties(int(i))
			at(p, int32(map[uintptr]int{75: r.Major, 76: r.Minor, 16: r.Multiprocessors, 97: r.SharedOptin}[a]))
			return code(err)
		},
		"cuDevicePrimaryCtxRetain":     func(p, i uintptr) uintptr { c, err := d.Retain(int(i)); at(p, c); return code(err) },
		"cuDevicePrimaryCtxRelease_v2": func(i uintptr) uintptr { return code(d.Release(int(i))) },
		"cuCtxSetCurrent":              func(c uintptr) uintptr { return code(d.SetCurrent(drv.Context(c))) },
		"cuMemAlloc_v2":                func(p, n uintptr) uintptr { a, err := d.Alloc(int(n)); at(p, a); return code(err) },
		"cuMemFree_v2":                 func(a uintptr) uintptr { return code(d.Free(drv.Ptr(a))) },
		"cuMemAllocHost_v2":            func(p, n uintptr) uintptr { a, err := d.AllocHost(int(n)); at(p, a); return code(err) },
		"cuMemFreeHost":                func(a uintptr) uintptr { return code(d.FreeHost(pointer(a))) },
		"cuMemGetInfo_v2": func(p, q uintptr) uintptr {
			f, n, err := d.MemInfo()
			at(p, f)
			at(q, n)
			return code(err)
		},
		"cuMemcpyHtoDAsync_v2": func(a, b, n, s uintptr) uintptr {
			return code(d.CopyToDevice(drv.Ptr(a), pointer(b), int(n), drv.Stream(s)))
		},
		"cuMemcpyDtoHAsync_v2": func(a, b, n, s uintptr) uintptr {
			return code(d.CopyToHost(pointer(a), drv.Ptr(b), int(n), drv.Stream(s)))
		},
		"cuMemcpyDtoDAsync_v2": func(a, b, n, s uintptr) uintptr {
			return code(d.Copy(drv.Ptr(a), drv.Ptr(b), int(n), drv.Stream(s)))
		},
		"cuMemsetD32Async": func(a, v, n, s uintptr) uintptr {
			return code(d.Fill32(drv.Ptr(a), uint32(v), int(n), drv.Stream(s)))
		},
		"cuModuleLoadDataEx": func(p, ptx, n, options, values uintptr) uintptr {
			m, err := d.Load(text(ptx))
			at(p, m)
			if err != nil && n == 2 && *(*[2]int32)(pointer(options)) == [2]int32{5, 6} {
				v := *(*[2]uintptr)(pointer(values))
				copy(unsafe.Slice((*byte)(pointer(v[0])), v[1]), err.Error()+"\x00")
			}
			return code(err)
		},
		"cuModuleUnload": func(m uintptr) uintptr { return code(d.Unload(drv.Module(m))) },
		"cuModuleGetFunction": func(p, m, name uintptr) uintptr {
			f, err := d.Function(drv.Module(m), text(name))
			at(p, f)
			return code(err)
		},
		"cuFuncSetAttribute": func(f, a, n uintptr) uintptr {
			if a != 8 {
				return 1
			}
			return code(d.SetShared(drv.Function(f), int(n)))
		},
		"cuStreamCreate": func(p, flags uintptr) uintptr {
			s, err := d.NewStream()
			at(p, s)
			return code(err) + flags - 1
		},
		"cuStreamDestroy_v2":  func(s uintptr) uintptr { return code(d.FreeStream(drv.Stream(s))) },
		"cuStreamSynchronize": func(s uintptr) uintptr { return code(d.Sync(drv.Stream(s))) },
		"cuEventCreate": func(p, flags uintptr) uintptr {
			e, err := d.NewEvent()
			at(p, e)
			return code(err) + flags - 2
		},
		"cuEventDestroy_v2":  func(e uintptr) uintptr { return code(d.FreeEvent(drv.Event(e))) },
		"cuEventRecord":      func(e, s uintptr) uintptr { return code(d.Record(drv.Event(e), drv.Stream(s))) },
		"cuStreamWaitEvent":  func(s, e, flags uintptr) uintptr { return code(d.Wait(drv.Stream(s), drv.Event(e))) + flags },
		"cuEventSynchronize": func(e uintptr) uintptr { return code(d.SyncEvent(drv.Event(e))) },
		"cuLaunchKernel": func(f, gx, gy, gz, bx, by, bz, shared, s, params, extra uintptr) uintptr {
			if extra != 0 {
				return 1
			}
			k := d.Kernel(drv.Function(f))
			args := unsafe.Slice((*unsafe.Pointer)(pointer(params)), len(k.Params()))
			return code(d.Launch(drv.Function(f), [3]int{int(gx), int(gy), int(gz)}, [3]int{int(bx), int(by), int(bz)}, int(shared), drv.Stream(s), args))
		},
		"cuStreamBeginCapture_v2": func(s, mode uintptr) uintptr { return code(d.BeginCapture(drv.Stream(s))) + mode - 1 },
		"cuStreamEndCapture": func(s, p uintptr) uintptr {
			g, err := d.EndCapture(drv.Stream(s))
			h := uintptr(1000 + len(graphs))
			graphs[h] = g
			at(p, h)
			return code(err)
		},
		"cuGraphInstantiateWithFlags": func(p, g, _, _ uintptr) uintptr { at(p, graphs[g]); return 0 },
		"cuGraphDestroy":              func(g uintptr) uintptr { delete(graphs, g); return 0 },
		"cuGraphLaunch":               func(g, s uintptr) uintptr { return code(d.LaunchGraph(drv.Graph(g), drv.Stream(s))) },
		"cuGraphExecDestroy":          func(g uintptr) uintptr { return code(d.FreeGraph(drv.Graph(g))) },
	} {
		l.fn[name] = purego.NewCallback(f)
	}
	return l
}

func (l *library) lookup(symbol string) (uintptr, error) {
	if l.drops[symbol] || l.fn[symbol] == 0 {
		return 0, errors.New("absent")
	}
	return l.fn[symbol], nil
}

// TestLibrary runs the script through the C calling convention.
func TestLibrary(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	e := emulated.New(emulated.Config{Seed: 3})
	l := newLibrary(e)
	d, err := drv.Bind(l.lookup)
	require.NoError(t, err)
	require.NoError(t, drvtest.Script(d))
	require.Empty(t, e.Leaks())

	_, err = d.Retain(0)
	require.NoError(t, err)
	require.NoError(t, d.SetCurrent(1))
	_, err = d.Load("nonsense")
	require.ErrorContains(t, err, `cuModuleLoadDataEx: CUDA_ERROR_OF_TEST: an error of the test (719): emulated: Load: ptx: line 1`)
	_, err = d.Alloc(1 << 40)
	require.ErrorIs(t, err, drv.ErrOutOfMemory)
	require.ErrorIs(t, d.Free(5), drv.ErrInvalid)
	require.ErrorIs(t, d.Sync(77), drv.ErrInvalid)
	require.ErrorIs(t, d.BeginCapture(0), drv.ErrCapture)
	require.NoError(t, d.SetCurrent(0))
	require.ErrorIs(t, d.Sync(0), drv.ErrContext)

	// A library that lacks a function.
	for _, s := range drv.Symbols {
		l.drops = map[string]bool{s: true}
		_, err := drv.Bind(l.lookup)
		require.ErrorContains(t, err, "it has no "+s)
	}
	require.Len(t, l.fn, len(drv.Symbols))
}

// TestOpen: without a driver an error that says where it looked; a file that is no library, too.
func TestOpen(t *testing.T) {
	name := filepath.Join(t.TempDir(), "libcuda.so.1")
	t.Setenv(drv.Variable, name)
	_, err := drv.Open()
	require.ErrorIs(t, err, drv.ErrNoCUDA)
	require.ErrorContains(t, err, name)
	require.NoError(t, os.WriteFile(name, []byte("no library"), 0o600))
	_, err = drv.Open()
	require.ErrorIs(t, err, drv.ErrNoCUDA)
	require.ErrorContains(t, err, name)

	t.Setenv(drv.Variable, "")
	d, err := drv.Open()
	if err != nil {
		require.ErrorIs(t, err, drv.ErrNoCUDA)
		require.True(t, strings.Contains(err.Error(), "libcuda.so.1") || strings.Contains(err.Error(), "nvcuda.dll"), err.Error())
		t.Skip("no CUDA driver here: ", err)
	}
	require.NoError(t, drvtest.Script(d))
}
