// SPDX-License-Identifier: MIT

package plan

import "github.com/stheno-go/stheno/internal/ops"

// form says how a value is computed. The pass that decides it sets it, and [builder.emit]
// writes the instruction. A value that [added] makes has none: the pass that adds it writes
// its instruction too.
type form interface{ isForm() }

type (
	// given is an input.
	given struct{ index int }
	// view is another look at the memory of a value (view.go).
	view struct{ of *value }
	// plain is an operation on memory that is not blocked, by its own kernel. Every
	// operation begins with it.
	plain struct{}
	// convolution is a convolution or a gradient of one, by the blocked kernels (layout.go).
	convolution struct{ *ops.BlockedConv }
	// blocked is another operation that works on blocked memory (layout.go).
	blocked struct{ use ops.BlockedUse }
	// indices is a max pooling that keeps the indices of the largest elements, or its
	// gradient, which reads them (pool.go).
	indices struct{ use ops.BlockedUse }
	// throughReLU is a gradient of a batch norm that goes through the ReLU after it too
	// (relu.go).
	throughReLU struct {
		use  ops.BlockedUse
		norm *value
	}
	// unread is what nobody reads any more (relu.go).
	unread struct{}
	// member is what another value's instruction computes too (epilogue.go, fuse.go).
	member struct{ leader *value }
	// fused is the end of a group of pointwise operations, which may be the only one, or a
	// reduction of such a group (fuse.go).
	fused struct{}
)

func (given) isForm()       {}
func (view) isForm()        {}
func (plain) isForm()       {}
func (convolution) isForm() {}
func (blocked) isForm()     {}
func (indices) isForm()     {}
func (throughReLU) isForm() {}
func (unread) isForm()      {}
func (member) isForm()      {}
func (fused) isForm()       {}
func (*epilogue) isForm()   {}

// isPlain reports whether no pass has decided otherwise yet.
func (v *value) isPlain() bool {
	_, ok := v.form.(plain)
	return ok
}

// isGiven reports whether v is an input.
func (v *value) isGiven() bool {
	_, ok := v.form.(given)
	return ok
}

// root returns the value whose memory v looks at.
func (v *value) root() *value {
	for {
		w, ok := v.form.(view)
		if !ok {
			return v
		}
		v = w.of
	}
}

// leader returns the value whose instruction computes v.
func leader(v *value) *value {
	if m, ok := v.form.(member); ok {
		return m.leader
	}
	return v
}
