// SPDX-License-Identifier: MIT

package emulated_test

import (
	"errors"
	"runtime"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno/internal/cuda/drv"
	"github.com/stheno-go/stheno/internal/cuda/drv/drvtest"
	"github.com/stheno-go/stheno/internal/cuda/drv/emulated"
	"github.com/stheno-go/stheno/internal/cuda/emu"
)

func TestScript(t *testing.T) {
	for seed := range uint64(20) {
		d := emulated.New(emulated.Config{Seed: seed, Device: emu.Config{Seed: seed}})
		require.NoError(t, drvtest.Script(d))
		require.Empty(t, d.Leaks())
	}
}

// TestEveryCallFails makes every call of the script fail once: the error comes back, and nothing
// leaks.
func TestEveryCallFails(t *testing.T) {
	broken := errors.New("broken")
	all := &drv.Failing{Driver: emulated.New(emulated.Config{})}
	require.NoError(t, drvtest.Script(all))
	require.Greater(t, all.Calls, 45)
	for at := 1; at <= all.Calls; at++ {
		d := emulated.New(emulated.Config{Seed: uint64(at)})
		f := &drv.Failing{Driver: d, At: at, Err: broken}
		err := drvtest.Script(f)
		require.ErrorIs(t, err, broken, "call %d", at)
		require.ErrorContains(t, err, f.Failed)
		switch f.Failed {
		case "Unload", "Free", "FreeHost", "FreeStream", "FreeEvent", "FreeGraph", "Release":
			require.NotEmpty(t, d.Leaks(), "call %d", at)
		default:
			require.Empty(t, d.Leaks(), "call %d, %s", at, f.Failed)
		}
	}
}

// rig is a driver with a current context, two streams, memory of 64 bytes and page-locked memory.
type rig struct {
	*emulated.Driver
	s, side drv.Stream
	e       drv.Event
	p       drv.Ptr
	host    unsafe.Pointer
	words   []uint32
}

func newRig(t *testing.T, c emulated.Config) *rig {
	runtime.LockOSThread()
	t.Cleanup(runtime.UnlockOSThread)
	r := &rig{Driver: emulated.New(c)}
	ctx, err := r.Retain(0)
	require.NoError(t, err)
	require.NoError(t, r.SetCurrent(ctx))
	r.s, err = r.NewStream()
	require.NoError(t, err)
	r.side, err = r.NewStream()
	require.NoError(t, err)
	r.e, err = r.NewEvent()
	require.NoError(t, err)
	r.p, err = r.Alloc(64)
	require.NoError(t, err)
	r.host, err = r.AllocHost(64)
	require.NoError(t, err)
	r.words = unsafe.Slice((*uint32)(r.host), 16)
	return r
}

// TestLazy: nothing runs before it is waited for, and page-locked memory is read when it runs.
func TestLazy(t *testing.T) {
	r := newRig(t, emulated.Config{})
	r.words[0] = 1
	require.NoError(t, r.CopyToDevice(r.p, r.host, 64, r.s))
	r.words[0] = 2 // too early: the copy has not run
	require.NoError(t, r.Sync(r.s))
	got := make([]uint32, 16)
	require.NoError(t, r.CopyToHost(unsafe.Pointer(&got[0]), r.p, 64, r.s))
	require.Equal(t, uint32(2), got[0])

	got[0] = 3 // memory that is not page-locked is read at once
	require.NoError(t, r.CopyToDevice(r.p, unsafe.Pointer(&got[0]), 64, r.s))
	got[0] = 4
	require.NoError(t, r.CopyToHost(r.host, r.p, 64, r.s))
	require.Equal(t, uint32(2), r.words[0]) // not yet
	require.NoError(t, r.Sync(r.s))
	require.Equal(t, uint32(3), r.words[0])
	require.ErrorContains(t, r.CopyToDevice(r.p, r.host, 65, r.s), "out of bounds")

	require.NoError(t, r.CopyToHost(r.host, r.p, 64, r.s))
	require.ErrorIs(t, r.FreeHost(r.host), drv.ErrInvalid) // a copy needs it
	require.NoError(t, r.Sync(r.s))
	require.NoError(t, r.FreeHost(r.host))
}

// TestOrders: without an event between them two streams run in either order, with one in the right
// one.
func TestOrders(t *testing.T) {
	for _, ordered := range []bool{false, true} {
		seen := map[uint32]bool{}
		for seed := range uint64(30) {
			r := newRig(t, emulated.Config{Seed: seed})
			require.NoError(t, r.Fill32(r.p, 1, 16, r.s))
			if ordered {
				require.NoError(t, r.Record(r.e, r.s))
				require.NoError(t, r.Wait(r.side, r.e))
				require.NoError(t, r.Record(r.e, r.side)) // the wait belongs to the record before
			}
			require.NoError(t, r.Fill32(r.p, 2, 16, r.side))
			require.NoError(t, r.Sync(r.side))
			require.NoError(t, r.Sync(r.s))
			require.NoError(t, r.CopyToHost(r.host, r.p, 64, r.s))
			require.NoError(t, r.Sync(r.s))
			seen[r.words[0]] = true
		}
		require.Equal(t, ordered, len(seen) == 1, "%v", seen)
		require.True(t, seen[2])
	}
}

