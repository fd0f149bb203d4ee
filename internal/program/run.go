// SPDX-License-Identifier: MIT

package program

import (
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/stheno-go/stheno/internal/dtype"
	"github.com/stheno-go/stheno/internal/kernels"
	"github.com/stheno-go/stheno/internal/ops"
	"github.com/stheno-go/stheno/internal/record"
	"github.com/stheno-go/stheno/internal/storage"
)

// mu guards the marks that walks leave on shared nodes, the cache and the
// programs' idle instances. It is not held while a program is compiled or runs.
var mu sync.Mutex

// spare holds queries, with their walks, that are not in use.
var spare []*query

// query is one barrier: what is asked for, and the scratch to answer it.
type query struct {
	walk     record.Walk
	roots    []*record.Node
	seed     *record.Node
	backward bool
	pending  []pending
}

// pending is an output on its way to its owner.
type pending struct {
	node   *record.Node
	buffer *storage.Buffer // nil: a scalar, written into the node
	kind   outKind
	add    bool // of a gradient: add to the one that is there
}

// newQuery returns a query that is nobody else's. The caller holds the lock.
func newQuery(backward bool, seed *record.Node, roots []*record.Node) *query {
	if len(spare) == 0 {
		spare = append(spare, new(query))
	}
	last := len(spare) - 1
	q := spare[last]
	spare = spare[:last]
	q.roots, q.seed, q.backward = append(q.roots, roots...), seed, backward
	return q
}

// release lets go of everything that q met. The caller holds the lock.
func (q *query) release() {
	clear(q.pending)
	clear(q.roots)
	q.pending, q.roots, q.seed = q.pending[:0], q.roots[:0], nil
	q.walk.Reset()
	spare = append(spare, q)
}

// Eval computes the values of roots and stores them in the nodes.
func Eval(roots ...*record.Node) error {
	todo := slices.DeleteFunc(slices.Clone(roots), func(n *record.Node) bool { return n.IsLeaf() || n.Has(record.Valued) })
	for _, n := range roots {
		if err := n.Err(); err != nil {
			return err
		}
	}
	if len(todo) == 0 {
		return nil
	}
	return answer(false, nil, todo...)
}

// Backward computes root's value and adds its gradient, weighted by seed (nil:
// one), to the leaves that ask for one. Then it cuts the record off, unless root
// is to retain it.
func Backward(root, seed *record.Node) error {
	return answer(true, seed, root)
}

func answer(backward bool, seed *record.Node, roots ...*record.Node) error {
	mu.Lock()
	q := newQuery(backward, seed, roots)
	p, in, err := q.prepare()
	if err == nil {
		mu.Unlock()
		err = q.run(p, in)
		mu.Lock()
		p.idle.put(in)
	}
	q.release()
	mu.Unlock()
	return err
}

// run computes what was asked for on the instance in of p.
func (q *query) run(p *Program, in *instance) error {
	q.bind(p, in)
	err := in.Run()
	p.unbind(in)
	if err != nil {
		q.locate(err)
		return err
	}
	return q.settle(p)
}

// locate notes in a kernel's error the module whose parameter the operation reads, if
// only one comes into question.
func (q *query) locate(err error) {
	var k *ops.KernelError
	if !errors.As(err, &k) {
		return
	}
	path := ""
	for _, n := range q.walk.Order {
		if n.IsLeaf() || n.Op().Name() != k.Op && ops.Describe(n.Op()) != k.Op {
			continue
		}
		for i := range n.Len() {
			name := n.In(i).Name()
			dot := strings.LastIndexByte(name, '.')
			if dot < 0 || name[:dot] == path {
				continue
			}
			if path != "" {
				return
			}
			path = name[:dot]
		}
	}
	k.Path = path
}

// prepare finds the program and an instance of it. The caller holds the lock.
func (q *query) prepare() (*Program, *instance, error) {
	p, err := q.program()
	if err != nil {
		return nil, nil, err
	}
	p.ran = q.walk.Epoch()
	in := p.idle.take()
	if in == nil {
		mu.Unlock()
		in, err = p.instance()
		mu.Lock()
	}
	return p, in, err
}

