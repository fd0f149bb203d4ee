// SPDX-License-Identifier: MIT

package emu

import (
	"math"
	"math/big"
	"strings"

	"github.com/stheno-go/stheno/internal/cuda/ptx"
)

// reference computes what an instruction writes, one value for each destination, from what it
// reads; predicates are 0 and 1. It is written from the PTX manual, with big numbers or bit by bit.
type reference func(a []uint64) []uint64

func integerOf(bits uint64, t ptx.Type) *big.Int {
	n := new(big.Int).SetUint64(bits & mask(t.Size()))
	if t.Signed() && n.Bit(t.Bits()-1) == 1 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(t.Bits())))
	}
	return n
}

func lowBits(n *big.Int, width int) uint64 {
	m := new(big.Int).Lsh(big.NewInt(1), uint(width))
	return new(big.Int).Mod(n, m).Uint64() // Euclidean: never negative
}

// clampTo limits n to the range of t.
func clampTo(n *big.Int, t ptx.Type) *big.Int {
	low, high := new(big.Int), new(big.Int).Lsh(big.NewInt(1), uint(t.Bits()))
	if t.Signed() {
		high.Rsh(high, 1)
		low.Neg(high)
	}
	high.Sub(high, big.NewInt(1))
	if n.Cmp(low) < 0 {
		return low
	}
	if n.Cmp(high) > 0 {
		return high
	}
	return n
}

// referenceOf returns the reference of an instruction, nil for one that computes nothing.
func referenceOf(in *ptx.Inst) reference {
	t := in.Type()
	one := func(f func(a []uint64) uint64) reference {
		return func(a []uint64) []uint64 { return []uint64{f(a)} }
	}
	switch in.Op {
	case "setp", "set", "testp", "selp":
		return compareReference(in)
	case "cvt":
		return convertReference(in)
	case "mov":
		return func(a []uint64) []uint64 { return a }
	case "and", "or", "xor", "not", "cnot", "lop3", "shl", "shr", "shf", "bfe", "bfi", "brev", "popc", "clz", "bfind", "prmt":
		return one(bitReference(in))
	}
	if !t.Float() {
		if f := integerReference(in); f != nil {
			return one(f)
		}
		return nil
	}
	f := floatReference(in)
	if f == nil {
		return nil
	}
	if !t.Packed() {
		return one(f)
	}
	return one(func(a []uint64) uint64 {
		lo, hi := make([]uint64, len(a)), make([]uint64, len(a))
		for i := range a {
			lo[i], hi[i] = a[i]&0xffff, a[i]>>16
		}
		return f(lo) | f(hi)<<16
	})
}

func integerReference(in *ptx.Inst) func(a []uint64) uint64 {
	t := in.Type()
	w := t.Bits()
	f := map[string]func(x, y, z *big.Int) *big.Int{
		"add": func(x, y, _ *big.Int) *big.Int { return x.Add(x, y) },
		"sub": func(x, y, _ *big.Int) *big.Int { return x.Sub(x, y) },
		"mul": func(x, y, _ *big.Int) *big.Int { return x.Mul(x, y) },
		"mad": func(x, y, _ *big.Int) *big.Int { return x.Mul(x, y) },
		"div": func(x, y, _ *big.Int) *big.Int {
			if y.Sign() == 0 {
				return big.NewInt(-1)
			}
			return x.Quo(x, y)
		},
		"rem": func(x, y, _ *big.Int) *big.Int {
			if y.Sign() == 0 {
				return x
			}
			return x.Rem(x, y)
		},
		"abs": func(x, _, _ *big.Int) *big.Int { return x.Abs(x) },
		"neg": func(x, _, _ *big.Int) *big.Int { return x.Neg(x) },
		"min": func(x, y, _ *big.Int) *big.Int {
			if x.Cmp(y) < 0 {
				return x
			}
			return y
		},
		"max": func(x, y, _ *big.Int) *big.Int {
			if x.Cmp(y) > 0 {
				return x
			}
			return y
		},
		"sad": func(x, y, z *big.Int) *big.Int { return x.Sub(x, y).Abs(x).Add(x, z) },
	}[in.Op]
	if f == nil {
		return nil
	}
	return func(a []uint64) uint64 {
		var v [3]*big.Int
		for i := range v {
			v[i] = new(big.Int)
			if i < len(a) {
				v[i] = integerOf(a[i], t)
			}
		}
		r, width := f(v[0], v[1], v[2]), w
		switch {
		case in.Has("wide"):
			width *= 2
		case in.Has("hi"):
			r.Rsh(r, uint(w)) // rounds down
		case in.Has("sat"):
			r = clampTo(r, t)
		}
		if in.Op == "mad" {
			r = r.Add(r, new(big.Int).SetUint64(a[2]))
		}
		return lowBits(r, width)
	}
}