// TestContexts: calls without a context, of another thread, and with handles of another device.
func TestContexts(t *testing.T) {
	r := newRig(t, emulated.Config{Devices: 2})
	other, err := r.Retain(1)
	require.NoError(t, err)
	m, err := r.Load(".version 7.0\n.target sm_75\n.address_size 64\n.entry f() { ret; }")
	require.NoError(t, err)
	f, err := r.Function(m, "f")
	require.NoError(t, err)
	require.NoError(t, r.SetCurrent(other))
	unit := [3]int{1, 1, 1}
	require.ErrorIs(t, r.Sync(r.s), drv.ErrContext)
	require.ErrorIs(t, r.Record(r.e, 0), drv.ErrContext)
	require.ErrorIs(t, r.Launch(f, unit, unit, 0, 0, nil), drv.ErrContext)
	require.ErrorIs(t, r.Unload(m), drv.ErrContext)
	require.ErrorIs(t, r.Free(r.p), drv.ErrInvalid)
	require.ErrorIs(t, r.Copy(r.p, r.p+32, 8, 0), drv.ErrInvalid)
	require.NoError(t, r.SetCurrent(0))
	_, err = r.Alloc(4)
	require.ErrorIs(t, err, drv.ErrContext)
	require.NoError(t, r.SetCurrent(other))
	require.NoError(t, r.Release(1))
	_, err = r.Alloc(4)
	require.ErrorIs(t, err, drv.ErrContext)
	require.ErrorIs(t, r.SetCurrent(other), drv.ErrContext)
	require.ErrorIs(t, r.Release(1), drv.ErrInvalid)
	_, err = r.Retain(2)
	require.ErrorIs(t, err, drv.ErrInvalid)
	require.NoError(t, r.SetCurrent(1))
	require.NoError(t, r.Sync(r.s))
	if runtime.GOOS == "linux" {
		done := make(chan error)
		go func() {
			runtime.LockOSThread()
			_, err := r.Alloc(4)
			done <- err
		}()
		require.ErrorIs(t, <-done, drv.ErrContext)
	}
}

// TestCaptureRules: what ends a capture, and that its end is an error then.
func TestCaptureRules(t *testing.T) {
	got := make([]uint32, 16)
	for name, call := range map[string]func(r *rig) error{
		"Alloc":             func(r *rig) error { _, err := r.Alloc(4); return err },
		"Free":              func(r *rig) error { return r.Free(r.p) },
		"AllocHost":         func(r *rig) error { _, err := r.AllocHost(4); return err },
		"FreeHost":          func(r *rig) error { return r.FreeHost(r.host) },
		"Load":              func(r *rig) error { _, err := r.Load(""); return err },
		"NewStream":         func(r *rig) error { _, err := r.NewStream(); return err },
		"FreeStream":        func(r *rig) error { return r.FreeStream(r.s) },
		"Sync":              func(r *rig) error { return r.Sync(r.s) },
		"the default one":   func(r *rig) error { return r.Fill32(r.p, 0, 1, 0) },
		"pageable, to":      func(r *rig) error { return r.CopyToDevice(r.p, unsafe.Pointer(&got[0]), 4, r.s) },
		"pageable, from":    func(r *rig) error { return r.CopyToHost(unsafe.Pointer(&got[0]), r.p, 4, r.s) },
		"BeginCapture":      func(r *rig) error { return r.BeginCapture(r.s) },
		"an event before":   func(r *rig) error { return r.Wait(r.s, r.e) },
		"SyncEvent":         func(r *rig) error { _ = r.Record(r.e, r.s); return r.SyncEvent(r.e) },
		"EndCapture, other": func(r *rig) error { _, err := r.EndCapture(r.side); return err },
		"unjoined":          nil,
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, emulated.Config{})
			require.NoError(t, r.Record(r.e, r.s))
			require.NoError(t, r.BeginCapture(r.s))
			require.NoError(t, r.Fill32(r.p, 1, 16, r.s))
			if call != nil {
				require.ErrorIs(t, call(r), drv.ErrCapture)
			} else {
				require.NoError(t, r.Record(r.e, r.s))
				require.NoError(t, r.Wait(r.side, r.e))
				require.NoError(t, r.Fill32(r.p, 2, 16, r.side))
			}
			_, err := r.EndCapture(r.s)
			require.ErrorIs(t, err, drv.ErrCapture)
			// Both streams can be used again.
			require.NoError(t, r.BeginCapture(r.side))
			g, err := r.EndCapture(r.side)
			require.NoError(t, err)
			require.NoError(t, r.LaunchGraph(g, r.s))
			require.NoError(t, r.Sync(r.s))
		})
	}
	r := newRig(t, emulated.Config{})
	require.ErrorIs(t, r.BeginCapture(0), drv.ErrCapture)
	_, err := r.EndCapture(r.s)
	require.ErrorIs(t, err, drv.ErrCapture)
}

