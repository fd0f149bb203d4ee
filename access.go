// SPDX-License-Identifier: MIT

package stheno

import (
	"github.com/stheno-go/stheno/internal/access"
	"github.com/stheno-go/stheno/internal/ops"
	"github.com/stheno-go/stheno/internal/program"
	"github.com/stheno-go/stheno/internal/record"
	"github.com/stheno-go/stheno/internal/shape"
	"github.com/stheno-go/stheno/internal/storage"
)

// init gives other packages of this module access to the internals of Variables, Tensors and
// Programs.
func init() {
	access.Node = func(v any) *record.Node { return v.(*Variable).node() }
	access.Strays = func(y any, owners ...any) error { return strays(y.(*Variable), owners...) }
	access.Tensor = func(t any) (*storage.Buffer, shape.Dims) { x := t.(*Tensor); return x.data, x.dims }
	access.FailedTensor = func(op string, err error, text string) any {
		return &Tensor{err: &OpError{Op: op, Text: text, Caller: caller(), Err: err}}
	}
	access.Record = recordAny
	access.Compiled = newestOf
	access.BackwardProgram = backwardProgram
}

func recordAny(op ops.Op, in ...any) any {
	list := make([]*Variable, len(in))
	for i, v := range in {
		list[i] = v.(*Variable)
	}
	return recordN(op, len(list), list...)
}

func newestOf(x any) *program.Compiled {
	p := x.(*Program)
	if p == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.newest == nil {
		return nil
	}
	return p.newest.compiled
}

func backwardProgram(x any) (*program.Program, error) {
	n := x.(*Variable).node()
	if err := n.Err(); err != nil {
		return nil, err
	}
	p, err := program.BackwardProgram(n)
	return p, runError(err)
}
