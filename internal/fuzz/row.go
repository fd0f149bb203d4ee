// SPDX-License-Identifier: MIT

package main

import (
	"fmt"
	"strconv"
	"strings"
)

// row is an operation that programs are made of.
type row struct {
	// apply records it.
	apply func(e *env, x []*V, n *Node) *V
	// code is it in Go: $0 stands for an operand, $* for all, #0 for an integer, #* for
	// all, #2* for all from the third on, %0 for a number.
	code string
	// draw adds it to a program, with operands and leaves as it needs them. It returns
	// false if there are none. Nil: it is drawn as a part of another only.
	draw     func(d *drawer) bool
	weight   int  // how often it is drawn
	optional bool // operands may be left out
	exact    bool // integers give integers
	// saturates is how large the differences are of which its gradient is computed, where
	// they can be nearly 0; 0: there are none.
	saturates float64
	moves     bool // it only moves values or picks one, so that nothing is rounded
}

// rows are the operations by name.
var rows = map[string]*row{}

// add notes a row.
func add(name string, r row) {
	if rows[name] != nil {
		panic("two rows are named " + name)
	}
	if r.weight == 0 {
		r.weight = 2
	}
	rows[name] = &r
}

// goCode returns the operation of n in Go, with the names of its operands.
func (n *Node) goCode(name func(i int) string) string {
	code := rows[n.Op].code
	operand := func(i int) string {
		if n.In[i] < 0 {
			return "nil"
		}
		return name(n.In[i])
	}
	list := func(from, to int, f func(i int) string) string {
		var parts []string
		for i := from; i < to; i++ {
			parts = append(parts, f(i))
		}
		return strings.Join(parts, ", ")
	}
	number := func(i int) string { return strconv.Itoa(n.Ints[i]) }
	var b strings.Builder
	for i := 0; i < len(code); i++ {
		c := code[i]
		if c != '$' && c != '#' && c != '%' || i+1 == len(code) {
			b.WriteByte(c)
			continue
		}
		i++
		k, all := 0, code[i] == '*'
		if !all {
			k = strings.IndexByte("0123456789a", code[i])
			if i+1 < len(code) && code[i+1] == '*' {
				all = true
				i++
			}
		}
		switch {
		case c == '$' && all:
			b.WriteString(list(k, len(n.In), operand))
		case c == '$':
			b.WriteString(operand(k))
		case c == '#' && all:
			b.WriteString(list(k, len(n.Ints), number))
		case c == '#':
			b.WriteString(number(k))
		default:
			b.WriteString(fmt.Sprint(n.Nums[k]))
		}
	}
	return b.String()
}
