// SPDX-License-Identifier: MIT

package ptx

import (
	"fmt"
	"strconv"
	"strings"
)

// Error is a mistake in a text.
type Error struct {
	Line int
	Err  string
}

// Error implements error.
func (e *Error) Error() string { return fmt.Sprintf("ptx: line %d: %s", e.Line, e.Err) }

func errorAt(line int, format string, args ...any) *Error {
	return &Error{line, fmt.Sprintf(format, args...)}
}

// parser reads tokens. Its methods panic with an *Error, which Parse returns.
type parser struct {
	tokens []token
	at     int
	m      *Module
	names  map[string]bool // of variables and entries of the module
}

func (p *parser) line() int {
	switch {
	case p.at < len(p.tokens):
		return p.tokens[p.at].line
	case len(p.tokens) > 0:
		return p.tokens[len(p.tokens)-1].line
	}
	return 1
}

func (p *parser) fail(format string, args ...any) { panic(errorAt(p.line(), format, args...)) }

func (p *parser) peek() string {
	if p.at < len(p.tokens) {
		return p.tokens[p.at].s
	}
	return ""
}

func (p *parser) next() string {
	if p.at == len(p.tokens) {
		p.fail("unexpected end of the text")
	}
	p.at++
	return p.tokens[p.at-1].s
}

func (p *parser) expect(s string) {
	if got := p.peek(); got != s {
		p.fail("%q instead of %q", got, s)
	}
	p.at++
}

func (p *parser) take(s string) bool {
	if p.peek() != s {
		return false
	}
	p.at++
	return true
}

func (p *parser) name() string {
	s := p.peek()
	if s == "" || strings.IndexByte("_$%", s[0]) < 0 && !letter(s[0]) || s == "_" || strings.Contains(s, ".") || strings.Contains(s, "::") || strings.HasPrefix(s, "%") && len(s) == 1 {
		p.fail("%q instead of a name", s)
	}
	return p.next()
}

func letter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// count reads a number from low to high.
func (p *parser) count(low, high int) int {
	n, err := strconv.ParseUint(p.peek(), 0, 31)
	if err != nil || int(n) < low || int(n) > high {
		p.fail("%q instead of a number from %d to %d", p.peek(), low, high)
	}
	p.at++
	return int(n)
}

func (p *parser) typ() Type {
	s := p.peek()
	t, ok := types[strings.TrimPrefix(s, ".")]
	if !ok || s[0] != '.' {
		p.fail("%q instead of a type", s)
	}
	p.at++
	return t
}

// Parse reads a module. An error is an [*Error].
func Parse(text string) (m *Module, err error) {
	tokens, err := lex(text)
	if err != nil {
		return nil, err
	}
	p := &parser{tokens: tokens, m: &Module{}, names: map[string]bool{}}
	defer func() {
		switch e := recover().(type) {
		case nil:
		case *Error:
			m, err = nil, e
		default:
			panic(e)
		}
	}()
	p.header()
	for p.at < len(p.tokens) {
		p.top()
	}
	return p.m, nil
}

// header reads .version, .target and .address_size.
func (p *parser) header() {
	p.expect(".version")
	major, minor, ok := strings.Cut(p.peek(), ".")
	a, errA := strconv.Atoi(major)
	b, errB := strconv.Atoi(minor)
	if !ok || errA != nil || errB != nil || a < 6 || a > 99 || b < 0 || b > 9 {
		p.fail("%q instead of a version from 6.0 on", p.peek())
	}
	p.m.Version = 10*a + b
	p.at++
	p.expect(".target")
	p.m.Target = p.peek()
	n, ok := strings.CutPrefix(p.m.Target, "sm_")
	sm, err := strconv.Atoi(n)
	if !ok || err != nil || sm < 50 || sm > 999 {
		p.fail("target %q instead of sm_50 or later", p.m.Target)
	}
	p.m.SM = sm
	p.at++
	p.expect(".address_size")
	p.expect("64")
}

// top reads a directive of the module.
func (p *parser) top() {
	switch s := p.peek(); s {
	case ".visible", ".weak":
		p.at++
		if p.peek() != ".entry" && p.peek() != ".global" && p.peek() != ".const" {
			p.fail("%s before %q", s, p.peek())
		}
	case ".extern":
		p.at++
		if p.peek() != ".shared" {
			p.fail(".extern %s is not supported", p.peek())
		}
		p.at++
		p.m.Vars = append(p.m.Vars, p.variable(Shared, true))
		p.expect(";")
	case ".entry":
		p.at++
		p.entry()
	case ".shared", ".const", ".global":
		p.at++
		p.m.Vars = append(p.m.Vars, p.variable(spaceOf(s), false))
		p.expect(";")
	case ".file":
		p.debugLine()
	case ".section":
		p.at++
		p.next()
		p.expect("{")
		for p.peek() != "}" {
			p.next()
		}
		p.at++
	default:
		p.fail("%q is not supported here", s)
	}
}

// debugLine skips a .file or .loc directive, which ends with its line.
func (p *parser) debugLine() {
	for line := p.line(); p.at < len(p.tokens) && p.tokens[p.at].line == line; {
		p.at++
	}
}

func spaceOf(s string) Space {
	for i, n := range spaceNames {
		if s[1:] == n {
			return Space(i)
		}
	}
	return Generic
}

// declare makes name known in the module.
func (p *parser) declare(name string) {
	if p.names[name] {
		p.at--
		p.fail("%q is declared twice", name)
	}
	p.names[name] = true
}