// program finds the program, and computes the constants that it reads.
func (q *query) program() (*Program, error) {
	w, purpose := &q.walk, record.ToRead
	if q.backward {
		purpose = record.ToDerive
	}
	for {
		w.Read(purpose, q.roots, q.seed)
		if w.Err != nil {
			return nil, w.Err
		}
		if len(w.Hoist) > 0 {
			hoist := slices.Clone(w.Hoist)
			mu.Unlock()
			err := Eval(hoist...)
			mu.Lock()
			if err != nil {
				return nil, err
			}
			continue
		}
		if q.learn() {
			continue
		}
		p, err := lookup(w, q)
		if err != nil || !p.keepLater(w) {
			return p, err
		}
	}
}

// BackwardProgram returns the program of Backward(root, nil). Nothing is computed but constant
// sub-graphs.
func BackwardProgram(root *record.Node) (*Program, error) {
	mu.Lock()
	defer mu.Unlock()
	q := newQuery(true, nil, []*record.Node{root})
	defer q.release()
	p, in, err := q.prepare()
	if err != nil {
		return nil, err
	}
	p.idle.put(in)
	return p, nil
}

// bind points the instance at the leaves' memory and at memory for the outputs.
func (q *query) bind(p *Program, in *instance) {
	for i, id := range p.trace.Leaves {
		setInput(in, i, q.walk.Order[id])
	}
	for i := range p.outs {
		o := &p.outs[i]
		d := pending{node: q.walk.Order[o.node], kind: o.kind}
		switch {
		case o.kind == gradOut:
			d.buffer, d.add = d.node.GradientMemory()
		case o.kind == rootOut && d.node.Known(): // it stays, whatever becomes of this run
			d.buffer = storage.Unset(o.meta.DType, o.meta.Dims.Size())
		case o.kind != effectOut && o.meta.Dims.Len() == 0:
			in.SetOutputAt(i, d.node.NumberAddress())
			q.pending = append(q.pending, d)
			continue
		case o.kind == effectOut:
			d.buffer = storage.Unset(o.meta.DType, o.meta.Dims.Size())
		default:
			d.buffer = d.node.NewValue()
		}
		in.SetOutput(i, d.buffer)
		q.pending = append(q.pending, d)
	}
}

// setInput points input i at the value of the leaf n.
func setInput(in *instance, i int, n *record.Node) {
	if b := n.Data(); b != nil {
		in.SetInput(i, b)
	} else {
		in.SetInputAt(i, n.NumberAddress())
	}
}

// settle hands the outputs over after a successful run.
func (q *query) settle(p *Program) error {
	for i := range q.pending {
		d := &q.pending[i]
		switch d.kind {
		case gradOut:
			if d.add {
				if err := accumulate(d.node.Gradient(), d.buffer); err != nil {
					return err
				}
			}
			d.node.GradientWritten()
		case effectOut:
			if err := d.node.ApplyOnce(d.buffer); err != nil {
				return err
			}
		default:
			q.known(d.node)
		}
	}
	if q.backward && !q.roots[0].Has(record.Retain) {
		for _, id := range p.sever {
			q.walk.Order[id].Sever()
		}
	}
	return nil
}

// known notes that n has its value. Unless a gradient can still pass through it, n lets
// go of what it was computed from: a value that is carried from step to step must not
// hold the records of all former steps.
func (q *query) known(n *record.Node) {
	switch n.Set(record.Valued); {
	case n.IsLeaf():
	case !n.Has(record.Grad):
		n.BecomeLeaf()
	case !q.backward && n.Spent():
		n.Sever()
	}
}

// accumulate adds more to a gradient.
func accumulate(sum, more *storage.Buffer) error {
	if sum.DType() == dtype.Float32 {
		return add[float32](sum, more)
	}
	return add[float64](sum, more)
}

func add[T kernels.Float](sum, more *storage.Buffer) error {
	s, err := storage.Host[T](sum)
	if err != nil {
		return err
	}
	m, err := storage.Host[T](more)
	if err != nil {
		return err
	}
	kernels.Add(s, s, m)
	return nil
}

// largeInput is the size in bytes from which on an idle program must not keep a
// user's batch alive.
const largeInput = 4096

// unbind makes the instance let go of such memory.
func (p *Program) unbind(in *instance) {
	for _, i := range p.large {
		in.SetInputAt(i, nil)
	}
}