// TestGraphs: a graph runs when it is launched only, as often as it is, and its branches in any
// order.
func TestGraphs(t *testing.T) {
	seen := map[uint32]bool{}
	for seed := range uint64(20) {
		r := newRig(t, emulated.Config{Seed: seed})
		require.NoError(t, r.BeginCapture(r.s))
		require.NoError(t, r.Fill32(r.p, 1, 16, r.s))
		require.NoError(t, r.Record(r.e, r.s))
		require.NoError(t, r.Wait(r.side, r.e))
		require.NoError(t, r.Fill32(r.p, 2, 16, r.s)) // beside
		require.NoError(t, r.Fill32(r.p, 3, 16, r.side))
		require.NoError(t, r.Record(r.e, r.side))
		require.NoError(t, r.Wait(r.s, r.e))
		require.NoError(t, r.CopyToHost(r.host, r.p, 64, r.s))
		g, err := r.EndCapture(r.s)
		require.NoError(t, err)
		require.NoError(t, r.Sync(r.s))
		require.Zero(t, r.words[0])
		require.NoError(t, r.LaunchGraph(g, r.side))
		require.Zero(t, r.words[0])
		require.NoError(t, r.Sync(r.side))
		seen[r.words[0]] = true
		require.NoError(t, r.FreeGraph(g))
		require.ErrorIs(t, r.LaunchGraph(g, r.s), drv.ErrInvalid)
	}
	require.Equal(t, map[uint32]bool{2: true, 3: true}, seen)
}

// TestErrors: bad arguments, faults of kernels, memory that runs out.
func TestErrors(t *testing.T) {
	r := newRig(t, emulated.Config{Device: emu.Config{Memory: 4096}})
	_, err := r.Alloc(5000)
	require.ErrorIs(t, err, drv.ErrOutOfMemory)
	_, err = r.Alloc(0)
	require.ErrorIs(t, err, drv.ErrInvalid)
	_, err = r.AllocHost(0)
	require.ErrorIs(t, err, drv.ErrInvalid)
	_, err = r.Load("nonsense")
	require.ErrorContains(t, err, "ptx: line 1")
	m, err := r.Load(".version 7.0\n.target sm_75\n.address_size 64\n.entry f(.param .u64 p) { .reg .b64 a; ld.param.u64 a, [p];\nst.global.u32 [a], 1; ret; }")
	require.NoError(t, err)
	_, err = r.Function(m, "g")
	require.ErrorContains(t, err, `no entry "g"`)
	f, err := r.Function(m, "f")
	require.NoError(t, err)
	unit := [3]int{1, 1, 1}
	bad := r.p + 64
	args := []unsafe.Pointer{unsafe.Pointer(&bad)}
	require.ErrorIs(t, r.Launch(f, unit, unit, 0, r.s, nil), drv.ErrInvalid)
	require.ErrorIs(t, r.Launch(f, unit, unit, 0, r.s, []unsafe.Pointer{nil}), drv.ErrInvalid)
	require.ErrorIs(t, r.Launch(f, [3]int{}, unit, 0, r.s, args), drv.ErrInvalid)
	require.ErrorIs(t, r.Launch(f, unit, [3]int{2000, 1, 1}, 0, r.s, args), drv.ErrInvalid)
	require.ErrorIs(t, r.Launch(99, unit, unit, 0, r.s, args), drv.ErrInvalid)
	require.ErrorIs(t, r.Launch(f, unit, unit, 0, 99, args), drv.ErrInvalid)
	require.ErrorIs(t, r.SetShared(f, 1<<20), drv.ErrInvalid)
	require.ErrorIs(t, r.Free(r.p+4), drv.ErrInvalid)
	require.ErrorIs(t, r.FreeHost(unsafe.Pointer(&bad)), drv.ErrInvalid)
	require.ErrorIs(t, r.Fill32(r.p+2, 0, 1, r.s), drv.ErrInvalid)
	require.ErrorIs(t, r.FreeStream(0), drv.ErrInvalid)
	require.ErrorIs(t, r.Wait(r.s, 99), drv.ErrInvalid)
	require.NoError(t, r.Wait(r.s, r.e)) // never recorded
	require.NoError(t, r.SyncEvent(r.e))

	require.NoError(t, r.Launch(f, unit, unit, 0, r.s, args)) // a kernel's fault comes later
	require.NoError(t, r.Sync(r.side))
	err = r.Sync(r.s)
	var fault *emu.Fault
	require.ErrorAs(t, err, &fault)
	require.Equal(t, 5, fault.Line)
	_, err = r.Alloc(4) // and nothing works after it
	require.ErrorAs(t, err, &fault)
}

// TestUnload: a kernel whose module is gone does not run.
func TestUnload(t *testing.T) {
	r := newRig(t, emulated.Config{})
	m, err := r.Load(".version 7.0\n.target sm_75\n.address_size 64\n.entry f() { ret; }")
	require.NoError(t, err)
	f, err := r.Function(m, "f")
	require.NoError(t, err)
	require.NoError(t, r.Launch(f, [3]int{1, 1, 1}, [3]int{1, 1, 1}, 0, r.s, nil))
	require.NoError(t, r.Unload(m))
	require.ErrorContains(t, r.Sync(r.s), "was unloaded")
}
