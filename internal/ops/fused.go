// SPDX-License-Identifier: MIT

package ops

import (
	"sync"
	"unsafe"

	"github.com/stheno-go/stheno/internal/isa"
	"github.com/stheno-go/stheno/internal/kernels/par"
	"github.com/stheno-go/stheno/internal/storage"
)

// Pointwise is an Op that computes each element of its output from the elements
// at the same place of its inputs, after broadcasting. The plan joins chains of
// them into one pass over memory.
type Pointwise interface {
	Op
	// Step prepares the loop over a run of elements.
	Step(out Meta, in []Meta) Step
}

// Step computes n elements, which begin at element at of the output.
type Step func(dst unsafe.Pointer, src *[maxLanes]Lane, at, n int)

// Lane is a run of elements of one operand, or one element that stands for all.
type Lane struct {
	Ptr unsafe.Pointer
	One bool
}

const maxLanes = 4

// Fused is a chain of pointwise operations over one output shape, and possibly
// the full reduction of its result. Operands are numbered: the inputs first,
// then the results of the steps, the last of which is the chain's result.
type Fused struct {
	Out    Meta     // of the last step, before the reduction
	Inputs []Layout // broadcast to Out's shape
	Steps  []FusedStep
	Reduce *FullReduce // nil: the last step's result is the output
}

// FusedStep is one operation of a chain.
type FusedStep struct {
	Step Step
	Args []int
	Size int // bytes of one element of the result
	Name string
}

// FullReduce sums up everything that a chain computes.
type FullReduce struct {
	// Partial reduces one chunk; the partial sums are added in the order of the chunks.
	Partial func(src unsafe.Pointer, n int) float64
	Finish  func(dst unsafe.Pointer, sum float64)
}

// chunkLen elements of a few operands stay within a first-level cache.
const chunkLen = 2048

// Kernel prepares the chain's execution.
func (f *Fused) Kernel() Kernel {
	r := &fusedRun{Fused: f, n: f.Out.Dims.Size(), lanes: make([]source, len(f.Inputs))}
	for i, l := range f.Inputs {
		r.lanes[i] = newSource(l)
	}
	r.allot()
	r.chunks = (r.n + chunkLen - 1) / chunkLen
	r.cost = r.nanos()
	if r.chunks <= 1 {
		r.own = newWorkspace(r.scratch * max(r.n, 1))
	}
	if f.Reduce != nil {
		r.partials = make([]float64, r.chunks)
	}
	return r.run
}

type fusedRun struct {
	*Fused
	n, chunks int
	lanes     []source
	place     []int // scratch offset of operand i, in bytes for each element of a chunk; -1: not in scratch
	scratch   int   // bytes of scratch for each element of a chunk
	own       *workspace
	partials  []float64
	cost      int64 // nanoseconds, an estimate
}

// allot gives scratch to gathered inputs and to intermediate results, reusing
// what no later step reads.
func (r *fusedRun) allot() {
	inputs := len(r.Inputs)
	last := make([]int, inputs+len(r.Steps))
	for s, step := range r.Steps {
		for _, a := range step.Args {
			last[a] = s
		}
	}
	r.place = make([]int, inputs+len(r.Steps))
	var free []int // offsets of dead 8-byte places
	take := func() int {
		if len(free) > 0 {
			p := free[len(free)-1]
			free = free[:len(free)-1]
			return p
		}
		p := r.scratch
		r.scratch += 8
		return p
	}
	for i := range r.place {
		r.place[i] = -1
	}
	for i, l := range r.lanes {
		if l.kind == gathered {
			r.place[i] = take()
		}
	}
	for s, step := range r.Steps {
		if s < len(r.Steps)-1 || r.Reduce != nil {
			r.place[inputs+s] = take()
		}
		for _, a := range step.Args {
			if last[a] == s && r.place[a] >= 0 && a >= inputs {
				free = append(free, r.place[a])
				last[a] = -1
			}
		}
	}
}

// workspace is what the computation of one chunk needs besides its operands.
type workspace struct {
	scratch  []byte
	src      [maxLanes]Lane
	operands []Lane
}

