// SPDX-License-Identifier: MIT

package main

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/stheno-go/stheno"
)

// V is what operations work on.
type V = stheno.Variable

// Program is a computation as data, so that it can be built in several ways, be made
// smaller, and be printed.
type Program struct {
	Seed    uint64 // of the leaves' values
	Nodes   []Node
	Roots   []int
	Ask     Ask
	Exact   bool // every value is an integer and every result exact: ties may be drawn
	Rounds  int  // how often it is run, with other values each time
	Changes []Change
}

// Node is a leaf, or an operation on earlier nodes.
type Node struct {
	Leaf *Leaf
	Op   string
	In   []int // -1: an operand that is left out
	Ints []int
	Nums []float64
}

// Leaf is where values come from.
type Leaf struct {
	ID    int // tells apart leaves, whatever is removed around them
	Kind  Kind
	Shape []int
	Grad  bool // a gradient is required
	Param bool // it belongs to a module: its memory lasts from round to round
	Limit int  // of indices
}

// Kind says what values a leaf has.
type Kind uint8

// The kinds.
const (
	Normal   Kind = iota // of deviation 1
	Small                // of deviation 0.3
	Positive             // from 0.5 to 2
	Integers             // floats between -3 and 3
	Specials             // normal, but every third is 0, 1 or -1
	Double               // normal, float64 in a float32 program
	Index                // int64 from 0 to Limit-1
	Whole                // int64 between -3 and 3
	Byte                 // uint8, often near its ends
	Bit                  // bool
)

// float reports whether the leaf's values are floats.
func (k Kind) float() bool { return k < Index }

// Ask is what a program computes.
type Ask uint8

// The things to ask.
const (
	Forward  Ask = iota // the roots
	Backward            // the roots, kept, and the gradients of their weighted sum
	Seeded              // the gradients of the first root, weighted by a seed
	Second              // the gradients of a sum that holds squares of gradients
	Grads               // Grad, read without Backward
	Compiled            // the roots by Compile
	Derived             // the roots and their Grad by Compile
	asks
)

// Change is what happens to the parameters before a further round.
type Change uint8

// The changes.
const (
	Stay   Change = iota // nothing: only data and numbers change
	Load                 // LoadStateDict
	Assign               // Assign
	Write                // through the memory that StateDict shares
	SGD                  // a step
	Adam                 // a step
	changes
)

// backward reports whether the program calls Backward.
func (a Ask) backward() bool { return a == Backward || a == Seeded || a == Second }

// compiled reports whether the program is compiled rather than recorded.
func (a Ask) compiled() bool { return a == Compiled || a == Derived }

// leaves returns the positions of the leaves.
func (p *Program) leaves() []int {
	var list []int
	for i := range p.Nodes {
		if p.Nodes[i].Leaf != nil {
			list = append(list, i)
		}
	}
	return list
}

// clone returns a copy that shares nothing that is changed.
func (p *Program) clone() *Program {
	q := *p
	q.Nodes, q.Roots, q.Changes = slices.Clone(p.Nodes), slices.Clone(p.Roots), slices.Clone(p.Changes)
	for i := range q.Nodes {
		q.Nodes[i].In = slices.Clone(q.Nodes[i].In)
	}
	return &q
}

// uses reports whether the program has the operation op.
func (p *Program) uses(op string) bool {
	return slices.ContainsFunc(p.Nodes, func(n Node) bool { return n.Op == op })
}

// values returns what a leaf holds at first, or what new data it gets in a round.
func (p *Program) values(l *Leaf, round int) []float64 {
	r := rand.New(rand.NewPCG(p.Seed, uint64(l.ID)<<8|uint64(round)))
	x := make([]float64, stheno.Shape(l.Shape).Size())
	for k := range x {
		v := r.NormFloat64()
		switch l.Kind {
		case Small:
			v *= 0.3
		case Positive:
			v = 0.5 + 1.5*r.Float64()
		case Integers:
			v = float64(r.IntN(7) - 3)
		case Specials:
			if r.IntN(3) == 0 {
				v = float64(r.IntN(3) - 1)
			}
		case Index:
			v = float64(r.IntN(l.Limit))
		case Whole:
			v = float64(r.IntN(7) - 3)
		case Byte:
			v = float64([]int{r.IntN(256), r.IntN(4), 255 - r.IntN(4)}[r.IntN(3)])
		case Bit:
			v = float64(r.IntN(2))
		}
		if l.Kind != Double {
			v = float64(float32(v))
		}
		x[k] = v
	}
	return x
}

// env is a way to build a program.
type env struct {
	float stheno.DType // of its values
	round int
	noise *noise // nil: none
}

