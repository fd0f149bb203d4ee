// SPDX-License-Identifier: MIT

package plan

import (
	"fmt"
	"strings"
)

// String lists the instructions and what the passes saved.
func (p *Plan) String() string {
	var s strings.Builder
	fmt.Fprintf(&s, "%d nodes -> %d instructions (%d views, %d fused), arena %d bytes instead of %d\n",
		p.Stats.Nodes, len(p.Instrs), p.Stats.Views, p.Stats.Fused, p.ArenaSize, p.Stats.Unique)
	for i, in := range p.Instrs {
		fmt.Fprintf(&s, "%4d  %v = %s(", i, in.Out, in.Name)
		for j, a := range in.In {
			if j > 0 {
				s.WriteString(", ")
			}
			s.WriteString(a.String())
		}
		fmt.Fprintf(&s, ")  %v %v\n", in.Meta.DType, in.Meta.Dims)
	}
	return s.String()
}

// String formats a place: in3, out0, @128.
func (p Place) String() string {
	var s string
	switch p.Space {
	case Input:
		s = fmt.Sprintf("in%d", p.Index)
	case Output:
		s = fmt.Sprintf("out%d", p.Index)
	default:
		return fmt.Sprintf("@%d", p.Offset)
	}
	if p.Offset != 0 {
		s += fmt.Sprintf("+%d", p.Offset)
	}
	return s
}
