// SPDX-License-Identifier: MIT

package plan

import (
	"fmt"
	"strings"
)

// String lists the instructions and what the passes saved.
func (p *Plan) String() string {
	s := p.Stats
	var b strings.Builder
	fmt.Fprintf(&b, "%d nodes -> %d instructions: %d views, %d fused, %d in blocked memory, %d copies between layouts\n",
		s.Nodes, len(p.Instrs), s.Views, s.Fused, s.Blocked, s.Copied)
	fmt.Fprintf(&b, "arena %s for values of %s; never written, because fused: %s; kept from run to run: %s\n",
		bytes(p.ArenaSize), bytes(s.Unique), bytes(s.Avoided), bytes(s.Resident))
	for i, in := range p.Instrs {
		fmt.Fprintf(&b, "%4d  %v = %s(", i, in.Out, in.Name)
		for j, a := range in.In {
			if j > 0 {
				b.WriteString(", ")
			}
			b.WriteString(a.String())
		}
		fmt.Fprintf(&b, ")  %v %v", in.Meta.DType, in.Meta.Dims)
		if in.Blocked {
			b.WriteString(" blocked")
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// bytes formats a number of bytes.
func bytes(n int) string {
	switch {
	case n < 10<<10:
		return fmt.Sprintf("%d B", n)
	case n < 10<<20:
		return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
}

// String formats a place: in3, out0, kept1, @128.
func (p Place) String() string {
	var s string
	switch p.Space {
	case Input:
		s = fmt.Sprintf("in%d", p.Index)
	case Output:
		s = fmt.Sprintf("out%d", p.Index)
	case Kept:
		s = fmt.Sprintf("kept%d", p.Index)
	default:
		return fmt.Sprintf("@%d", p.Offset)
	}
	if p.Offset != 0 {
		s += fmt.Sprintf("+%d", p.Offset)
	}
	return s
}