// bitReference is bit by bit, as the manual has it.
func bitReference(in *ptx.Inst) func(a []uint64) uint64 {
	t := in.Type()
	w := t.Bits()
	if t == ptx.Pred {
		w = 1
	}
	bit := func(x uint64, i int) uint64 { return x >> i & 1 }
	each := func(f func(i int) uint64) (r uint64) {
		for i := range w {
			r |= f(i) << i
		}
		return r
	}
	shifted := func(a uint64, by int) uint64 { // to the right, by may be negative
		return each(func(i int) uint64 {
			switch {
			case i+by < 0:
				return 0
			case i+by >= w && t.Signed():
				return bit(a, w-1)
			case i+by >= w:
				return 0
			}
			return bit(a, i+by)
		})
	}
	return func(a []uint64) uint64 {
		switch in.Op {
		case "and":
			return each(func(i int) uint64 { return min(bit(a[0], i), bit(a[1], i)) })
		case "or":
			return each(func(i int) uint64 { return max(bit(a[0], i), bit(a[1], i)) })
		case "xor":
			return each(func(i int) uint64 { return (bit(a[0], i) + bit(a[1], i)) % 2 })
		case "not":
			return each(func(i int) uint64 { return 1 - bit(a[0], i) })
		case "cnot":
			if a[0] == 0 {
				return 1
			}
			return 0
		case "lop3":
			table := in.Args[4].Bits
			return each(func(i int) uint64 { return bit(table, int(4*bit(a[0], i)+2*bit(a[1], i)+bit(a[2], i))) })
		case "shl":
			return shifted(a[0], -int(min(a[1], 64)))
		case "shr":
			return shifted(a[0], int(min(a[1], 64)))
		case "shf":
			n := int(a[2] % 32)
			if in.Has("clamp") {
				n = int(min(a[2], 32))
			}
			if in.Has("l") {
				n = 32 - n
			}
			return each(func(i int) uint64 { return bit(a[1]<<32|a[0], i+n) })
		case "bfe":
			pos, length := int(a[1]&255), int(a[2]&255)
			sign := uint64(0)
			if t.Signed() && length > 0 {
				sign = bit(a[0], min(pos+length-1, w-1))
			}
			return each(func(i int) uint64 {
				if i < length && pos+i < w {
					return bit(a[0], pos+i)
				}
				return sign
			})
		case "bfi":
			pos, length := int(a[2]&255), int(a[3]&255)
			return each(func(i int) uint64 {
				if i >= pos && i < pos+length {
					return bit(a[0], i-pos)
				}
				return bit(a[1], i)
			})
		case "brev":
			return each(func(i int) uint64 { return bit(a[0], w-1-i) })
		case "popc":
			n := uint64(0)
			for i := range w {
				n += bit(a[0], i)
			}
			return n
		case "clz":
			n := uint64(0)
			for i := w - 1; i >= 0 && bit(a[0], i) == 0; i-- {
				n++
			}
			return n
		case "bfind":
			skip := uint64(0)
			if t.Signed() {
				skip = bit(a[0], w-1)
			}
			for i := w - 1; i >= 0; i-- {
				if bit(a[0], i) != skip {
					if in.Has("shiftamt") {
						return uint64(w - 1 - i)
					}
					return uint64(i)
				}
			}
			return 0xffffffff
		}
		// prmt
		var r uint64
		for k := range 4 {
			s := a[2] >> (4 * k) & 15
			src := a[0]
			if s&4 != 0 {
				src = a[1]
			}
			b := byte(src >> (8 * (s & 3)))
			if s >= 8 {
				b = map[bool]byte{true: 0xff, false: 0}[b >= 0x80]
			}
			r |= uint64(b) << (8 * k)
		}
		return r
	}
}

