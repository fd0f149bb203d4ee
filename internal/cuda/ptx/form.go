// SPDX-License-Identifier: MIT

package ptx

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
)

// form is a line of the table.
type form struct {
	op       string
	groups   []group
	operands []operand
	version  int
	sm       int
}

// group is a place for a modifier.
type group struct {
	any      []string
	optional bool
}

// operand is a place for an operand.
type operand struct {
	role     string // d s dp v V P PP p !p pl x m n L
	optional bool
	of       string // "", "1", "w" or a type
	wide     bool
	count    int // elements of a vector, 0 for none
}

// forms returns the table by opcode.
var forms = sync.OnceValue(func() map[string][]*form {
	list := map[string][]*form{}
	for line := range strings.Lines(table) {
		if line = strings.TrimSpace(line); line != "" {
			f := readForm(line)
			list[f.op] = append(list[f.op], f)
		}
	}
	return list
})

func readForm(line string) *form {
	for _, s := range []string{"$int8", "$int", "$bits", "$fcmp", "$any"} {
		line = strings.ReplaceAll(line, s, shorthands[s])
	}
	f := &form{version: 60, sm: 50}
	left, right, _ := strings.Cut(line, " :")
	right, need, ok := strings.Cut(right, "@")
	if ok {
		if _, err := fmt.Sscanf(need, "%d,%d", &f.version, &f.sm); err != nil {
			panic(line)
		}
	}
	words := strings.Fields(left)
	f.op = words[0]
	for _, w := range words[1:] {
		alternatives, optional := strings.CutSuffix(w, "?")
		g := group{optional: optional}
		for a := range strings.SplitSeq(alternatives, "|") {
			g.any = append(g.any, a[1:])
		}
		f.groups = append(f.groups, g)
	}
	for _, w := range strings.Fields(right) {
		f.operands = append(f.operands, readOperand(w))
	}
	return f
}

func readOperand(w string) (o operand) {
	w, o.optional = strings.CutPrefix(w, "?")
	w, o.of, _ = strings.Cut(w, ":")
	w, o.wide = strings.CutSuffix(w, "+")
	if before, n, ok := strings.Cut(w, "{"); ok {
		w = before
		o.count, _ = strconv.Atoi(strings.TrimSuffix(n, "}"))
	}
	if (w[0] == 'd' || w[0] == 's') && len(w) == 2 && w != "dp" {
		w, o.of = w[:1], w[1:]
	}
	o.role = w
	return o
}

// match reports whether mods are those of the form; otherwise it returns how many were.
func (f *form) match(mods []string) (bool, int) {
	k := 0
	for _, g := range f.groups {
		hit := false
		for _, a := range g.any {
			hit = hit || k < len(mods) && mods[k] == a
		}
		if hit {
			k++
		} else if !g.optional {
			return false, k
		}
	}
	return k == len(mods), k
}

// typed returns the type of an operand in an instruction.
func (o operand) typed(in *Inst) Type {
	t := in.Type()
	switch o.of {
	case "":
		return t
	case "1":
		return in.First()
	case "w":
		wide := map[Type]Type{U16: U32, U32: U64, S16: S32, S32: S64}
		return wide[t]
	}
	return types[o.of]
}
