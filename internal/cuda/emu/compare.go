// SPDX-License-Identifier: MIT

package emu

import (
	"math"

	"github.com/stheno-go/stheno/internal/cuda/ptx"
)

var (
	_ = register((*decoder).setp, "setp")
	_ = register((*decoder).set, "set")
	_ = register((*decoder).selp, "selp")
	_ = register((*decoder).testp, "testp")
)

// comparison returns the function of a comparison. Of floats, the names that end with u hold for
// NaN too.
func comparison(in *ptx.Inst) func(a, b uint64) bool {
	t, op := in.Type(), in.Mods[0]
	if t.Float() {
		return floatComparison(op, t, in.Has("ftz"))
	}
	before := less(t)
	switch op {
	case "eq":
		return func(a, b uint64) bool { return a == b }
	case "ne":
		return func(a, b uint64) bool { return a != b }
	case "lt", "lo":
		return before
	case "le", "ls":
		return func(a, b uint64) bool { return !before(b, a) }
	case "gt", "hi":
		return func(a, b uint64) bool { return before(b, a) }
	}
	return func(a, b uint64) bool { return !before(a, b) }
}

func floatComparison(op string, t ptx.Type, ftz bool) func(a, b uint64) bool {
	value := func(a uint64) float64 { return rounding{ftz: ftz}.in(a) }
	switch t {
	case ptx.F64:
		value = f64
	case ptx.F16, ptx.BF16:
		value, _ = small(t)
	}
	f := map[string]func(a, b float64) bool{
		"eq":  func(a, b float64) bool { return a == b },
		"ne":  func(a, b float64) bool { return a < b || a > b },
		"lt":  func(a, b float64) bool { return a < b },
		"le":  func(a, b float64) bool { return a <= b },
		"gt":  func(a, b float64) bool { return a > b },
		"ge":  func(a, b float64) bool { return a >= b },
		"equ": func(a, b float64) bool { return !(a < b || a > b) },
		"neu": func(a, b float64) bool { return a != b },
		"ltu": func(a, b float64) bool { return !(a >= b) },
		"leu": func(a, b float64) bool { return !(a > b) },
		"gtu": func(a, b float64) bool { return !(a <= b) },
		"geu": func(a, b float64) bool { return !(a < b) },
		"num": func(a, b float64) bool { return a == a && b == b },
		"nan": func(a, b float64) bool { return a != a || b != b },
	}[op]
	return func(a, b uint64) bool { return f(value(a), value(b)) }
}

// setp writes a comparison, and its opposite, each combined with a predicate.
func (d *decoder) setp(in *ptx.Inst) {
	p, q := d.writePred(in.Args[0].Name), d.psink
	if in.Args[0].Kind == ptx.Pair {
		q = d.writePred(in.Args[0].Name2)
	}
	d.x.a, d.x.b, d.x.cmp = d.read(in.Args[1]), d.read(in.Args[2]), comparison(in)
	combine := func(x, _ uint32) uint32 { return x }
	c, flip := int32(0), uint32(0)
	if len(in.Args) == 4 {
		c, flip = d.readPred(in.Args[3])
		combine = map[string]func(x, y uint32) uint32{
			"and": func(x, y uint32) uint32 { return x & y },
			"or":  func(x, y uint32) uint32 { return x | y },
			"xor": func(x, y uint32) uint32 { return x ^ y },
		}[in.Mods[1]]
	}
	d.x.do = func(w *warp, in *inst, m uint32) {
		a, b, r := &w.regs[in.a], &w.regs[in.b], uint32(0)
		for i := range a {
			if in.cmp(a[i], b[i]) {
				r |= 1 << i
			}
		}
		other := w.preds[c] ^ flip
		w.setPred(p, combine(r, other), m)
		w.setPred(q, combine(^r, other), m)
	}
}

// set writes all ones, or 1.0, where a comparison holds.
func (d *decoder) set(in *ptx.Inst) {
	holds, yes := comparison(in), mask(4)
	if in.First() == ptx.F32 {
		yes = b32(1)
	}
	d.binary(in, func(a, b uint64) uint64 {
		if holds(a, b) {
			return yes
		}
		return 0
	})
}

func (d *decoder) selp(in *ptx.Inst) {
	d.binary(in, nil)
	p, _ := d.readPred(in.Args[3])
	d.x.do = func(w *warp, in *inst, m uint32) {
		a, b := &w.regs[in.a], &w.regs[in.b]
		for i := range w.tmp {
			if w.preds[p]>>i&1 == 1 {
				w.tmp[i] = a[i]
			} else {
				w.tmp[i] = b[i]
			}
		}
		w.put(in.d, &w.tmp, m)
	}
}

// testp: zeros count as normal numbers.
func (d *decoder) testp(in *ptx.Inst) {
	p := d.writePred(in.Args[0].Name)
	d.x.a = d.read(in.Args[1])
	value, least := func(a uint64) float64 { return float64(f32(a)) }, 0x1p-126
	if in.Type() == ptx.F64 {
		value, least = f64, 0x1p-1022
	}
	f := map[string]func(x float64) bool{
		"finite":     func(x float64) bool { return x-x == 0 },
		"infinite":   func(x float64) bool { return math.IsInf(x, 0) },
		"number":     func(x float64) bool { return x == x },
		"notanumber": func(x float64) bool { return x != x },
		"normal":     func(x float64) bool { return x-x == 0 && (x == 0 || math.Abs(x) >= least) },
		"subnormal":  func(x float64) bool { return x != 0 && math.Abs(x) < least },
	}[in.Mods[0]]
	d.x.do = func(w *warp, in *inst, m uint32) {
		r := uint32(0)
		for i, a := range w.regs[in.a] {
			if f(value(a)) {
				r |= 1 << i
			}
		}
		w.setPred(p, r, m)
	}
}