func floatReference(in *ptx.Inst) func(a []uint64) uint64 {
	t, mode, ftz, sat := in.Type(), direction(in), in.Has("ftz"), in.Has("sat")
	value := func(x uint64) num {
		n := valueOf(x, t)
		if ftz {
			n = n.flush()
		}
		return n
	}
	out := func(n num) uint64 {
		b := n.bitsOf(t, mode)
		if ftz {
			b = valueOf(b, t).flush().bitsOf(t, mode)
		}
		if v := valueOf(b, t); sat {
			switch {
			case v.nan || v.neg:
				return 0
			case v.cmp(exactly(1)) > 0:
				return exactly(1).bitsOf(t, mode)
			}
		}
		return b
	}
	sign := uint64(1) << (t.Size()*8 - 1)
	if t.Packed() {
		sign = 0x8000
	}
	pick := func(a []uint64, want int) uint64 {
		x, y := value(a[0]), value(a[1])
		switch {
		case (x.nan || y.nan) && in.Has("NaN"), x.nan && y.nan:
			return out(num{nan: true})
		case x.nan:
			return out(y)
		case y.nan:
			return out(x)
		case x.zero() && y.zero():
			return out(num{x: new(big.Float), neg: x.neg && y.neg || want < 0 && (x.neg || y.neg)})
		case x.cmp(y) == want:
			return out(x)
		}
		return out(y)
	}
	approx := func(f func(a []uint64) num) func(a []uint64) uint64 {
		if !in.Has("rn") {
			return nil // see approx_test.go
		}
		return func(a []uint64) uint64 { return out(f(a)) }
	}
	switch in.Op {
	case "add":
		return func(a []uint64) uint64 { return out(value(a[0]).add(value(a[1]), mode)) }
	case "sub":
		return func(a []uint64) uint64 { return out(value(a[0]).add(value(a[1]).negate(), mode)) }
	case "mul":
		return func(a []uint64) uint64 { return out(value(a[0]).mul(value(a[1]))) }
	case "fma":
		return func(a []uint64) uint64 { return out(value(a[0]).mul(value(a[1])).add(value(a[2]), mode)) }
	case "div":
		return approx(func(a []uint64) num { return value(a[0]).div(value(a[1])) })
	case "rcp":
		return approx(func(a []uint64) num { return exactly(1).div(value(a[0])) })
	case "sqrt":
		return approx(func(a []uint64) num { return value(a[0]).sqrt() })
	case "neg", "abs":
		return func(a []uint64) uint64 {
			x := a[0]
			if ftz && value(x).zero() {
				x &= sign
			}
			if in.Op == "neg" {
				return x ^ sign
			}
			return x &^ sign
		}
	case "min":
		return func(a []uint64) uint64 { return pick(a, -1) }
	case "max":
		return func(a []uint64) uint64 { return pick(a, 1) }
	case "copysign":
		return func(a []uint64) uint64 { return a[1]&^sign | a[0]&sign }
	}
	return nil
}

