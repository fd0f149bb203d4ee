// SPDX-License-Identifier: MIT

package ptx

import (
	"fmt"
	"strconv"
	"strings"
)

const (
	maxRegisters = 1 << 16 // of an entry
	maxDepth     = 32      // of nested blocks
)

// scope has the names of a block: what they are called in the entry, where names are unique.
type scope struct {
	regs   map[string]string
	labels map[string]string
}

// body reads the statements of an entry.
type body struct {
	*parser
	f      *Func
	scopes []scope
	fixes  []fix
}

// fix is an operand that may be a label, known when its block ends.
type fix struct {
	arg   *Arg
	line  int
	depth int
}

func (p *parser) entry() {
	f := &Func{Name: p.name(), types: map[string]Type{}, labels: map[string]int{}}
	p.declare(f.Name)
	module := p.names
	p.names = map[string]bool{} // an entry may name its variables as others do
	defer func() { p.names = module }()
	if p.take("(") && !p.take(")") {
		for {
			p.expect(".param")
			f.Params = append(f.Params, p.variable(Param, false))
			if p.take(")") {
				break
			}
			p.expect(",")
		}
	}
	for p.peek() != "{" {
		switch s := p.next(); s {
		case ".maxntid":
			f.MaxThreads = p.dims()
		case ".reqntid":
			f.ReqThreads = p.dims()
		case ".minnctapersm":
			f.MinBlocks = p.count(1, 1024)
		case ".maxnreg":
			f.MaxRegs = p.count(1, 1024)
		default:
			p.at--
			p.fail("%q is not supported here", s)
		}
	}
	p.at++
	b := &body{parser: p, f: f}
	b.block()
	p.m.Funcs = append(p.m.Funcs, f)
}

func (p *parser) dims() [3]int {
	d := [3]int{1, 1, 1}
	for i := range d {
		d[i] = p.count(1, 1<<30)
		if !p.take(",") {
			break
		}
	}
	return d
}

// unique returns name, or a name made of it that the entry does not have.
func unique(name string, used func(string) bool) string {
	for n, base := 2, name; used(name); n++ {
		name = fmt.Sprintf("%s$%d", base, n)
	}
	return name
}

// find returns the name of a register in the entry.
func (b *body) find(name string) (string, bool) {
	for k := len(b.scopes) - 1; k >= 0; k-- {
		if u, ok := b.scopes[k].regs[name]; ok {
			return u, true
		}
	}
	return "", false
}

// block reads statements up to a closing brace.
func (b *body) block() {
	if len(b.scopes) == maxDepth {
		b.fail("more than %d nested blocks", maxDepth)
	}
	b.scopes = append(b.scopes, scope{map[string]string{}, map[string]string{}})
	for !b.take("}") {
		b.statement()
	}
	b.resolveLabels()
	b.scopes = b.scopes[:len(b.scopes)-1]
}

func (b *body) statement() {
	switch s := b.peek(); s {
	case "{":
		b.at++
		b.block()
	case ".reg":
		b.at++
		b.registers()
	case ".shared", ".local":
		b.at++
		b.f.Vars = append(b.f.Vars, b.variable(spaceOf(s), false))
		b.expect(";")
	case ".pragma":
		b.at++
		if s := b.next(); s != `"nounroll"` {
			b.fail("pragma %s is not supported", s)
		}
		b.expect(";")
	case ".loc":
		b.debugLine()
	default:
		if b.at+1 < len(b.tokens) && b.tokens[b.at+1].s == ":" {
			b.label()
			return
		}
		b.inst()
	}
}

func (b *body) label() {
	name := b.name()
	top := b.scopes[len(b.scopes)-1]
	if top.labels[name] != "" {
		b.at--
		b.fail("label %q is declared twice", name)
	}
	u := unique(name, func(s string) bool { _, ok := b.f.labels[s]; return ok })
	top.labels[name], b.f.labels[u] = u, len(b.f.Code)
	b.f.Labels = append(b.f.Labels, Label{u, len(b.f.Code)})
	b.expect(":")
}

