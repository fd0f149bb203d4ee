// SPDX-License-Identifier: MIT

package program

import (
	"slices"

	"github.com/stheno-go/stheno/internal/record"
)

// recent is how many programs are searched for the one that computed a value: those
// of one step of a loop.
const recent = 8

// learn looks for values that a program computed, did not return, and that are needed
// now: they are kept this time, and next time by that program. So a loop that reads one
// value after the other, or carries one on, computes nothing twice from its second or
// third step on. It reports whether the record must be walked again. The caller holds the
// lock.
func (q *query) learn() bool {
	changed := false
	for _, a := range q.walk.Again {
		p := cache.newest
		for i := 0; i < recent && p != nil && p.ran != a.Epoch; i++ {
			p = p.older
		}
		if p == nil || p.ran != a.Epoch {
			continue
		}
		if !slices.Contains(p.later, a.ID) {
			p.later = append(p.later, a.ID)
		}
		if !a.Node.Has(record.Keep) && !slices.Contains(q.roots, a.Node) {
			a.Node.Set(record.Keep)
			changed = true
		}
	}
	return changed
}

// keepLater marks the nodes of w, a record of p, whose values were wanted after a former
// run of p. It reports whether one was not marked before.
func (p *Program) keepLater(w *record.Walk) bool {
	changed := false
	for _, id := range p.later {
		if n := w.Order[id]; !n.Has(record.Keep) && !n.IsSlot() {
			n.Set(record.Keep)
			changed = true
		}
	}
	return changed
}
