// SPDX-License-Identifier: MIT

package ptx

import "math"

const (
	maxBytes = 1 << 30 // of a variable
	maxInit  = 1 << 20 // of one with initial values
)

// variable reads [.align n] .type name[sizes] [= values], without what ends it.
func (p *parser) variable(space Space, extern bool) *Var {
	v := &Var{Space: space, Count: -1, Extern: extern}
	if p.take(".align") {
		v.Align = p.alignment()
	}
	if v.Type = p.typ(); v.Type == Pred || v.Type.Packed() || v.Type == TF32 {
		p.fail("a variable of type .%s", v.Type)
	}
	if space == Param {
		p.pointer()
	}
	v.Name = p.name()
	p.declare(v.Name)
	for p.take("[") {
		if v.Count < 0 {
			v.Count = 1
		}
		if extern && p.take("]") {
			v.Count = 0
			break
		}
		n := p.count(1, maxBytes)
		if n > maxBytes/v.Type.Size()/v.Count {
			p.fail("%q is larger than %d bytes", v.Name, maxBytes)
		}
		v.Count *= n
		p.expect("]")
	}
	if extern && v.Count != 0 {
		p.fail("extern variable %q must be an array without a size", v.Name)
	}
	if v.Align == 0 {
		v.Align = v.Type.Size()
	}
	if (space == Global || space == Const) && p.take("=") {
		p.initial(v)
	}
	return v
}

func (p *parser) alignment() int {
	n := p.count(1, 1024)
	if n&(n-1) != 0 {
		p.at--
		p.fail("alignment %d is no power of two", n)
	}
	return n
}

// pointer reads what a parameter may say about the memory that it points to.
func (p *parser) pointer() {
	if !p.take(".ptr") {
		return
	}
	for {
		switch p.peek() {
		case ".global", ".shared", ".const", ".local":
			p.at++
		case ".align":
			p.at++
			p.alignment()
		default:
			return
		}
	}
}

// initial reads the values of a variable.
func (p *parser) initial(v *Var) {
	if v.Bytes() > maxInit {
		p.fail("initial values of more than %d bytes", maxInit)
	}
	v.Init = make([]byte, v.Bytes())
	size := v.Type.Size()
	put := func(k int) {
		if (k+1)*size > len(v.Init) {
			p.fail("too many initial values of %q", v.Name)
		}
		a := p.literal()
		p.fits(&a, v.Type)
		for j := range size {
			v.Init[k*size+j] = byte(a.Bits >> (8 * j))
		}
	}
	if !p.take("{") {
		put(0)
		return
	}
	for k := 0; ; k++ {
		put(k)
		if !p.take(",") {
			break
		}
	}
	p.expect("}")
}

// fits converts a literal to type t, or fails.
func (p *parser) fits(a *Arg, t Type) {
	switch {
	case t == F32 && a.Float == 64:
		a.Bits, a.Float = uint64(math.Float32bits(float32(math.Float64frombits(a.Bits)))), 32
	case t == F64 && a.Float == 64 || t == F32 && a.Float == 32:
	case t == B32 && a.Float == 32 || t == B64 && a.Float == 64:
	case t.Float() || a.Float != 0:
		p.fail("a literal that is no .%s", t)
	case t != Pred && t.Size() < 8:
		n := uint(t.Bits())
		if v := int64(a.Bits); v < -1<<(n-1) || v >= 1<<n {
			p.fail("literal %d does not fit .%s", v, t)
		}
		a.Bits &= 1<<n - 1
	case t == Pred && a.Bits > 1:
		p.fail("literal %d does not fit .pred", a.Bits)
	}
}