// resolveLabels finds the labels of the innermost block; those it lacks may be of one around it.
func (b *body) resolveLabels() {
	depth, left := len(b.scopes), b.fixes[:0]
	for _, f := range b.fixes {
		if u := b.scopes[depth-1].labels[f.arg.Name]; f.depth == depth && u != "" {
			f.arg.Name = u
			continue
		}
		if f.depth = min(f.depth, depth-1); f.depth == 0 {
			panic(errorAt(f.line, "%q is not declared", f.arg.Name))
		}
		left = append(left, f)
	}
	b.fixes = left
}

func (b *body) registers() {
	t := b.typ()
	top := b.scopes[len(b.scopes)-1]
	declare := func(name string) {
		if top.regs[name] != "" {
			b.at--
			b.fail("register %q is declared twice", name)
		}
		if len(b.f.Registers) == maxRegisters {
			b.fail("more than %d registers", maxRegisters)
		}
		u := unique(name, func(s string) bool { _, ok := b.f.types[s]; return ok })
		top.regs[name], b.f.types[u] = u, t
		b.f.Registers = append(b.f.Registers, Register{u, t})
	}
	for {
		name := b.name()
		if special(name) {
			b.at--
			b.fail("%q is a special register", name)
		}
		if b.take("<") {
			n := b.count(1, maxRegisters)
			b.expect(">")
			for k := range n {
				declare(name + strconv.Itoa(k))
			}
		} else {
			declare(name)
		}
		if !b.take(",") {
			break
		}
	}
	b.expect(";")
}

// specials are the special registers; those with axes have .x, .y and .z.
var specials = map[string]bool{"%laneid": false, "%warpid": false, "%lanemask_eq": false, "%lanemask_lt": false,
	"%lanemask_le": false, "%lanemask_gt": false, "%lanemask_ge": false, "WARP_SZ": false,
	"%tid": true, "%ntid": true, "%ctaid": true, "%nctaid": true}

func special(name string) bool {
	base, axis, ok := strings.Cut(name, ".")
	if axes, known := specials[base]; !known || axes != ok {
		return false
	}
	return !ok || axis == "x" || axis == "y" || axis == "z"
}

// inst reads an instruction.
func (b *body) inst() {
	in := &Inst{Line: b.line()}
	start := b.at
	if b.take("@") {
		in.GuardNot = b.take("!")
		u, ok := b.find(b.peek())
		if !ok || b.f.types[u] != Pred {
			b.fail("guard %q is no predicate", b.peek())
		}
		in.Guard = u
		b.at++
	}
	s := b.next()
	if !letter(s[0]) {
		b.at--
		b.fail("%q instead of an instruction", s)
	}
	word := strings.Split(s, ".")
	in.Op, in.Mods = word[0], word[1:]
	for _, m := range in.Mods {
		if t, ok := types[m]; ok {
			in.Types = append(in.Types, t)
		}
	}
	var found []*Arg
	if b.peek() != ";" {
		for {
			in.Args = append(in.Args, b.arg(true))
			if !b.take(",") {
				break
			}
		}
	}
	for i := range in.Args {
		if in.Args[i].Kind == LabelOf {
			found = append(found, &in.Args[i])
		}
	}
	b.expect(";")
	in.Text = b.text(start, b.at)
	for _, a := range found {
		b.fixes = append(b.fixes, fix{a, in.Line, len(b.scopes)})
	}
	b.check(in)
	b.f.Code = append(b.f.Code, in)
}

// text joins tokens to one line.
func (b *body) text(from, to int) string {
	var s strings.Builder
	for i := from; i < to; i++ {
		t := b.tokens[i].s
		if i > from && (b.tokens[i-1].s == "," || wordByte(b.tokens[i-1].s[0]) && strings.IndexByte(";,:]}+-|", t[0]) < 0) {
			s.WriteByte(' ')
		}
		s.WriteString(t)
	}
	return s.String()
}
