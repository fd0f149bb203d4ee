// SPDX-License-Identifier: MIT

package ptx

import (
	"slices"
	"strings"
)

// Example is an instruction that Parse accepts, for tests.
type Example struct {
	Text        string
	Op          string
	Version, SM int
}

// Examples returns every form of every instruction, with every combination of modifiers. The
// registers are %p (pred), %h (b16), %r (b32), %d (b64), %f (f32) and %g (f64), from 0 to 7; the
// variables gv, cv, pv, sv, lv are in global, constant, parameter, shared and local memory; the
// label is DONE.
func Examples() []Example {
	var out []Example
	ops := []string{}
	for op := range forms() {
		ops = append(ops, op)
	}
	slices.Sort(ops)
	for _, op := range ops {
		for _, f := range forms()[op] {
			f.expand(nil, func(mods []string) {
				in := &Inst{Op: op, Mods: mods}
				for _, m := range mods {
					if t, ok := types[m]; ok {
						in.Types = append(in.Types, t)
					}
				}
				if text, ok := f.example(in); ok {
					out = append(out, Example{text, op, f.version, f.sm})
				}
			})
		}
	}
	return out
}

// expand calls use with every combination of modifiers.
func (f *form) expand(mods []string, use func([]string), at ...int) {
	k := len(at)
	if k == len(f.groups) {
		use(slices.Clone(mods))
		return
	}
	g := f.groups[k]
	if g.optional {
		f.expand(mods, use, append(at, 0)...)
	}
	for _, a := range g.any {
		f.expand(append(slices.Clone(mods), a), use, append(at, 0)...)
	}
}

// example writes an instruction of the form; false if these modifiers do not go together.
func (f *form) example(in *Inst) (string, bool) {
	var args []string
	n := map[string]int{}
	reg := func(t Type) string {
		p := registerPrefix(t)
		n[p]++
		return p + string(rune('0'+(n[p]-1)%8))
	}
	list := func(count int, t Type) string {
		var e []string
		for range count {
			e = append(e, reg(t))
		}
		return "{" + strings.Join(e, ", ") + "}"
	}
	if (in.Op == "ld" || in.Op == "st") && in.Type().Size()*vector(in) > 16 {
		return "", false
	}
	for i, o := range f.operands {
		switch o.role {
		case "d", "s", "dp", "x":
			t := o.typed(in)
			if o.count > 0 {
				args = append(args, list(o.count, t))
			} else {
				args = append(args, reg(t))
			}
		case "v", "V":
			if k := vector(in); k > 1 {
				args = append(args, list(k, in.Type()))
			} else {
				args = append(args, reg(in.Type()))
			}
		case "P", "PP", "p", "!p", "pl":
			args = append(args, reg(Pred))
		case "m":
			space := in.Space()
			switch {
			case in.Op == "cp" && i == 1:
				space = Global
			case in.Op == "cp":
				space = Shared
			}
			args = append(args, map[Space]string{Generic: "[%d6]", Global: "[%d6+16]", Shared: "[%r6+16]", Local: "[lv+16]", Const: "[cv+16]", Param: "[pv+16]"}[space])
		case "n":
			args = append(args, map[bool]string{true: "16", false: "1"}[in.Op == "cp" && len(in.Mods) > 3])
		case "L":
			args = append(args, "DONE")
		}
	}
	text := strings.Join(append([]string{in.Op}, in.Mods...), ".")
	return text + " " + strings.Join(args, ", ") + ";", true
}

// registerPrefix returns the register names of [Examples] for a type.
func registerPrefix(t Type) string {
	switch {
	case t == Pred:
		return "%p"
	case t == F32:
		return "%f"
	case t == F64:
		return "%g"
	case t.Size() <= 2:
		return "%h"
	case t.Size() == 4:
		return "%r"
	}
	return "%d"
}
