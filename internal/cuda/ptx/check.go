// SPDX-License-Identifier: MIT

package ptx

import (
	"slices"
	"strings"
)

// check finds the form of an instruction and checks its operands.
func (b *body) check(in *Inst) {
	list := forms()[in.Op]
	if list == nil {
		panic(errorAt(in.Line, "unknown instruction %q", in.Op))
	}
	var first *Error
	far := 0
	for _, f := range list {
		ok, n := f.match(in.Mods)
		if !ok {
			far = max(far, n)
			continue
		}
		err := b.operands(f, in)
		if err == nil {
			return
		}
		if first == nil {
			first = err
		}
	}
	switch {
	case first != nil:
		panic(first)
	case far < len(in.Mods):
		panic(errorAt(in.Line, "%s: modifier .%s is unknown or out of place", in.Op, in.Mods[far]))
	}
	panic(errorAt(in.Line, "%s: a modifier is missing after %q", in.Op, strings.Join(append([]string{in.Op}, in.Mods...), ".")))
}

// operands checks an instruction against one form.
func (b *body) operands(f *form, in *Inst) (err *Error) {
	defer func() {
		switch e := recover().(type) {
		case nil:
		case *Error:
			err = errorAt(in.Line, "%s: %s", in.Op, e.Err)
		default:
			panic(e)
		}
	}()
	if b.m.Version < f.version || b.m.SM < f.sm {
		b.fail("needs .version %d.%d and .target sm_%d", f.version/10, f.version%10, f.sm)
	}
	k := 0
	for _, o := range f.operands {
		if k == len(in.Args) {
			if o.optional {
				continue
			}
			b.fail("%d operands", len(in.Args))
		}
		b.operand(o, in, &in.Args[k])
		k++
	}
	if k < len(in.Args) {
		b.fail("%d operands instead of %d", len(in.Args), k)
	}
	b.alone(in)
	return nil
}

// alone checks what concerns one instruction only.
func (b *body) alone(in *Inst) {
	lit := func(i int) uint64 { return in.Args[i].Bits }
	switch {
	case in.Op == "lop3" && lit(4) > 255:
		b.fail("table %d is no byte", lit(4))
	case in.Op == "bar" && in.Mods[0] == "sync" || in.Op == "barrier":
		if lit(0) > 15 {
			b.fail("barrier %d instead of 0 to 15", lit(0))
		}
	case in.Op == "cp" && len(in.Args) > 1:
		n := lit(2)
		if n != 16 && (in.Has("cg") || n != 4 && n != 8) {
			b.fail("a copy of %d bytes", n)
		}
	case (in.Op == "ld" || in.Op == "st") && in.Type().Size()*vector(in) > 16:
		b.fail("more than 16 bytes")
	case in.Op == "ld" && in.Space() == Param && in.Args[1].Name == "":
		b.fail("the address of a parameter is a number")
	}
}

// vector returns the elements of .v2 and .v4, 1 without.
func vector(in *Inst) int {
	switch {
	case in.Has("v2"):
		return 2
	case in.Has("v4"):
		return 4
	}
	return 1
}

func (b *body) operand(o operand, in *Inst, a *Arg) {
	switch o.role {
	case "d", "s":
		t := o.typed(in)
		if o.count == 0 {
			b.value(a, t, o.role == "d", o.wide)
			return
		}
		b.elements(a, o.count, t, o.role == "d", false)
	case "v", "V":
		if n := vector(in); n > 1 {
			b.elements(a, n, in.Type(), o.role == "v", true)
			return
		}
		b.value(a, in.Type(), o.role == "v", true)
	case "dp":
		if a.Kind == Pair {
			b.register(a.Name, in.Type(), false)
			b.register(a.Name2, Pred, false)
			return
		}
		b.value(a, in.Type(), true, false)
	case "P", "PP":
		if a.Kind == Pair && o.role == "PP" {
			b.register(a.Name, Pred, false)
			b.register(a.Name2, Pred, false)
			return
		}
		b.value(a, Pred, true, false)
	case "p", "!p", "pl":
		switch {
		case a.Kind == Imm && o.role == "pl" && a.Float == 0:
			b.fits(a, Pred)
		case a.Kind == Reg && (!a.Not || o.role == "!p"):
			b.register(a.Name, Pred, false)
		default:
			b.fail("an operand that is no predicate")
		}
	case "x":
		b.movable(in, a)
	case "m":
		b.checkAddress(in, a)
	case "n":
		if a.Kind != Imm || a.Float != 0 {
			b.fail("an operand that is no integer literal")
		}
		b.fits(a, U32)
	case "L":
		if a.Kind != LabelOf {
			b.fail("an operand that is no label")
		}
	}
}

// register checks the type of a register; _ is any.
func (b *body) register(name string, t Type, wide bool) {
	if name == "_" {
		return
	}
	if r := b.f.types[name]; !t.agrees(r, wide) {
		b.fail("register %s of type .%s where .%s is needed", name, r, t)
	}
}

func (b *body) value(a *Arg, t Type, dest, wide bool) {
	switch {
	case a.Kind == Reg && !a.Not:
		b.register(a.Name, t, wide)
	case a.Kind == Sink && dest:
	case a.Kind == Imm && !dest:
		b.fits(a, t)
	case a.Kind == LabelOf:
		b.fail("%q is not declared", a.Name)
	default:
		b.fail("an operand of the wrong form")
	}
}

func (b *body) elements(a *Arg, n int, t Type, dest, wide bool) {
	if a.Kind != Vec || len(a.Elems) != n {
		b.fail("an operand that is no vector of %d", n)
	}
	for i := range a.Elems {
		b.value(&a.Elems[i], t, dest, wide)
	}
}

// movable checks what mov and cvta read.
func (b *body) movable(in *Inst, a *Arg) {
	t := in.Type()
	switch a.Kind {
	case Special:
		if t != U32 && t != B32 && t != S32 {
			b.fail("%s where .%s is needed", a.Name, t)
		}
	case Symbol:
		v := b.variableNamed(a.Name)
		if t.Float() || t.Size() < 4 || t.Size() == 4 && v.Space != Shared {
			b.fail("the address of %s as .%s", a.Name, t)
		}
		if slices.Contains(b.f.Params, v) {
			b.fail("the address of parameter %s is not supported", a.Name)
		}
	default:
		b.value(a, t, false, false)
	}
}

func (b *body) checkAddress(in *Inst, a *Arg) {
	if a.Kind != Addr {
		b.fail("an operand that is no address")
	}
	if a.Name == "" {
		return
	}
	space := in.Space()
	if in.Op == "cp" && a == &in.Args[1] {
		space = Global
	} else if in.Op == "cp" || in.Op == "ldmatrix" {
		space = Shared
	}
	if t, ok := b.f.types[a.Name]; ok {
		if t != U64 && t != B64 && t != S64 && (t.Size() != 4 || t.Float() || t == Pred || space != Shared && space != Local) {
			b.fail("register %s of type .%s as an address", a.Name, t)
		}
		if space == Param {
			b.fail("the address of a parameter in a register is not supported")
		}
		return
	}
	v := b.variableNamed(a.Name)
	if v.Space != space {
		b.fail("variable %s is in .%s memory", a.Name, v.Space)
	}
	if space == Param && (a.Off < 0 || int(a.Off)+in.Type().Size()*vector(in) > v.Bytes()) {
		b.fail("offset %d is outside parameter %s of %d bytes", a.Off, a.Name, v.Bytes())
	}
}
