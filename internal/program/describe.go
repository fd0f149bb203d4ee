// SPDX-License-Identifier: MIT

package program

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/stheno-go/stheno/internal/ops"
	"github.com/stheno-go/stheno/internal/record"
)

// describe puts step i of a record in words.
func describe(t *record.Trace, i int) string {
	n := &t.Steps[i]
	if n.Op == nil {
		return fmt.Sprintf("slot %d: %v %v", slices.Index(t.Leaves, int32(i)), n.Type.DType, n.Type.Dims)
	}
	var s strings.Builder
	fmt.Fprintf(&s, "node %d: %s(", i, ops.Describe(n.Op))
	for j, id := range n.In {
		if j > 0 {
			s.WriteString(", ")
		}
		fmt.Fprintf(&s, "%d", id)
	}
	fmt.Fprintf(&s, ") %v %v", n.Type.DType, n.Type.Dims)
	if n.Keep {
		s.WriteString(" keep")
	}
	return s.String()
}

// same reports whether two steps are.
func same(a, b *record.Step) bool {
	switch {
	case a.Type != b.Type || a.Keep != b.Keep || (a.Op == nil) != (b.Op == nil) || !slices.Equal(a.In, b.In):
		return false
	case a.Op == nil:
		return true
	}
	return a.Op.Name() == b.Op.Name() && bytes.Equal(a.Op.AppendAttrs(nil), b.Op.AppendAttrs(nil))
}

// nearest says how the record t differs from the most similar one of others.
func nearest(t *record.Trace, others []*record.Trace) string {
	best, count := "", len(t.Steps)+1
	for _, o := range others {
		if len(o.Steps) != len(t.Steps) {
			continue
		}
		different, first := 0, 0
		for i := range t.Steps {
			if !same(&t.Steps[i], &o.Steps[i]) {
				if different++; different == 1 {
					first = i
				}
			}
		}
		if 0 < different && different < count {
			best, count = describe(o, first)+" -> "+describe(t, first), different
		}
	}
	if best == "" {
		return fmt.Sprintf("no cached program has %d nodes", len(t.Steps))
	}
	return best
}
