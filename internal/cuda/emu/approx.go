// SPDX-License-Identifier: MIT

package emu

import (
	"math"

	"github.com/stheno-go/stheno/internal/cuda/ptx"
)

var (
	_ = register((*decoder).function, "rcp", "sqrt", "rsqrt", "ex2", "lg2", "sin", "cos", "tanh")
	_ = register((*decoder).divide, "div")
)

// bound is how wrong an approximate instruction may be: the sum of a relative error, in units of
// 2^-23, and an absolute one.
type bound struct{ relative, absolute float64 }

// bounds are those of the PTX manual. Results are computed in float64 and rounded; with
// Config.Adverse they are first moved by up to the bound.
var bounds = map[string]bound{
	"rcp":   {1, 0},
	"sqrt":  {1, 0},
	"rsqrt": {1.1, 0}, // 2^-22.9
	"ex2":   {2, 0},   // 2 + 2^-22 units in the last place
	"lg2":   {0, 0x1p-22},
	"sin":   {0, 0x1p-20},
	"cos":   {0, 0x1p-20},
	"tanh":  {1 << 12, 0}, // 2^-11
	"div":   {2, 0},
}

// move returns v with an error within the bound. The error depends on v only.
func (b bound) move(v float64) float64 {
	if v == 0 || math.IsInf(v, 0) || v != v {
		return v
	}
	u := float64(int64(math.Float64bits(v)*0x9e3779b97f4a7c15)) / (1 << 63)
	return v + u*(math.Abs(v)*b.relative*0x1p-23+b.absolute)
}

var functions = map[string]func(x float64) float64{
	"rcp":   func(x float64) float64 { return 1 / x },
	"sqrt":  math.Sqrt,
	"rsqrt": func(x float64) float64 { return 1 / math.Sqrt(x) },
	"ex2":   math.Exp2,
	"lg2":   math.Log2,
	"sin":   math.Sin,
	"cos":   math.Cos,
	"tanh":  math.Tanh,
}

func (d *decoder) function(in *ptx.Inst) {
	f, b := functions[in.Op], bounds[in.Op]
	if in.Type() == ptx.F64 {
		d.unary(in, func(a uint64) uint64 { return result64(f(f64(a))) })
		return
	}
	r := rounding{ftz: in.Has("ftz")}
	if in.Has("rn") {
		// A quotient and a root in float64 round to what the exact ones round to.
		d.unary(in, func(a uint64) uint64 { return r.out(f(r.in(a))) })
		return
	}
	d.x.d, d.x.a = d.write(in.Args[0].Name), d.read(in.Args[1])
	d.x.do = func(w *warp, in *inst, m uint32) {
		for ; m != 0; m &= m - 1 {
			i := first(m)
			v := f(r.in(w.regs[in.a][i]))
			if w.dev.config.Adverse {
				v = b.move(v)
			}
			w.regs[in.d][i] = r.out(v)
		}
	}
}

func (d *decoder) divide(in *ptx.Inst) {
	r, b, approx := rounding{ftz: in.Has("ftz")}, bounds["div"], in.Has("approx")
	switch {
	case !in.Type().Float():
		d.divRem(in)
		return
	case in.Type() == ptx.F64:
		d.binary(in, func(a, b uint64) uint64 { return result64(f64(a) / f64(b)) })
		return
	case in.Has("rn"):
		d.binary(in, func(a, b uint64) uint64 { return r.out(r.in(a) / r.in(b)) })
		return
	}
	d.binary(in, nil)
	d.x.do = func(w *warp, in *inst, m uint32) {
		for ; m != 0; m &= m - 1 {
			i := first(m)
			x, y := r.in(w.regs[in.a][i]), r.in(w.regs[in.b][i])
			v := x / y
			if abs := math.Abs(y); approx && abs > 0x1p126 && !math.IsInf(y, 0) {
				v = x * math.Copysign(0, y) // the reciprocal that is used is zero
			}
			if w.dev.config.Adverse {
				v = b.move(v)
			}
			w.regs[in.d][i] = r.out(v)
		}
	}
}