// compareReference: setp, set, selp, testp.
func compareReference(in *ptx.Inst) reference {
	t := in.Type()
	if in.Op == "selp" {
		return func(a []uint64) []uint64 { return []uint64{map[bool]uint64{true: a[0], false: a[1]}[a[2] == 1]} }
	}
	if in.Op == "testp" {
		return func(a []uint64) []uint64 {
			n := valueOf(a[0], t)
			x := math.Float64frombits(a[0])
			small := n.x != nil && new(big.Float).Abs(n.x).Cmp(big.NewFloat(0x1p-126)) < 0
			if t == ptx.F64 {
				small = math.Abs(x) < 0x1p-1022
			}
			holds := map[string]bool{"finite": n.x != nil, "infinite": n.inf, "number": !n.nan, "notanumber": n.nan,
				"normal": n.x != nil && (n.zero() || !small), "subnormal": n.x != nil && !n.zero() && small}[in.Mods[0]]
			return []uint64{map[bool]uint64{true: 1}[holds]}
		}
	}
	return func(a []uint64) []uint64 {
		var c int // -1, 0, 1 or 2 for unordered
		if t.Float() {
			x, y := valueOf(a[0], t), valueOf(a[1], t)
			if in.Has("ftz") {
				x, y = x.flush(), y.flush()
			}
			c = x.cmp(y)
		} else {
			c = integerOf(a[0], t).Cmp(integerOf(a[1], t))
		}
		op := in.Mods[0]
		r := false
		switch {
		case op == "num":
			r = c != 2
		case op == "nan":
			r = c == 2
		case c == 2:
			r = strings.HasSuffix(op, "u")
		default:
			r = map[string]bool{"eq": c == 0, "ne": c != 0, "lt": c < 0, "le": c <= 0, "gt": c > 0, "ge": c >= 0,
				"lo": c < 0, "ls": c <= 0, "hi": c > 0, "hs": c >= 0}[map[bool]string{true: op[:2], false: op}[len(op) == 3]]
		}
		if in.Op == "set" {
			yes := uint64(0xffffffff)
			if in.First() == ptx.F32 {
				yes = 0x3f800000
			}
			return []uint64{map[bool]uint64{true: yes}[r]}
		}
		p, q := r, !r
		if len(a) == 3 {
			o := a[2] == 1
			switch in.Mods[1] {
			case "and":
				p, q = p && o, q && o
			case "or":
				p, q = p || o, q || o
			case "xor":
				p, q = p != o, q != o
			}
		}
		return []uint64{map[bool]uint64{true: 1}[p], map[bool]uint64{true: 1}[q]}
	}
}

func convertReference(in *ptx.Inst) reference {
	to, from, mode := in.First(), in.Type(), direction(in)
	integral := in.Has("rni") || in.Has("rzi") || in.Has("rmi") || in.Has("rpi")
	source := func(x uint64) num {
		if !from.Float() {
			n := integerOf(x, from)
			return num{x: new(big.Float).SetPrec(precision).SetInt(n), neg: n.Sign() < 0}
		}
		n := valueOf(x, from)
		if in.Has("ftz") && from == ptx.F32 {
			n = n.flush()
		}
		if in.Has("relu") && n.neg && !n.nan && !n.zero() {
			n = exactly(0)
		}
		return n
	}
	float := func(x uint64) uint64 {
		n := source(x)
		if integral && n.x != nil {
			n.x = new(big.Float).SetPrec(precision).SetInt(roundInteger(n.x, mode))
		}
		b := n.bitsOf(to, mode)
		if in.Has("ftz") && to == ptx.F32 {
			b = valueOf(b, to).flush().bitsOf(to, mode)
		}
		if v := valueOf(b, to); in.Has("sat") {
			switch {
			case v.nan || v.neg:
				return 0
			case v.cmp(exactly(1)) > 0:
				return exactly(1).bitsOf(to, mode)
			}
		}
		return b
	}
	return func(a []uint64) []uint64 {
		switch {
		case len(a) == 2:
			return []uint64{float(a[0])<<16 | float(a[1])}
		case to.Float():
			return []uint64{float(a[0])}
		}
		var v *big.Int
		if from.Float() {
			n := source(a[0])
			switch {
			case n.nan && (from == ptx.F64 || to.Size() == 8):
				v = new(big.Int).Lsh(big.NewInt(1), uint(to.Bits()-1))
			case n.nan:
				v = new(big.Int)
			case n.inf:
				v = clampTo(new(big.Int).Lsh(big.NewInt(map[bool]int64{true: -1, false: 1}[n.neg]), 100), to)
			default:
				v = clampTo(roundInteger(n.x, mode), to)
			}
		} else {
			v = integerOf(a[0], from)
			if in.Has("sat") {
				v = clampTo(v, to)
			}
		}
		v = integerOf(lowBits(v, to.Bits()), to)
		return []uint64{lowBits(v, 64)} // with its sign; the test keeps the register's bits
	}
}
