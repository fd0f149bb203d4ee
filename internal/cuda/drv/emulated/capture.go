// SPDX-License-Identifier: MIT

package emulated

import (
	"fmt"

	"github.com/stheno-go/stheno/internal/cuda/drv"
)

// capture is a graph that is recorded from one stream, and from streams that wait for its events.
type capture struct {
	origin  *stream
	nodes   []node
	invalid bool
	ended   bool
}

// node is a task and the nodes that it follows.
type node struct {
	task  task
	after []int
}

type graph struct {
	dev   *device
	nodes []node
}

// add records a task of a stream.
func (c *capture) add(s *stream, t task) {
	c.nodes = append(c.nodes, node{t, s.tails})
	s.tails = []int{len(c.nodes) - 1}
}

// join lets a stream follow an event that was captured, and so become part of the capture.
func (d *Driver) join(s *stream, r *record) error {
	c := r.capture
	switch {
	case c.ended:
		return invalid("Wait", "the event was recorded in a capture that has ended")
	case s.capture != nil && s.capture != c:
		d.invalidate()
		return fmt.Errorf("emulated: Wait for an event of another capture: %w", drv.ErrCapture)
	}
	s.capture = c
	s.tails = append(append([]int(nil), s.tails...), r.tails...)
	return nil
}

// invalidate makes the captures under way fail.
func (d *Driver) invalidate() {
	for _, s := range d.streams {
		if s.capture != nil {
			s.capture.invalid = true
		}
	}
}

// pageable refuses a copy of memory that is not page-locked in a capture.
func (d *Driver) pageable(call string, s *stream) error {
	if s.capture == nil {
		return nil
	}
	d.invalidate()
	return fmt.Errorf("emulated: %s of memory that is not page-locked: %w", call, drv.ErrCapture)
}

// BeginCapture implements [drv.Driver].
func (d *Driver) BeginCapture(s drv.Stream) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	st, err := d.stream("BeginCapture", s)
	switch {
	case err != nil:
		return err
	case s == 0:
		return fmt.Errorf("emulated: BeginCapture of the default stream: %w", drv.ErrCapture)
	case st.capture != nil:
		d.invalidate()
		return fmt.Errorf("emulated: BeginCapture of a stream that is captured: %w", drv.ErrCapture)
	}
	st.capture = &capture{origin: st}
	d.captures++
	return nil
}

// EndCapture implements [drv.Driver].
func (d *Driver) EndCapture(s drv.Stream) (drv.Graph, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	st, err := d.stream("EndCapture", s)
	if err != nil {
		return 0, err
	}
	c := st.capture
	if c == nil || c.origin != st {
		d.invalidate()
		return 0, fmt.Errorf("emulated: EndCapture of a stream whose capture was not begun: %w", drv.ErrCapture)
	}
	reached := c.reached(st.tails)
	unjoined := false
	for _, o := range d.streams {
		if o.capture != c {
			continue
		}
		for _, n := range o.tails {
			unjoined = unjoined || !reached[n]
		}
		o.capture, o.tails = nil, nil
	}
	c.ended = true
	d.captures--
	switch {
	case c.invalid:
		return 0, fmt.Errorf("emulated: EndCapture: the capture is invalid: %w", drv.ErrCapture)
	case unjoined:
		return 0, fmt.Errorf("emulated: EndCapture: the stream does not wait for all others of the capture: %w", drv.ErrCapture)
	}
	h := drv.Graph(d.handle())
	d.graphs[h] = &graph{st.dev, c.nodes}
	return h, nil
}

// reached returns the nodes that come before others, and these.
func (c *capture) reached(from []int) []bool {
	out := make([]bool, len(c.nodes))
	for _, n := range from {
		out[n] = true
	}
	for i := len(c.nodes) - 1; i >= 0; i-- {
		if out[i] {
			for _, n := range c.nodes[i].after {
				out[n] = true
			}
		}
	}
	return out
}

// LaunchGraph implements [drv.Driver].
func (d *Driver) LaunchGraph(g drv.Graph, s drv.Stream) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	st, err := d.waiting("LaunchGraph", s)
	if err != nil {
		return err
	}
	x := d.graphs[g]
	switch {
	case x == nil:
		return invalid("LaunchGraph", "no such graph")
	case x.dev != st.dev:
		return foreign("LaunchGraph", "graph")
	}
	for _, i := range d.order(x.nodes) {
		if err := d.issue(st, x.nodes[i].task); err != nil {
			return err
		}
	}
	return nil
}

// order returns an order of the nodes in which each comes after those that it follows.
func (d *Driver) order(nodes []node) []int {
	var out []int
	done := make([]bool, len(nodes))
	for len(out) < len(nodes) {
		var ready []int
	search:
		for i, n := range nodes {
			if done[i] {
				continue
			}
			for _, a := range n.after {
				if !done[a] {
					continue search
				}
			}
			if ready = append(ready, i); d.random == nil {
				break
			}
		}
		k := ready[0]
		if d.random != nil {
			k = ready[d.random.IntN(len(ready))]
		}
		done[k] = true
		out = append(out, k)
	}
	return out
}

// FreeGraph implements [drv.Driver].
func (d *Driver) FreeGraph(g drv.Graph) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	v, err := d.enter("FreeGraph", true)
	if err != nil {
		return err
	}
	x := d.graphs[g]
	switch {
	case x == nil:
		return invalid("FreeGraph", "no such graph")
	case x.dev != v:
		return foreign("FreeGraph", "graph")
	}
	delete(d.graphs, g)
	return nil
}
