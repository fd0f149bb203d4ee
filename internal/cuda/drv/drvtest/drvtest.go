// SPDX-License-Identifier: MIT

// Package drvtest tests implementations of drv.Driver.
package drvtest

import (
	"fmt"
	"runtime"
	"unsafe"

	"github.com/stheno-go/stheno/internal/cuda/drv"
)

// text has a kernel y = x·scale + y over n elements.
const text = `.version 7.0
.target sm_75
.address_size 64
.visible .entry axpy(.param .u64 x, .param .u64 y, .param .u32 n, .param .f32 scale)
.maxntid 128
{
	.reg .b64 px, py; .reg .b32 c, i, t0, t1; .reg .f32 a, b, s; .reg .pred p;
	mov.u32 t0, %ctaid.x;
	mov.u32 t1, %ntid.x;
	mov.u32 i, %tid.x;
	mad.lo.u32 i, t0, t1, i;
	ld.param.u32 c, [n];
	setp.ge.u32 p, i, c;
	@p bra END;
	ld.param.u64 px, [x]; mad.wide.u32 px, i, 4, px;
	ld.param.u64 py, [y]; mad.wide.u32 py, i, 4, py;
	ld.param.f32 s, [scale];
	ld.global.f32 a, [px];
	ld.global.f32 b, [py];
	fma.rn.f32 b, a, s, b;
	st.global.f32 [py], b;
END:
	ret;
}
`

// Script is a program that uses every method of a driver: it loads a kernel, runs it in a stream and
// as a graph, and releases all that it took, also after an error. It returns an error for a wrong
// result.
func Script(d drv.Driver) (err error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var undo []func() error
	defer func() {
		for i := len(undo) - 1; i >= 0; i-- {
			if e := undo[i](); e != nil && err == nil {
				err = e
			}
		}
	}()
	later := func(f func() error) { undo = append(undo, f) }

	n, err := d.Count()
	if err != nil || n < 1 {
		return fmt.Errorf("%d devices: %w", n, err)
	}
	if p, err := d.Properties(0); err != nil || p.Name == "" || p.Major < 1 || p.Multiprocessors < 1 || p.SharedOptin < 48<<10 || p.Memory == 0 {
		return fmt.Errorf("properties %+v: %w", p, err)
	}
	c, err := d.Retain(0)
	if err != nil {
		return err
	}
	later(func() error { return d.Release(0) })
	if err := d.SetCurrent(c); err != nil {
		return err
	}
	m, err := d.Load(text)
	if err != nil {
		return err
	}
	later(func() error { return d.Unload(m) })
	f, err := d.Function(m, "axpy")
	if err != nil {
		return err
	}
	if err := d.SetShared(f, 64<<10); err != nil {
		return err
	}
	const size = 300
	alloc := func() (p drv.Ptr, err error) {
		if p, err = d.Alloc(4 * size); err == nil {
			later(func() error { return d.Free(p) })
		}
		return p, err
	}
	x, err := alloc()
	if err != nil {
		return err
	}
	y, err := alloc()
	if err != nil {
		return err
	}
	z, err := alloc()
	if err != nil {
		return err
	}
	if free, total, err := d.MemInfo(); err != nil || free > total || total == 0 {
		return fmt.Errorf("%d of %d bytes are free: %w", free, total, err)
	}
	host, err := d.AllocHost(4 * size)
	if err != nil {
		return err
	}
	later(func() error { return d.FreeHost(host) })
	var streams [2]drv.Stream
	for i := range streams {
		s, err := d.NewStream()
		if err != nil {
			return err
		}
		later(func() error { return d.FreeStream(s) })
		streams[i] = s
	}
	var events [2]drv.Event
	for i := range events {
		e, err := d.NewEvent()
		if err != nil {
			return err
		}
		later(func() error { return d.FreeEvent(e) })
		events[i] = e
	}
	data := unsafe.Slice((*float32)(host), size)
	for i := range data {
		data[i] = float32(i)
	}
	s, side := streams[0], streams[1]
	if err := d.CopyToDevice(x, host, 4*size, s); err != nil {
		return err
	}
	if err := d.Fill32(y, 0x3f800000, size, s); err != nil { // 1.0
		return err
	}
	count, scale := uint32(size), float32(0.5)
	launch := func(s drv.Stream, x, y drv.Ptr) error {
		return d.Launch(f, [3]int{3, 1, 1}, [3]int{128, 1, 1}, 0, s,
			[]unsafe.Pointer{unsafe.Pointer(&x), unsafe.Pointer(&y), unsafe.Pointer(&count), unsafe.Pointer(&scale)})
	}
	if err := launch(s, x, y); err != nil { // y = 1 + x/2
		return err
	}
	if err := d.Record(events[0], s); err != nil {
		return err
	}
	if err := d.Wait(side, events[0]); err != nil {
		return err
	}
	if err := d.Copy(z, y, 4*size, side); err != nil {
		return err
	}
	out := make([]float32, size)
	check := func(what string, want func(i int) float32) error {
		for i, v := range out {
			if v != want(i) {
				return fmt.Errorf("%s: element %d is %g instead of %g", what, i, v, want(i))
			}
		}
		return nil
	}
	if err := d.CopyToHost(unsafe.Pointer(&out[0]), z, 4*size, side); err != nil {
		return err
	}
	if err := d.Sync(side); err != nil {
		return err
	}
	if err := check("kernel", func(i int) float32 { return 1 + float32(i)/2 }); err != nil {
		return err
	}
	g, err := capture(d, s, side, events, func(s drv.Stream) error { return launch(s, x, y) }, func(s drv.Stream) error { return launch(s, x, z) },
		func(s drv.Stream) error { return launch(s, y, z) })
	if err != nil {
		return err
	}
	later(func() error { return d.FreeGraph(g) })
	for range 2 { // y += x/2, z += x/2 and z += y/2
		if err := d.LaunchGraph(g, s); err != nil {
			return err
		}
	}
	if err := d.CopyToHost(host, z, 4*size, s); err != nil {
		return err
	}
	if err := d.Record(events[1], s); err != nil {
		return err
	}
	if err := d.SyncEvent(events[1]); err != nil {
		return err
	}
	copy(out, data)
	return check("graph", func(i int) float32 {
		v := float32(i)
		y, z := 1+v/2, 1+v/2
		for range 2 {
			y += v / 2
			z += v/2 + y/2
		}
		return z
	})
}

// capture records first in one stream beside second in another, then third in the first.
func capture(d drv.Driver, s, side drv.Stream, events [2]drv.Event, first, second, third func(drv.Stream) error) (drv.Graph, error) {
	if err := d.BeginCapture(s); err != nil {
		return 0, err
	}
	body := func() error {
		if err := d.Record(events[0], s); err != nil {
			return err
		}
		if err := d.Wait(side, events[0]); err != nil {
			return err
		}
		if err := first(s); err != nil {
			return err
		}
		if err := second(side); err != nil {
			return err
		}
		if err := d.Record(events[1], side); err != nil {
			return err
		}
		if err := d.Wait(s, events[1]); err != nil {
			return err
		}
		return third(s)
	}
	err := body()
	g, e := d.EndCapture(s) // also after an error
	switch {
	case err != nil && e == nil:
		_ = d.FreeGraph(g)
		return 0, err
	case err != nil:
		return 0, err
	}
	return g, e
}
