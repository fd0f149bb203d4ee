// SPDX-License-Identifier: MIT

package ops

import (
	"github.com/stheno-go/stheno/internal/dtype"
	"github.com/stheno-go/stheno/internal/kernels/conv"
)

// Batch normalization in blocked memory: statistics, sums and weights are contiguous.

// image reports whether values of type m can be in blocked memory.
func image(m Meta) bool { return m.DType == dtype.Float32 && m.Dims.Len() == 4 && m.Dims.Size() > 0 }

// planesOf sees a shape (N,C,H,W) as (n, c, s) and returns the elements it has in
// blocked memory as well.
func planesOf(m Meta) (n, c, s, blocked int) {
	n, c, s = channels(m.Dims)
	return n, c, s, BlockedLen(m.Dims)
}

// Blocked implements [Blocked].
func (BatchNormStats) Blocked(_ Meta, in []Meta) (BlockedUse, bool) {
	return BlockedUse{In: 1}, image(in[0])
}

// BlockedKernel implements [Blocked].
func (BatchNormStats) BlockedKernel(_ Meta, in []Meta) Kernel {
	n, c, s, blocked := planesOf(in[0])
	return func(call *Call) error {
		conv.BatchNormStats(n, c, s, vec[float32](call.Out, 3*c), vec[float32](call.In[0], blocked), *(*float64)(call.In[1]))
		return nil
	}
}

func (batchNorm) Blocked(out Meta, _ []Meta) (BlockedUse, bool) {
	return BlockedUse{Out: true, In: 1}, image(out)
}

func (o batchNorm) BlockedKernel(out Meta, in []Meta) Kernel {
	return o.ExtendedKernel(out, in, Epilogue{})
}

func (batchNorm) Overwrites() uint32 { return 1 << 0 }

func (batchNorm) ExtendedKernel(out Meta, in []Meta, e Epilogue) Kernel {
	n, c, s, blocked := planesOf(out)
	affine := len(in) == 4
	return func(call *Call) error {
		var w, b, res []float32
		if affine {
			w, b = vec[float32](call.In[2], c), vec[float32](call.In[3], c)
		}
		if e.Residual {
			res = vec[float32](call.In[len(in)], blocked)
		}
		conv.BatchNormApply(n, c, s, vec[float32](call.Out, blocked), vec[float32](call.In[0], blocked), vec[float32](call.In[1], 3*c), w, b, res, e.ReLU)
		return nil
	}
}

// ReluGradient is a Blocked gradient of [BatchNorm] that can take the gradient of a ReLU
// of it instead of its own: it computes again where the ReLU passed, so the other's
// gradient need not be written.
type ReluGradient interface {
	Blocked
	// ThroughRelu is the input that is then the gradient of the ReLU.
	ThroughRelu() int
	// ReluKernel is BlockedKernel with the batch norm's weight and bias as further
	// inputs, if it has any.
	ReluKernel(out Meta, in []Meta, affine bool) Kernel
}

func (bnGradStats) Blocked(_ Meta, in []Meta) (BlockedUse, bool) {
	return BlockedUse{In: 1<<0 | 1<<2}, image(in[0])
}

func (bnGradStats) BlockedKernel(_ Meta, in []Meta) Kernel {
	return bnGradStatsBlocked(in, false, false)
}

func (bnGradStats) ThroughRelu() int { return 2 }

func (bnGradStats) ReluKernel(_ Meta, in []Meta, affine bool) Kernel {
	return bnGradStatsBlocked(in, true, affine)
}

func bnGradStatsBlocked(in []Meta, relu, affine bool) Kernel {
	n, c, s, blocked := planesOf(in[0])
	return func(call *Call) error {
		var w, b []float32
		if affine {
			w, b = vec[float32](call.In[3], c), vec[float32](call.In[4], c)
		}
		conv.BatchNormGradStats(n, c, s, vec[float32](call.Out, 2*c), vec[float32](call.In[0], blocked), vec[float32](call.In[1], 3*c), w, b, vec[float32](call.In[2], blocked), relu)
		return nil
	}
}

func (bnGradInput) Blocked(out Meta, _ []Meta) (BlockedUse, bool) {
	return BlockedUse{Out: true, In: 1<<0 | 1<<2}, image(out)
}

func (bnGradInput) Overwrites() uint32 { return 1<<0 | 1<<2 }

func (bnGradInput) BlockedKernel(out Meta, in []Meta) Kernel {
	return bnGradInputBlocked(out, in, false, false)
}

func (bnGradInput) ThroughRelu() int { return 2 }

func (bnGradInput) ReluKernel(out Meta, in []Meta, affine bool) Kernel {
	return bnGradInputBlocked(out, in, true, affine)
}

func bnGradInputBlocked(out Meta, in []Meta, relu, affine bool) Kernel {
	n, c, s, blocked := planesOf(out)
	return func(call *Call) error {
		var w, b []float32
		if len(in) == 5 {
			w = vec[float32](call.In[4], c)
		}
		if affine {
			b = vec[float32](call.In[len(in)+1], c)
		}
		conv.BatchNormGradInput(n, c, s, vec[float32](call.Out, blocked), vec[float32](call.In[0], blocked), vec[float32](call.In[1], 3*c), w, b, vec[float32](call.In[2], blocked), vec[float32](call.In[3], 2*c), relu)
		return nil
	}
}
