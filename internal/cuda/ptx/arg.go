// SPDX-License-Identifier: MIT

package ptx

// arg reads an operand; vectors are allowed at the outermost level only.
func (b *body) arg(outer bool) Arg {
	switch s := b.peek(); {
	case s == "[":
		b.at++
		return b.address()
	case s == "{" && outer:
		b.at++
		a := Arg{Kind: Vec}
		for {
			a.Elems = append(a.Elems, b.arg(false))
			if !b.take(",") {
				break
			}
		}
		b.expect("}")
		return a
	case s == "!":
		b.at++
		u, ok := b.find(b.peek())
		if !ok {
			b.fail("%q instead of a predicate after !", b.peek())
		}
		b.at++
		return Arg{Kind: Reg, Name: u, Not: true}
	case s == "_":
		b.at++
		return b.pair(Arg{Kind: Sink, Name: "_"})
	case s == "-" || s != "" && digit(s[0]):
		return b.literal()
	case special(s):
		b.at++
		return Arg{Kind: Special, Name: s}
	default:
		if u, ok := b.find(s); ok {
			b.at++
			return b.pair(Arg{Kind: Reg, Name: u})
		}
		name := b.name()
		if b.variableNamed(name) != nil {
			return Arg{Kind: Symbol, Name: name}
		}
		return Arg{Kind: LabelOf, Name: name}
	}
}

// pair reads the second of two destinations: d|p.
func (b *body) pair(a Arg) Arg {
	if !b.take("|") {
		return a
	}
	second := "_"
	if !b.take("_") {
		u, ok := b.find(b.peek())
		if !ok {
			b.fail("%q instead of a register after |", b.peek())
		}
		second = u
		b.at++
	}
	return Arg{Kind: Pair, Name: a.Name, Name2: second}
}

// variableNamed returns a variable or parameter that the entry can name.
func (b *body) variableNamed(name string) *Var {
	for _, list := range [][]*Var{b.f.Params, b.f.Vars, b.m.Vars} {
		for _, v := range list {
			if v.Name == name {
				return v
			}
		}
	}
	return nil
}

// address reads [register+offset], [variable+offset] or [number].
func (b *body) address() Arg {
	a := Arg{Kind: Addr}
	s := b.peek()
	if u, ok := b.find(s); ok {
		a.Name = u
		b.at++
	} else if b.variableNamed(s) != nil {
		a.Name = s
		b.at++
	} else if n, ok := number(s); ok && n.Float == 0 {
		a.Bits = n.Bits
		b.at++
	} else {
		b.fail("%q instead of a register, a variable or a number in an address", s)
	}
	if b.take("+") {
		a.Off = b.offset()
	} else if b.peek() == "-" {
		a.Off = b.offset()
	}
	b.expect("]")
	return a
}

func (b *body) offset() int64 {
	n := b.literal()
	if v := int64(n.Bits); n.Float != 0 || v < -1<<31 || v >= 1<<31 {
		b.at--
		b.fail("offset %q does not fit 32 bits", b.peek())
	}
	return int64(n.Bits)
}
