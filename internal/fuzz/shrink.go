// SPDX-License-Identifier: MIT

package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/stheno-go/stheno"
)

// Shrink returns a smaller program that fails as well, and how.
func Shrink(p *Program) (*Program, error) {
	why := p.Try().Failure
	end := time.Now().Add(time.Minute)
	for again := true; again; {
		again = false
		for _, q := range p.smaller() {
			if time.Now().After(end) {
				return p, why
			}
			q.prune()
			if len(q.Roots) == 0 || !q.derivable() {
				continue
			}
			if o := q.Try(); o.Failure != nil {
				p, why, again = q, o.Failure, true
				break
			}
		}
	}
	return p, why
}

// smaller returns the programs that are one step smaller, the smallest first.
func (p *Program) smaller() []*Program {
	var list []*Program
	with := func(f func(q *Program)) {
		q := p.clone()
		f(q)
		list = append(list, q)
	}
	if p.Rounds > 1 {
		with(func(q *Program) { q.Rounds, q.Changes = 1, nil })
		with(func(q *Program) { q.Rounds--; q.Changes = q.Changes[:q.Rounds-1] })
	}
	for i := range p.Roots {
		if len(p.Roots) > 1 {
			with(func(q *Program) { q.Roots = slices.Delete(q.Roots, i, i+1) })
		}
	}
	for _, a := range []Ask{Forward, Backward} {
		if p.Ask > a {
			with(func(q *Program) { q.Ask = a })
		}
	}
	e := &env{float: stheno.Float32}
	vals, err := p.build(e, p.leafVars(e))
	if err != nil {
		return list
	}
	shape := func(i int) []int { return vals[i].Shape() }
	for i, n := range p.Nodes {
		if n.Leaf != nil {
			continue
		}
		for _, r := range p.Roots {
			if r != i && len(p.Roots) == 1 { // end earlier
				with(func(q *Program) { q.Roots = []int{i} })
			}
		}
		for _, a := range n.In { // go around
			if a >= 0 && slices.Equal(shape(a), shape(i)) {
				with(func(q *Program) { q.replace(i, a) })
			}
		}
		if vals[i].DType().IsFloat() { // begin later
			with(func(q *Program) {
				id := 3000 + i
				for _, m := range q.Nodes {
					if m.Leaf != nil {
						id = max(id, m.Leaf.ID+1)
					}
				}
				q.Nodes[i] = Node{Leaf: &Leaf{ID: id, Shape: shape(i), Grad: vals[i].RequiresGrad()}}
				if p.Exact {
					q.Nodes[i].Leaf.Kind = Integers
				}
			})
		}
		if rows[n.Op].optional {
			for j := 1; j < len(n.In); j++ {
				if n.In[j] >= 0 {
					with(func(q *Program) { q.Nodes[i].In[j] = -1 })
				}
			}
		}
	}
	for i, n := range p.Nodes { // smaller leaves, all those at once that have that size
		if n.Leaf == nil {
			continue
		}
		for _, d := range n.Leaf.Shape {
			for _, to := range []int{1, 2, d / 2, d - 1} {
				if to >= 1 && to < d {
					with(func(q *Program) { q.resize(d, to) })
				}
			}
		}
		if n.Leaf.Grad && !n.Leaf.Param {
			with(func(q *Program) { l := *n.Leaf; l.Grad = false; q.Nodes[i].Leaf = &l })
		}
		if n.Leaf.Kind == Double || n.Leaf.Kind == Specials {
			with(func(q *Program) { l := *n.Leaf; l.Kind = Normal; q.Nodes[i].Leaf = &l })
		}
	}
	return list
}

// replace makes the readers of node i read a instead.
func (p *Program) replace(i, a int) {
	for _, n := range p.Nodes {
		for j, in := range n.In {
			if in == i {
				n.In[j] = a
			}
		}
	}
	for j, r := range p.Roots {
		if r == i {
			p.Roots[j] = a
		}
	}
}

// resize gives every dimension of size d of a leaf another size, and so what reshapes and
// expansions name.
func (p *Program) resize(d, to int) {
	for i := range p.Nodes {
		n := &p.Nodes[i]
		change := func(list []int) []int {
			list = slices.Clone(list)
			for k := range list {
				if list[k] == d {
					list[k] = to
				}
			}
			return list
		}
		switch {
		case n.Leaf != nil:
			l := *n.Leaf
			l.Shape = change(l.Shape)
			if l.Limit == d {
				l.Limit = to
			}
			n.Leaf = &l
		case n.Op == "reshape" || n.Op == "expand" || n.Op == "layer_norm":
			n.Ints = change(n.Ints)
		case n.Op == "conv2d" && n.Ints[6] == d:
			n.Ints = slices.Clone(n.Ints)
			n.Ints[6] = to
		}
	}
}

// Go returns the program in Go.
func (p *Program) Go() string {
	var b strings.Builder
	name := func(i int) string { return fmt.Sprintf("v%d", i) }
	fmt.Fprintf(&b, "// seed %d, %v, %d rounds, changes %v, exact %v\n", p.Seed, p.Ask, p.Rounds, p.Changes, p.Exact)
	for i := range p.Nodes {
		n := &p.Nodes[i]
		if n.Leaf == nil {
			fmt.Fprintf(&b, "%s := %s\n", name(i), n.goCode(name))
			continue
		}
		fmt.Fprintf(&b, "%s := %s\n", name(i), p.leafCode(i))
	}
	var roots []string
	for _, r := range p.Roots {
		roots = append(roots, name(r))
	}
	fmt.Fprintf(&b, "// asked for: %s of %s", p.Ask, strings.Join(roots, ", "))
	return b.String()
}

// leafCode returns a leaf in Go: its values if they are few.
func (p *Program) leafCode(i int) string {
	l := p.Nodes[i].Leaf
	dims := strings.Trim(strings.Join(strings.Fields(fmt.Sprint(l.Shape)), ", "), "[]")
	t := map[Kind]string{Index: "int64", Whole: "int64", Byte: "uint8", Bit: "bool", Double: "float64"}[l.Kind]
	if t == "" {
		t = "float32"
	}
	x := p.values(l, 0)
	var s string
	if len(x) <= 24 || !l.Kind.float() {
		var parts []string
		for _, v := range x {
			if l.Kind == Bit {
				parts = append(parts, fmt.Sprint(v != 0))
				continue
			}
			parts = append(parts, fmt.Sprintf("%.4g", v))
		}
		s = fmt.Sprintf("stheno.New([]%s{%s}, %s)", t, strings.Join(parts, ", "), dims)
	} else {
		s = fmt.Sprintf("stheno.FromTensor(stheno.NewGenerator(%d).Normal(stheno.Float%s, 0, %v, %s))", l.ID, strings.TrimPrefix(t, "float"), map[bool]float64{true: 0.3, false: 1}[l.Kind == Small], dims)
	}
	if l.Grad {
		s += ".WithGrad()"
	}
	return s
}

// String returns the name of what is asked.
func (a Ask) String() string {
	return [...]string{"Run", "Backward", "Backward with a seed", "Backward through Grad", "Grad", "Compile", "Compile of Grad"}[a]
}

// String returns the name of the change.
func (c Change) String() string {
	return [...]string{"nothing", "LoadStateDict", "Assign", "writing", "SGD", "Adam"}[c]
}
