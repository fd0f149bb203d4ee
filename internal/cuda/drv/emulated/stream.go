// SPDX-License-Identifier: MIT

package emulated

import (
	"fmt"

	"github.com/stheno-go/stheno/internal/cuda/drv"
)

// task is work of a stream.
type task struct {
	run    func() error
	buffer *pinned // that it copies
	wait   *record // instead of run: what must be done first
	mark   *record // instead of run: what is done
}

// stream is a queue of tasks that have not run.
type stream struct {
	dev     *device
	queue   []task
	capture *capture
	tails   []int // nodes of the capture that its next task follows
}

// record is one use of Record.
type record struct {
	on      *stream
	done    bool
	capture *capture
	tails   []int
}

type event struct {
	dev  *device
	last *record // nil before the first
}

// stream begins a call on a stream, which may be captured.
func (d *Driver) stream(call string, s drv.Stream) (*stream, error) {
	v, err := d.enter(call, true)
	if err != nil {
		return nil, err
	}
	st := d.streams[s]
	if s == 0 {
		st = v.zero
	}
	switch {
	case st == nil:
		return nil, invalid(call, "no such stream")
	case st.dev != v:
		return nil, foreign(call, "stream")
	case s == 0 && d.captures > 0:
		d.invalidate()
		return nil, fmt.Errorf("emulated: %s on the default stream: %w", call, drv.ErrCapture)
	}
	return st, nil
}

// waiting begins a call that waits for a stream.
func (d *Driver) waiting(call string, s drv.Stream) (*stream, error) {
	st, err := d.stream(call, s)
	if err == nil && st.capture != nil {
		d.invalidate()
		err = fmt.Errorf("emulated: %s: %w", call, drv.ErrCapture)
	}
	return st, err
}

// issue puts a task into a stream, or into its capture.
func (d *Driver) issue(s *stream, t task) error {
	if s.capture != nil {
		s.capture.add(s, t)
		return nil
	}
	if t.buffer != nil {
		t.buffer.uses++
	}
	s.queue = append(s.queue, t)
	return nil
}

// ready reports whether the first task of s does not wait for another stream.
func (s *stream) ready() bool {
	return len(s.queue) > 0 && (s.queue[0].wait == nil || s.queue[0].wait.done)
}

// step runs the first task of a stream.
func (d *Driver) step(s *stream) error {
	t := s.queue[0]
	for t.wait != nil && !t.wait.done {
		if err := d.step(t.wait.on); err != nil {
			return err
		}
	}
	s.queue = s.queue[1:]
	if t.buffer != nil {
		t.buffer.uses--
	}
	if t.mark != nil {
		t.mark.done = true
	}
	if t.run == nil {
		return nil
	}
	if err := t.run(); err != nil {
		s.dev.fault = err
		return err
	}
	return nil
}

// until runs tasks of s, and with a seed some of other streams, until done.
func (d *Driver) until(s *stream, done func() bool) error {
	for !done() {
		from := s
		if d.random != nil && d.random.IntN(2) == 0 {
			from = d.other(s)
		}
		if err := d.step(from); err != nil {
			return err
		}
	}
	return nil
}

// other returns a random stream of the device that can run a task, or s.
func (d *Driver) other(s *stream) *stream {
	var list []*stream
	for h := drv.Stream(1); h <= drv.Stream(d.next); h++ { // in a fixed order
		if o := d.streams[h]; o != nil && o.dev == s.dev && o.ready() {
			list = append(list, o)
		}
	}
	if len(list) == 0 {
		return s
	}
	return list[d.random.IntN(len(list))]
}

func (d *Driver) drain(s *stream) error {
	return d.until(s, func() bool { return len(s.queue) == 0 })
}

// drainAll waits for the device.
func (d *Driver) drainAll(v *device) error {
	if err := d.drain(v.zero); err != nil {
		return err
	}
	for h := drv.Stream(1); h <= drv.Stream(d.next); h++ {
		if s := d.streams[h]; s != nil && s.dev == v {
			if err := d.drain(s); err != nil {
				return err
			}
		}
	}
	return nil
}

// NewStream implements [drv.Driver].
func (d *Driver) NewStream() (drv.Stream, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	v, err := d.enter("NewStream", false)
	if err != nil {
		return 0, err
	}
	h := drv.Stream(d.handle())
	d.streams[h] = &stream{dev: v}
	return h, nil
}

// FreeStream implements [drv.Driver].
func (d *Driver) FreeStream(s drv.Stream) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	st, err := d.waiting("FreeStream", s)
	if err != nil {
		return err
	}
	if s == 0 {
		return invalid("FreeStream", "the default stream")
	}
	if err := d.drain(st); err != nil {
		return err
	}
	delete(d.streams, s)
	return nil
}

// Sync implements [drv.Driver].
func (d *Driver) Sync(s drv.Stream) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	st, err := d.waiting("Sync", s)
	if err != nil {
		return err
	}
	return d.drain(st)
}

// NewEvent implements [drv.Driver].
func (d *Driver) NewEvent() (drv.Event, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	v, err := d.enter("NewEvent", true)
	if err != nil {
		return 0, err
	}
	h := drv.Event(d.handle())
	d.events[h] = &event{dev: v}
	return h, nil
}

func (d *Driver) event(call string, v *device, e drv.Event) (*event, error) {
	x := d.events[e]
	switch {
	case x == nil:
		return nil, invalid(call, "no such event")
	case x.dev != v:
		return nil, foreign(call, "event")
	}
	return x, nil
}

// FreeEvent implements [drv.Driver].
func (d *Driver) FreeEvent(e drv.Event) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	v, err := d.enter("FreeEvent", true)
	if err != nil {
		return err
	}
	if _, err := d.event("FreeEvent", v, e); err != nil {
		return err
	}
	delete(d.events, e)
	return nil
}

// Record implements [drv.Driver].
func (d *Driver) Record(e drv.Event, s drv.Stream) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	st, err := d.stream("Record", s)
	if err != nil {
		return err
	}
	x, err := d.event("Record", st.dev, e)
	if err != nil {
		return err
	}
	x.last = &record{on: st, capture: st.capture, tails: append([]int(nil), st.tails...)}
	if st.capture == nil {
		return d.issue(st, task{mark: x.last})
	}
	return nil
}

// Wait implements [drv.Driver]. It waits for the record before it; a later one changes nothing.
func (d *Driver) Wait(s drv.Stream, e drv.Event) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	st, err := d.stream("Wait", s)
	if err != nil {
		return err
	}
	x, err := d.event("Wait", st.dev, e)
	if err != nil {
		return err
	}
	r := x.last
	switch {
	case r == nil:
		return nil
	case r.capture != nil:
		return d.join(st, r)
	case st.capture != nil:
		d.invalidate()
		return fmt.Errorf("emulated: Wait for an event that was recorded before: %w", drv.ErrCapture)
	}
	return d.issue(st, task{wait: r})
}

// SyncEvent implements [drv.Driver].
func (d *Driver) SyncEvent(e drv.Event) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	v, err := d.enter("SyncEvent", true)
	if err != nil {
		return err
	}
	x, err := d.event("SyncEvent", v, e)
	switch {
	case err != nil:
		return err
	case x.last == nil:
		return nil
	case x.last.capture != nil:
		d.invalidate()
		return fmt.Errorf("emulated: SyncEvent: %w", drv.ErrCapture)
	}
	return d.until(x.last.on, func() bool { return x.last.done })
}
