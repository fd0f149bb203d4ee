// SPDX-License-Identifier: MIT

package kernels

import "sync"

// Conv describes a 2-D convolution of x (N,C,H,W) with w (O,C/Groups,KH,KW) into y
// (N,O,OH,OW). PadH and PadW are the padding above and to the left; what lies below
// and to the right follows from the output's size.
type Conv struct {
	N, C, H, W, O, KH, KW int
	StrideH, StrideW      int
	PadH, PadW            int
	DilationH, DilationW  int
	Groups, OH, OW        int
}

func (p *Conv) perGroup() (c, o, k, pixels int) {
	c, o = p.C/p.Groups, p.O/p.Groups
	return c, o, c * p.KH * p.KW, p.OH * p.OW
}

// plain tells whether the columns matrix is the image itself.
func (p *Conv) plain() bool {
	return p.KH == 1 && p.KW == 1 && p.StrideH == 1 && p.StrideW == 1 && p.PadH == 0 && p.PadW == 0 && p.OH == p.H && p.OW == p.W
}

// work is an estimate of the time of one pass in nanoseconds.
func (p *Conv) work() int64 {
	_, o, k, pixels := p.perGroup()
	return int64(p.N) * int64(p.Groups) * int64(o) * int64(k) * int64(pixels) / 8
}

// ConvForward is
//
//	for n, o, i, j := range N, O, OH, OW {
//		y[n,o,i,j] = bias[o] + Σ_{c,a,b} w[o,c,a,b] * x[n,c',i*StrideH-PadH+a*DilationH,j*StrideW-PadW+b*DilationW]
//	}
//
// where c' is c in o's group and x is 0 outside. bias may be nil.
func ConvForward[T Float](p *Conv, y, x, w, bias []T) {
	c, o, k, pixels := p.perGroup()
	Parallel(p.N*p.Groups, p.work(), func(i int) {
		n, g := i/p.Groups, i%p.Groups
		out := y[(n*p.O+g*o)*pixels:][:o*pixels]
		beta := T(0)
		if bias != nil {
			beta = 1
			for j := range o {
				fillWith(out[j*pixels:(j+1)*pixels], bias[g*o+j])
			}
		}
		in := x[(n*p.C+g*c)*p.H*p.W:][:c*p.H*p.W]
		withColumns(p, in, func(cols []T) {
			Gemm(false, false, o, pixels, k, 1, w[g*o*k:], k, cols, pixels, beta, out, pixels)
		})
	})
}

// ConvGradInput is the gradient of ConvForward in x, given dy.
func ConvGradInput[T Float](p *Conv, dx, dy, w []T) {
	c, o, k, pixels := p.perGroup()
	Parallel(p.N*p.Groups, p.work(), func(i int) {
		n, g := i/p.Groups, i%p.Groups
		in := dx[(n*p.C+g*c)*p.H*p.W:][:c*p.H*p.W]
		out := dy[(n*p.O+g*o)*pixels:][:o*pixels]
		if p.plain() {
			Gemm(true, false, k, pixels, o, 1, w[g*o*k:], k, out, pixels, 0, in, pixels)
			return
		}
		s := scratch[T](k * pixels)
		cols := *s
		Gemm(true, false, k, pixels, o, 1, w[g*o*k:], k, out, pixels, 0, cols, pixels)
		clear(in)
		addColumns(p, in, cols)
		giveBack(s)
	})
}

// gradParts is into how many runs of images the gradient of the weight is split.
// Each run is summed in order, and then the runs are, whatever the number of threads.
const gradParts = 8

