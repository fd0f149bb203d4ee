// SPDX-License-Identifier: MIT

package record

import "github.com/stheno-go/stheno/internal/ops"

// Trace is the record that a walk met, copied: what lowering needs. Nodes are shared, and
// the next walk numbers them again, so that only a copy can be read without the lock.
type Trace struct {
	Steps  []Step // inputs before the steps that use them
	Leaves []int32
}

// Step is a node of a record.
type Step struct {
	Op   ops.Op  // nil: a slot of the program
	In   []int32 // positions of the inputs among the steps
	Type ops.Meta
	Keep bool
}

// Trace copies the record.
func (w *Walk) Trace() *Trace {
	inputs := 0
	for _, n := range w.Order {
		if !n.IsSlot() {
			inputs += n.Len()
		}
	}
	t := &Trace{Steps: make([]Step, len(w.Order))}
	ids := make([]int32, inputs)
	for i, n := range w.Order {
		s := &t.Steps[i]
		s.Type = n.meta
		if n.IsSlot() {
			t.Leaves = append(t.Leaves, int32(i))
			continue
		}
		s.Op = n.op
		s.In, ids = ids[:n.Len():n.Len()], ids[n.Len():]
		for j := range s.In {
			s.In[j] = n.In(j).id
		}
	}
	for _, n := range w.Kept {
		t.Steps[n.id].Keep = true
	}
	return t
}
