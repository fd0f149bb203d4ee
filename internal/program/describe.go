// SPDX-License-Identifier: MIT

package program

import (
	"fmt"
	"strings"

	"github.com/stheno-go/stheno/internal/ops"
	"github.com/stheno-go/stheno/internal/record"
)

// describe puts each node of a record in words.
func describe(w *record.Walk) []string {
	lines := make([]string, len(w.Order))
	slot := 0
	for i, n := range w.Order {
		if n.IsInput() {
			lines[i] = fmt.Sprintf("slot %d: %v %v", slot, n.DType(), *n.Dims())
			slot++
			continue
		}
		var s strings.Builder
		fmt.Fprintf(&s, "node %d: %s(", i, ops.Describe(n.Op()))
		for j := range n.Len() {
			if j > 0 {
				s.WriteString(", ")
			}
			fmt.Fprintf(&s, "%d", n.In(j).ID())
		}
		fmt.Fprintf(&s, ") %v %v", n.DType(), *n.Dims())
		if n.Has(record.Keep) {
			s.WriteString(" keep")
		}
		lines[i] = s.String()
	}
	return lines
}
