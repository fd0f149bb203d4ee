// SPDX-License-Identifier: MIT

package main

import "fmt"

// Go's assembler knows only a part of the instructions on vectors. The others are written
// as words, with Arm's name beside them. Arithmetic is on float32, or on float64 in a
// kernel of that type.

// reg is the number of a vector register.
type reg int

// span returns n registers.
func span(from, n int) []reg {
	r := make([]reg, n)
	for i := range r {
		r[i] = reg(from + i)
	}
	return r
}

func (r reg) String() string { return fmt.Sprintf("V%d", int(r)) }

// three are instructions on two vectors, for float32; those for float64 have double set.
var three = map[string]uint32{
	"fadd": 0x4e20d400, "fsub": 0x4ea0d400, "fmul": 0x6e20dc00, "fdiv": 0x6e20fc00, "fmla": 0x4e20cc00, "fmls": 0x4ea0cc00,
	"fmax": 0x4e20f400, "fmin": 0x4ea0f400, "fcmeq": 0x4e20e400, "fcmge": 0x6e20e400, "fcmgt": 0x6ea0e400, "faddp": 0x6e20d400, "fmaxp": 0x6e20f400,
}

// two are instructions on one vector.
var two = map[string]uint32{
	"fabs": 0x4ea0f800, "fneg": 0x6ea0f800, "fsqrt": 0x6ea1f800, "frintn": 0x4e218800, "fcvtns": 0x4e21a800, "scvtf": 0x4e21d800,
}

// zero are comparisons of a vector with 0.
var zero = map[string]uint32{"fcmgt": 0x4ea0c800, "fcmge": 0x6ea0c800, "fcmeq": 0x4ea0d800, "fcmlt": 0x4ea0e800, "fcmle": 0x6ea0d800}

// lane are instructions on a vector and one element of another.
var lane = map[string]uint32{"fmla": 0x4f801000, "fmls": 0x4f805000, "fmul": 0x4f809000}

const double = 1 << 22

func code(list map[string]uint32, op string) uint32 {
	c, ok := list[op]
	if !ok {
		panic("no instruction " + op)
	}
	return c
}

// word writes an instruction by its bits.
func (w *writer) word(bits uint32, format string, args ...any) {
	w.P("WORD $0x%08x // %s", bits, fmt.Sprintf(format, args...))
}

// shape is how Arm writes the elements of a vector.
func (w *writer) shape() string { return map[int]string{4: "4s", 8: "2d"}[w.elem] }

func (w *writer) wide() uint32 {
	if w.elem == 8 {
		return double
	}
	return 0
}

// op is d = n op m, for multiply-adds d += n·m.
func (w *writer) op(name string, d, n, m reg) {
	s := w.shape()
	w.word(code(three, name)|w.wide()|uint32(m)<<16|uint32(n)<<5|uint32(d), "%s v%d.%s, v%d.%s, v%d.%s", name, d, s, n, s, m, s)
}

// opLane is op with element i of m.
func (w *writer) opLane(name string, d, n, m reg, i int) {
	bits := code(lane, name) | w.wide() | uint32(m)<<16 | uint32(n)<<5 | uint32(d)
	if w.elem == 8 {
		bits |= uint32(i) << 11
	} else {
		bits |= uint32(i&1)<<21 | uint32(i>>1)<<11
	}
	s := w.shape()
	w.word(bits, "%s v%d.%s, v%d.%s, v%d.%s[%d]", name, d, s, n, s, m, s[1:], i)
}

// op1 is d = op n.
func (w *writer) op1(name string, d, n reg) {
	s := w.shape()
	w.word(code(two, name)|w.wide()|uint32(n)<<5|uint32(d), "%s v%d.%s, v%d.%s", name, d, s, n, s)
}

// opZero is d = n op 0.
func (w *writer) opZero(name string, d, n reg) {
	s := w.shape()
	w.word(code(zero, name)|w.wide()|uint32(n)<<5|uint32(d), "%s v%d.%s, v%d.%s, #0.0", name, d, s, n, s)
}

// clear sets registers to 0.
func (w *writer) clear(regs ...reg) {
	for _, r := range regs {
		w.P("VEOR %[1]v.B16, %[1]v.B16, %[1]v.B16", r)
	}
}

// move is d = n.
func (w *writer) move(d, n reg) { w.P("VORR %[2]v.B16, %[2]v.B16, %[1]v.B16", d, n) }

// load reads consecutive vectors from offset bytes after base, store writes them.
func (w *writer) load(base string, offset int, regs ...reg) {
	for ; len(regs) > 1; regs, offset = regs[2:], offset+32 {
		w.P("FLDPQ %d(%s), (F%d, F%d)", offset, base, regs[0], regs[1])
	}
	if len(regs) == 1 {
		w.P("FMOVQ %d(%s), F%d", offset, base, regs[0])
	}
}

func (w *writer) store(base string, offset int, regs ...reg) {
	for ; len(regs) > 1; regs, offset = regs[2:], offset+32 {
		w.P("FSTPQ (F%d, F%d), %d(%s)", regs[0], regs[1], offset, base)
	}
	if len(regs) == 1 {
		w.P("FMOVQ F%d, %d(%s)", regs[0], offset, base)
	}
}

// loadAt reads the vector at base + index; index "" is 0.
func (w *writer) loadAt(base, index string, d reg) {
	if index == "" {
		w.load(base, 0, d)
		return
	}
	w.word(0x3ce06800|number(index)<<16|number(base)<<5|uint32(d), "ldr q%d, [x%d, x%d]", d, number(base), number(index))
}

// loadElement reads one float32 like loadAt.
func (w *writer) loadElement(base, index string, d reg) {
	if index == "" {
		w.P("FMOVS (%s), F%d", base, int(d))
		return
	}
	w.word(0xbc606800|number(index)<<16|number(base)<<5|uint32(d), "ldr s%d, [x%d, x%d]", d, number(base), number(index))
}

// number is that of a general register.
func number(name string) (n uint32) {
	if _, err := fmt.Sscanf(name, "R%d", &n); err != nil {
		panic(err)
	}
	return n
}

// prefetch brings the line at base + offset into the first-level cache.
func (w *writer) prefetch(base string, offset int) { w.P("PRFM %d(%s), PLDL1KEEP", offset, base) }