// ConvGradWeight is the gradient of ConvForward in w, given dy.
func ConvGradWeight[T Float](p *Conv, dw, dy, x []T) {
	size := len(dw)
	parts := min(p.N, gradParts)
	if parts == 0 {
		clear(dw)
		return
	}
	s := scratch[T](parts * size)
	sums := *s
	Parallel(parts*p.Groups, p.work(), func(i int) {
		part, g := i/p.Groups, i%p.Groups
		c, o, k, pixels := p.perGroup()
		sum := sums[part*size+g*o*k:][:o*k]
		clear(sum)
		for n := part * p.N / parts; n < (part+1)*p.N/parts; n++ {
			in := x[(n*p.C+g*c)*p.H*p.W:][:c*p.H*p.W]
			withColumns(p, in, func(cols []T) {
				Gemm(false, true, o, k, pixels, 1, dy[(n*p.O+g*o)*pixels:], pixels, cols, pixels, 1, sum, k)
			})
		}
	})
	copy(dw, sums[:size])
	for i := 1; i < parts; i++ {
		Add(dw, dw, sums[i*size:(i+1)*size])
	}
	giveBack(s)
}

// withColumns calls f with the matrix (C/Groups·KH·KW, OH·OW) whose columns are the
// windows of one image's group.
func withColumns[T Float](p *Conv, x []T, f func(cols []T)) {
	if p.plain() {
		f(x)
		return
	}
	c, _, k, pixels := p.perGroup()
	s := scratch[T](k * pixels)
	cols := *s
	row := 0
	for ch := range c {
		plane := x[ch*p.H*p.W : (ch+1)*p.H*p.W]
		for a := range p.KH {
			for b := range p.KW {
				p.windowRow(func(at, from, to, src int) {
					line := cols[row*pixels+at:]
					clear(line[:from])
					if p.StrideW == 1 {
						copy(line[from:to], plane[src:src+to-from])
					} else {
						for j := from; j < to; j++ {
							line[j] = plane[src+(j-from)*p.StrideW]
						}
					}
					clear(line[to:p.OW])
				}, a, b)
				row++
			}
		}
	}
	f(cols)
	giveBack(s)
}

// addColumns adds the columns back to where withColumns took them from.
func addColumns[T Float](p *Conv, x, cols []T) {
	c, _, _, pixels := p.perGroup()
	row := 0
	for ch := range c {
		plane := x[ch*p.H*p.W : (ch+1)*p.H*p.W]
		for a := range p.KH {
			for b := range p.KW {
				p.windowRow(func(at, from, to, src int) {
					line := cols[row*pixels+at:]
					for j := from; j < to; j++ {
						plane[src+(j-from)*p.StrideW] += line[j]
					}
				}, a, b)
				row++
			}
		}
	}
}

// windowRow calls f for each row of the output with where it begins, which of its
// pixels [from, to) see the image through kernel element (a, b), and where in the
// plane the first of them looks.
func (p *Conv) windowRow(f func(at, from, to, src int), a, b int) {
	shift := b*p.DilationW - p.PadW // column j looks at j*StrideW+shift
	from := 0
	if shift < 0 {
		from = min((-shift+p.StrideW-1)/p.StrideW, p.OW)
	}
	to := 0
	if last := p.W - 1 - shift; last >= 0 {
		to = min(last/p.StrideW+1, p.OW)
	}
	to = max(to, from)
	for i := range p.OH {
		y := i*p.StrideH - p.PadH + a*p.DilationH
		if y < 0 || y >= p.H {
			f(i*p.OW, 0, 0, 0)
			continue
		}
		f(i*p.OW, from, to, y*p.W+from*p.StrideW+shift)
	}
}

func fillWith[T any](dst []T, v T) {
	for i := range dst {
		dst[i] = v
	}
}

var pool32, pool64 sync.Pool

// scratch returns n elements of undefined value, to be given back.
func scratch[T Float](n int) *[]T {
	var p *sync.Pool = &pool64
	if _, ok := any((*[]T)(nil)).(*[]float32); ok {
		p = &pool32
	}
	s, _ := p.Get().(*[]T)
	if s == nil || cap(*s) < n {
		fresh := make([]T, n)
		return &fresh
	}
	*s = (*s)[:n]
	return s
}

func giveBack[T Float](s *[]T) {
	if _, ok := any(s).(*[]float32); ok {
		pool32.Put(s)
		return
	}
	pool64.Put(s)
}