func newWorkspace(bytes int) *workspace {
	return &workspace{scratch: make([]byte, bytes+storage.Align)}
}

var workspaces sync.Pool

func (r *fusedRun) run(c *Call) error {
	switch {
	case r.chunks > 1:
		r.parallel(c)
	case r.n > 0:
		r.chunk(c, 0, r.own)
	}
	if r.Reduce != nil {
		sum := 0.0
		for _, p := range r.partials {
			sum += p
		}
		r.Reduce.Finish(c.Out, sum)
	}
	return nil
}

// eighths holds how long the steps that have assembly for float32 take, for an element in
// the caches, in eighths of a nanosecond: see docs/design/0009-elementwise.md.
var eighths = map[string]int64{
	"add": 1, "sub": 1, "mul": 1, "div": 1, "affine": 1, "neg": 1, "abs": 1, "square": 1, "sqrt": 1,
	"relu": 1, "pass_positive": 1, "clamp": 1, "within": 1, "identity": 1, "exp": 2, "sigmoid": 3,
}

// nanos is about how long the chain takes.
func (r *fusedRun) nanos() int64 {
	const other = 4
	sum, assembly := int64(1), isa.Kernels.Set() != isa.Go
	for _, s := range r.Steps {
		if e := eighths[s.Name]; e > 0 && s.Size == 4 && assembly {
			sum += e
		} else {
			sum += other
		}
	}
	return int64(r.n) * sum / 8
}

func (r *fusedRun) parallel(c *Call) {
	par.Parallel(r.chunks, r.cost, func(i int) {
		need := r.scratch * chunkLen
		w, _ := workspaces.Get().(*workspace)
		if w == nil || len(w.scratch) < need+storage.Align {
			w = newWorkspace(need)
		}
		r.chunk(c, i, w)
		workspaces.Put(w)
	})
}

// chunk runs every step over the elements of chunk i.
func (r *fusedRun) chunk(c *Call, i int, w *workspace) {
	at := i * chunkLen
	n := min(r.n-at, chunkLen)
	base := unsafe.Pointer(unsafe.SliceData(w.scratch))
	base = unsafe.Add(base, -uintptr(base)&(storage.Align-1))
	ops := w.operands[:0]
	for k := range r.lanes {
		l := &r.lanes[k]
		switch l.kind {
		case direct:
			ops = append(ops, Lane{Ptr: unsafe.Add(c.In[k], at*l.size)})
		case single:
			ops = append(ops, Lane{Ptr: c.In[k], One: true})
		default:
			p := unsafe.Add(base, r.place[k]*min(r.n, chunkLen))
			l.gather(p, c.In[k], at, n)
			ops = append(ops, Lane{Ptr: p})
		}
	}
	src := &w.src
	for s := range r.Steps {
		step := &r.Steps[s]
		var dst unsafe.Pointer
		if p := r.place[len(r.Inputs)+s]; p >= 0 {
			dst = unsafe.Add(base, p*min(r.n, chunkLen))
		} else {
			dst = unsafe.Add(c.Out, at*step.Size)
		}
		for a, arg := range step.Args {
			src[a] = ops[arg]
		}
		step.Step(dst, src, at, n)
		ops = append(ops, Lane{Ptr: dst})
	}
	if r.Reduce != nil {
		r.partials[i] = r.Reduce.Partial(ops[len(ops)-1].Ptr, n)
	}
	clear(ops) // an idle program keeps no operand alive
	*src = [maxLanes]Lane{}
	w.operands = ops
}

// pointwiseKernel runs a pointwise operation alone.
func pointwiseKernel(op Pointwise, out Meta, in []Layout) Kernel {
	metas := make([]Meta, len(in))
	args := make([]int, len(in))
	layouts := make([]Layout, len(in))
	for i, l := range in {
		metas[i], args[i] = l.Meta, i
		layouts[i] = BroadcastTo(l, out.Dims)
	}
	f := &Fused{Out: out, Inputs: layouts, Steps: []FusedStep{{Step: op.Step(out, metas), Args: args, Size: out.DType.Size(), Name: op.Name()}}}
	return f.Kernel()
}
