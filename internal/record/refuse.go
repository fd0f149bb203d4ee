// SPDX-License-Identifier: MIT

package record

import (
	"errors"
	"fmt"
	"strings"
)

// ErrStale and ErrFreed are the reasons why a record cannot be computed any more, ErrOpen
// why it cannot be computed yet.
var (
	ErrStale = errors.New("stheno: stale variable")
	ErrFreed = errors.New("stheno: graph already freed")
	ErrOpen  = errors.New("stheno: a value is read in a function that is being compiled, which only writes down what is to be computed: return it as a further output and read that")
)

var errRetired = fmt.Errorf("%w: its memory was used again, for another batch; Clone a batch to keep it", ErrStale)

func (w *Walk) refuse(err error) {
	if w.Err == nil {
		w.Err = err
	}
}

// gone: Backward went through n, and its value was not kept.
func (w *Walk) gone(n *Node) {
	w.refuse(fmt.Errorf("%w: the value of %s is gone after Backward; to read it or to carry it on, call Keep on it before Backward", ErrFreed, n.describe()))
}

// spent: a gradient is needed through n, and Backward went through it.
func (w *Walk) spent(n *Node) {
	w.refuse(fmt.Errorf("%w: Trying to backward through the graph a second time. What is below %s was freed by an earlier Backward. If only its value is carried on, call Detach on it; if its gradient is needed again, call Retain on the root of the earlier Backward", ErrFreed, n.describe()))
}

// stale: an input of n was written since n was recorded.
func (w *Walk) stale(n *Node, derive bool) {
	hint := "Run it before its inputs change, or record it again"
	if derive {
		hint = "its gradient needs them as they were: call Backward before they change, or record it again"
	}
	w.refuse(fmt.Errorf("%w: an input of %s changed after it was recorded; %s", ErrStale, n.describe(), hint))
}

// describe names the operation, its shape, and the parameters that it reads.
func (n *Node) describe() string {
	if n.op == nil {
		return "a leaf"
	}
	var names []string
	for i := range n.Len() {
		if in := n.In(i); in.op == nil && in.ext != nil && in.ext.name != "" {
			names = append(names, in.ext.name)
		}
	}
	s := n.op.Name() + " " + n.meta.Dims.String()
	if len(names) > 0 {
		s += " of " + strings.Join(names, ", ")
	}
	return s
}
