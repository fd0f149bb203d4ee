// SPDX-License-Identifier: MIT

package ptx

import (
	"fmt"
	"strconv"
	"strings"
)

// String returns the text of the module. Parse reads it back to an equal module, but for lines.
func (m *Module) String() string {
	var s strings.Builder
	fmt.Fprintf(&s, ".version %d.%d\n.target %s\n.address_size 64\n", m.Version/10, m.Version%10, m.Target)
	for _, v := range m.Vars {
		if v.Extern {
			s.WriteString(".extern ")
		}
		fmt.Fprintf(&s, ".%s %s;\n", v.Space, v.declaration())
	}
	for _, f := range m.Funcs {
		f.print(&s)
	}
	return s.String()
}

// declaration returns v without its space.
func (v *Var) declaration() string {
	s := fmt.Sprintf(".align %d .%s %s", v.Align, v.Type, v.Name)
	switch {
	case v.Extern:
		s += "[]"
	case v.Count >= 0:
		s += fmt.Sprintf("[%d]", v.Count)
	}
	if v.Init == nil {
		return s
	}
	var list []string
	for i, n := 0, v.Type.Size(); i < len(v.Init); i += n {
		a := Arg{Kind: Imm}
		for j := range n {
			a.Bits |= uint64(v.Init[i+j]) << (8 * j)
		}
		if v.Type == F32 || v.Type == F64 {
			a.Float = 8 * n
		}
		list = append(list, a.String())
	}
	return s + " = {" + strings.Join(list, ", ") + "}"
}

func (f *Func) print(s *strings.Builder) {
	var params []string
	for _, p := range f.Params {
		params = append(params, ".param "+p.declaration())
	}
	fmt.Fprintf(s, ".visible .entry %s(%s)\n", f.Name, strings.Join(params, ", "))
	for _, d := range []struct {
		name string
		n    [3]int
	}{{".maxntid", f.MaxThreads}, {".reqntid", f.ReqThreads}} {
		if d.n[0] > 0 {
			fmt.Fprintf(s, "%s %d, %d, %d\n", d.name, d.n[0], d.n[1], d.n[2])
		}
	}
	if f.MinBlocks > 0 {
		fmt.Fprintf(s, ".minnctapersm %d\n", f.MinBlocks)
	}
	if f.MaxRegs > 0 {
		fmt.Fprintf(s, ".maxnreg %d\n", f.MaxRegs)
	}
	s.WriteString("{\n")
	for _, r := range f.Registers {
		fmt.Fprintf(s, "\t.reg .%s %s;\n", r.Type, r.Name)
	}
	for _, v := range f.Vars {
		fmt.Fprintf(s, "\t.%s %s;\n", v.Space, v.declaration())
	}
	labels := f.Labels
	place := func(at int) {
		for ; len(labels) > 0 && labels[0].At == at; labels = labels[1:] {
			fmt.Fprintf(s, "%s:\n", labels[0].Name)
		}
	}
	for i, in := range f.Code {
		place(i)
		fmt.Fprintf(s, "\t%s;\n", in)
	}
	place(len(f.Code))
	s.WriteString("}\n")
}

// String returns the instruction without the semicolon.
func (i *Inst) String() string {
	var s strings.Builder
	if i.Guard != "" {
		s.WriteByte('@')
		if i.GuardNot {
			s.WriteByte('!')
		}
		s.WriteString(i.Guard + " ")
	}
	s.WriteString(strings.Join(append([]string{i.Op}, i.Mods...), "."))
	for k, a := range i.Args {
		if k > 0 {
			s.WriteByte(',')
		}
		s.WriteString(" " + a.String())
	}
	return s.String()
}

// String returns the operand as PTX writes it.
func (a Arg) String() string {
	switch a.Kind {
	case Imm:
		switch a.Float {
		case 32:
			return fmt.Sprintf("0f%08X", a.Bits)
		case 64:
			return fmt.Sprintf("0d%016X", a.Bits)
		}
		return strconv.FormatUint(a.Bits, 10)
	case Addr:
		base := a.Name
		if base == "" {
			base = strconv.FormatUint(a.Bits, 10)
		}
		if a.Off != 0 {
			base += fmt.Sprintf("+%d", a.Off)
		}
		return "[" + base + "]"
	case Vec:
		var list []string
		for _, e := range a.Elems {
			list = append(list, e.String())
		}
		return "{" + strings.Join(list, ", ") + "}"
	case Pair:
		return a.Name + "|" + a.Name2
	case Sink:
		return "_"
	}
	if a.Not {
		return "!" + a.Name
	}
	return a.Name
}
