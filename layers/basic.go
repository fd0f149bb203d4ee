// SPDX-License-Identifier: MIT

package layers

import (
	"fmt"
	"reflect"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/access"
)

// Sequential calls its modules in order; an empty one is the identity. The parameters are named by
// position: "0.weight".
type Sequential []stheno.Module

// Check returns an error for a module that is nil.
func (s Sequential) Check() error {
	for i, m := range s {
		if v := reflect.ValueOf(m); !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil() || v.Kind() == reflect.Func && v.IsNil() {
			return fmt.Errorf("sequential: module %d is nil: %w", i, stheno.ErrValue)
		}
	}
	return nil
}

// Forward returns the output of the last module.
func (s Sequential) Forward(x *stheno.Variable) *stheno.Variable {
	for i, m := range s {
		if m == nil {
			return stheno.Failed("sequential", stheno.ErrValue, "module %d is nil", i)
		}
		x = stheno.Call(m, x)
	}
	return x
}

// Identity returns its input.
type Identity struct{}

// Forward returns x.
func (Identity) Forward(x *stheno.Variable) *stheno.Variable { return x }

// Flatten flattens the dimensions from Start on into one (torch.nn.Flatten).
type Flatten struct {
	Start *int // nil: 1, all but the first
}

// Forward returns x with fewer dimensions.
func (f Flatten) Forward(x *stheno.Variable) *stheno.Variable {
	return x.Flatten(orDefault(f.Start, 1))
}

// Dropout sets elements to zero with probability P in training and scales the others by
// 1/(1-P); in evaluation it is the identity (torch.nn.Dropout; Hinton et al., 2012).
type Dropout struct {
	P          *float64 // nil: 0.5
	evaluating bool
}

// NewDropout returns a dropout with probability p.
func NewDropout(p float64) *Dropout { return &Dropout{P: &p} }

// Check returns an error if P is not a probability.
func (l *Dropout) Check() error {
	if p := orDefault(l.P, 0.5); !(p >= 0 && p <= 1) {
		return fmt.Errorf("dropout probability has to be between 0 and 1, but got %v", p)
	}
	return nil
}

// SetTraining sets whether elements are dropped.
func (l *Dropout) SetTraining(on bool) { l.evaluating = !on }

// Forward returns x with elements dropped.
func (l *Dropout) Forward(x *stheno.Variable) *stheno.Variable {
	if l == nil {
		return stheno.Failed("dropout", stheno.ErrValue, "the module is nil")
	}
	if err := l.Check(); err != nil {
		return faulty{err}.failed("dropout")
	}
	if l.evaluating {
		return x
	}
	return x.Dropout(orDefault(l.P, 0.5))
}

// Embedding returns rows of a table by index. Shape: (…) int64 -> (…,dim). Weight (entries,dim) is
// initially normally distributed (torch.nn.Embedding).
type Embedding struct {
	faulty
	Weight     *stheno.Variable // (entries,dim)
	PaddingIdx *int             // entry without gradient, counted from the end if negative; nil: none
}

// NewEmbedding returns a table of entries rows.
func NewEmbedding(entries, dim int, opts ...EmbeddingOption) *Embedding {
	c := embeddingConfig{init: func(shape ...int) *stheno.Tensor { return Normal(0, 1, shape...) }}
	for _, o := range opts {
		if o != nil {
			o.applyEmbedding(&c)
		}
	}
	e := &Embedding{PaddingIdx: c.padding}
	row := orDefault(c.padding, 0)
	e.err = firstError(
		condition{entries < 1 || dim < 1, fmt.Sprintf("sizes must be positive, got %d entries of %d", entries, dim)},
		condition{row < -entries || row >= entries, fmt.Sprintf("Padding_idx must be within num_embeddings, got %d of %d", row, entries)},
	)
	if e.err != nil {
		return e
	}
	w, err := c.init.weight(entries, dim)
	if err != nil {
		e.err = err
		return e
	}
	if data := access.Elements[float32](w); data != nil && e.PaddingIdx != nil {
		row = (row + entries) % entries
		clear(data[row*dim : (row+1)*dim])
	}
	e.Weight = stheno.NewParameter(w)
	return e
}

// Forward returns the rows with the indices x.
func (e *Embedding) Forward(x *stheno.Variable) *stheno.Variable {
	if e == nil {
		return stheno.Failed("embedding", stheno.ErrValue, "the module is nil")
	}
	if e.err != nil {
		return e.failed("embedding")
	}
	if e.Weight == nil {
		return stheno.Failed("embedding", stheno.ErrValue, "Weight is nil; use NewEmbedding")
	}
	return e.Weight.Embedding(x, e.PaddingIdx)
}