// typeOf returns the element type of a leaf.
func (e *env) typeOf(l *Leaf) stheno.DType {
	switch l.Kind {
	case Index, Whole:
		return stheno.Int64
	case Byte:
		return stheno.Uint8
	case Bit:
		return stheno.Bool
	case Double:
		return stheno.Float64
	}
	return e.float
}

// tensor makes a leaf's tensor of x, in memory that nobody else can write: otherwise nothing
// would be kept of it.
func (e *env) tensor(l *Leaf, x []float64) *stheno.Tensor {
	switch e.typeOf(l) {
	case stheno.Int64:
		return stheno.TensorOf(converted[int64](x), l.Shape...).Clone()
	case stheno.Uint8:
		return stheno.TensorOf(converted[uint8](x), l.Shape...).Clone()
	case stheno.Bool:
		bits := make([]bool, len(x))
		for i, v := range x {
			bits[i] = v != 0
		}
		return stheno.TensorOf(bits, l.Shape...).Clone()
	case stheno.Float32:
		return stheno.TensorOf(converted[float32](x), l.Shape...).Clone()
	}
	return stheno.TensorOf(x, l.Shape...).Clone()
}

func converted[T int64 | uint8 | float32](x []float64) []T {
	y := make([]T, len(x))
	for i, v := range x {
		y[i] = T(v)
	}
	return y
}

// num returns number i of n, which is another one in each round.
func (e *env) num(n *Node, i int) float64 { return n.Nums[i] * (1 + float64(e.round)/8) }

// build records the program over its leaves and returns the value of each node.
func (p *Program) build(e *env, leaves []*V) ([]*V, error) {
	vals := make([]*V, len(p.Nodes))
	k, readers := 0, p.readers()
	for i := range p.Nodes {
		n := &p.Nodes[i]
		if n.Leaf != nil {
			vals[i] = leaves[k]
			k++
			if e.noise != nil && vals[i].DType().IsFloat() && !p.isState(i) {
				vals[i] = e.noise.apply(i, vals[i])
			}
			continue
		}
		in := make([]*V, len(n.In))
		for j, a := range n.In {
			if a < 0 {
				continue
			}
			in[j] = vals[a]
			if e.noise != nil && readers[a] > 1 && in[j].DType().IsFloat() && !p.isState(a) {
				in[j] = e.noise.apply(1000*i+j, in[j]) // their gradients are added up, and may cancel
				in[j] = in[j].Add(e.noise.slope(500_000+1000*i+j, in[j], 8))
			}
		}
		o := rows[n.Op]
		if o == nil {
			return nil, fmt.Errorf("no operation %q", n.Op)
		}
		v := o.apply(e, in, n)
		if err := v.Err(); err != nil {
			return nil, &refusal{err}
		}
		if e.noise != nil && !o.moves && v.DType().IsFloat() {
			v = e.noise.apply(i, v)
			if o.saturates > 0 {
				s := e.noise.slope(i, in[0], o.saturates)
				if s.NDim() > v.NDim() { // of logits
					s = s.Sum(1)
				}
				if s.NDim() > v.NDim() { // and the mean of their losses
					s = s.Mean()
				}
				v = v.Add(s)
			}
			if n.Op == "conv2d" { // Winograd's algorithm makes no exact zeros
				v = v.Add(e.noise.level(i, v))
			}
		}
		vals[i] = v
	}
	return vals, nil
}

// readers returns how often each node is read.
func (p *Program) readers() []int {
	n := make([]int, len(p.Nodes))
	for _, node := range p.Nodes {
		for _, a := range node.In {
			if a >= 0 {
				n[a]++
			}
		}
	}
	for _, r := range p.Roots {
		n[r]++
	}
	return n
}

// refusal is an error that came while recording: the program is invalid.
type refusal struct{ error }

// isState reports whether leaf i holds the running statistics of a batch norm.
func (p *Program) isState(i int) bool {
	for _, n := range p.Nodes {
		if n.Op == "batch_norm" && (n.In[3] == i || n.In[4] == i) {
			return true
		}
	}
	return false
}

// weighted returns the sum of the float roots, weighted by numbers that depend on the
// seed only, so that no symmetry hides a wrong gradient.
func (p *Program) weighted(e *env, roots []*V) *V {
	var sum *V
	for i, y := range roots {
		if !y.DType().IsFloat() {
			continue
		}
		l := &Leaf{ID: 1000 + i, Kind: Normal, Shape: y.Shape()}
		if p.Exact {
			l.Kind = Integers
		}
		s := y.Mul(stheno.FromTensor(e.tensor(l, p.values(l, 0)))).Sum()
		if sum == nil {
			sum = s
		} else {
			sum = sum.Add(s)
		}
	}
	return sum
}
