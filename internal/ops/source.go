// SPDX-License-Identifier: MIT

package ops

import (
	"unsafe"

	"github.com/stheno-go/stheno/internal/shape"
)

// BroadcastTo returns the layout of l read with shape dims: dimensions that are
// missing or of size 1 get stride 0.
func BroadcastTo(l Layout, dims shape.Dims) Layout {
	out := Layout{Meta: Meta{Dims: dims, DType: l.DType}, Offset: l.Offset}
	shift := dims.Len() - l.Dims.Len()
	for i := range l.Dims.Len() {
		if l.Dims.At(i) != 1 {
			out.Stride[i+shift] = l.Stride[i]
		}
	}
	return out
}

type sourceKind uint8

const (
	direct   sourceKind = iota // contiguous: read in place
	single                     // one element for all
	gathered                   // copied run by run
)

// source reads an input of a fused chain in the order of the output's elements.
type source struct {
	kind   sourceKind
	size   int   // bytes of an element
	dims   []int // merged, outermost first
	stride []int // in elements
}

func newSource(l Layout) source {
	s := source{kind: gathered, size: l.DType.Size()}
	for i := range l.Dims.Len() {
		d, st := l.Dims.At(i), l.Stride[i]
		if d == 1 {
			continue
		}
		if k := len(s.dims) - 1; k >= 0 && s.stride[k] == st*d {
			s.dims[k] *= d
			s.stride[k] = st
			continue
		}
		s.dims = append(s.dims, d)
		s.stride = append(s.stride, st)
	}
	switch {
	case len(s.dims) == 0 || len(s.dims) == 1 && s.stride[0] == 0:
		s.kind = single
	case len(s.dims) == 1 && s.stride[0] == 1:
		s.kind = direct
	}
	return s
}

// gather copies elements at … at+n-1, counted in row-major order, to dst.
func (s *source) gather(dst, src unsafe.Pointer, at, n int) {
	switch s.size {
	case 4:
		gatherRuns(vec[uint32](dst, n), src, s, at)
	case 8:
		gatherRuns(vec[uint64](dst, n), src, s, at)
	default:
		gatherRuns(vec[uint8](dst, n), src, s, at)
	}
}

func gatherRuns[T any](dst []T, src unsafe.Pointer, s *source, at int) {
	var index [shape.Max]int
	rest, pos := at, 0
	for i := len(s.dims) - 1; i >= 0; i-- {
		index[i] = rest % s.dims[i]
		rest /= s.dims[i]
		pos += index[i] * s.stride[i]
	}
	inner := len(s.dims) - 1
	size, step := s.dims[inner], s.stride[inner]
	var zero T
	for {
		run := dst[:min(size-index[inner], len(dst))]
		p := unsafe.Add(src, pos*int(unsafe.Sizeof(zero)))
		switch step {
		case 1:
			copy(run, vec[T](p, len(run)))
		case 0:
			v := *(*T)(p)
			for i := range run {
				run[i] = v
			}
		default:
			for i := range run {
				run[i] = *(*T)(unsafe.Add(p, i*step*int(unsafe.Sizeof(zero))))
			}
		}
		if dst = dst[len(run):]; len(dst) == 0 {
			return
		}
		pos -= index[inner] * step
		index[inner] = 0
		for i := inner - 1; i >= 0; i-- {
			index[i]++
			pos += s.stride[i]
			if index[i] < s.dims[i] {
				break
			}
			pos -= s.dims[i] * s.stride[i]
			index[i] = 0
		}
	}
}
