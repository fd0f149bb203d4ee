// SPDX-License-Identifier: MIT

// Package build writes kernels in PTX. A kernel is a Go function that calls the methods of [Kernel],
// with the sizes of its tensors as constants of the text.
//
// The texts are of PTX 7.0 for sm_75, unless a kernel needs more. Sums and products are rounded one
// by one (.rn), so that elementwise kernels give the bits of the CPU; nothing flushes subnormals.
package build

import (
	"fmt"
	"math"
	"strings"
)

// Type is the type of a register.
type Type string

// Types of registers.
const (
	Pred Type = "pred"
	B16  Type = "b16"
	B32  Type = "b32"
	B64  Type = "b64"
	F32  Type = "f32"
)

var prefixes = map[Type]string{Pred: "%p", B16: "%h", B32: "%r", B64: "%d", F32: "%f"}

var order = []Type{Pred, B16, B32, B64, F32}

// Value is a register, a literal or the name of a variable, as an instruction takes it.
type Value string

// Int is an integer literal.
func Int(n int) Value { return Value(fmt.Sprint(n)) }

// Float is a float32 literal, exact.
func Float(x float32) Value { return Value(fmt.Sprintf("0f%08X", math.Float32bits(x))) }

// Kernel is an entry under construction.
type Kernel struct {
	name    string
	threads int
	params  []string
	shared  []string
	body    strings.Builder
	count   map[Type]int
	labels  int
}

// New begins an entry whose blocks have at most the given number of threads.
func New(name string, threads int) *Kernel {
	return &Kernel{name: name, threads: threads, count: map[Type]int{}}
}

// Reg returns a new register.
func (k *Kernel) Reg(t Type) Value {
	k.count[t]++
	return Value(fmt.Sprintf("%s%d", prefixes[t], k.count[t]-1))
}

// Regs returns n new registers.
func (k *Kernel) Regs(t Type, n int) []Value {
	out := make([]Value, n)
	for i := range out {
		out[i] = k.Reg(t)
	}
	return out
}

// Do writes an instruction.
func (k *Kernel) Do(op string, args ...Value) {
	fmt.Fprintf(&k.body, "\t%s %s;\n", op, join(args))
}

// DoIf writes an instruction that is executed where p holds.
func (k *Kernel) DoIf(p Value, op string, args ...Value) {
	fmt.Fprintf(&k.body, "\t@%s %s %s;\n", p, op, join(args))
}

// Op writes an instruction with a new register for its result, which it returns.
func (k *Kernel) Op(t Type, op string, args ...Value) Value {
	d := k.Reg(t)
	k.Do(op, append([]Value{d}, args...)...)
	return d
}

func join(args []Value) string {
	var s []string
	for _, a := range args {
		s = append(s, string(a))
	}
	return strings.Join(s, ", ")
}

// Vector is an operand of several registers.
func Vector(v ...Value) Value { return Value("{" + join(v) + "}") }

// At is an address operand: base and a number of bytes.
func At(base Value, offset int) Value {
	if offset == 0 {
		return "[" + base + "]"
	}
	return Value(fmt.Sprintf("[%s+%d]", base, offset))
}

// Pointer declares a parameter that is an address in global memory, and returns its value.
func (k *Kernel) Pointer() Value { return k.param("u64", B64) }

// Float32 declares a parameter that is a float32, and returns its value.
func (k *Kernel) Float32() Value { return k.param("f32", F32) }

func (k *Kernel) param(typ string, t Type) Value {
	name := fmt.Sprintf("p%d", len(k.params))
	k.params = append(k.params, ".param ."+typ+" "+name)
	return k.Op(t, "ld.param."+typ, Value("["+name+"]"))
}

// Shared declares shared memory, aligned to 16 bytes, and returns its address.
func (k *Kernel) Shared(bytes int) Value {
	name := fmt.Sprintf("s%d", len(k.shared))
	k.shared = append(k.shared, fmt.Sprintf("\t.shared .align 16 .b8 %s[%d];\n", name, bytes))
	return k.Op(B32, "mov.u32", Value(name))
}

// Special returns a special register, such as tid.x.
func (k *Kernel) Special(name string) Value { return k.Op(B32, "mov.u32", Value("%"+name)) }

// Element returns the address of element i of size bytes.
func (k *Kernel) Element(base, i Value, size int) Value {
	return k.Op(B64, "mad.wide.u32", i, Int(size), base)
}

// If writes body for the threads where p holds.
func (k *Kernel) If(p Value, body func()) {
	end := k.label()
	fmt.Fprintf(&k.body, "\t@!%s bra %s;\n", p, end)
	body()
	fmt.Fprintf(&k.body, "%s:\n", end)
}

// Range writes a loop over i from start in steps while it is less than end, all unsigned. end+step
// must be less than 2^32.
func (k *Kernel) Range(start, end, step Value, body func(i Value)) {
	i := k.Op(B32, "mov.u32", start)
	top, bottom := k.label(), k.label()
	fmt.Fprintf(&k.body, "%s:\n", top)
	p := k.Op(Pred, "setp.ge.u32", i, end)
	fmt.Fprintf(&k.body, "\t@%s bra %s;\n", p, bottom)
	body(i)
	k.Do("add.u32", i, i, step)
	fmt.Fprintf(&k.body, "\tbra.uni %s;\n%s:\n", top, bottom)
}

func (k *Kernel) label() string { k.labels++; return fmt.Sprintf("L%d", k.labels) }

// Barrier waits for all threads of the block.
func (k *Kernel) Barrier() { k.Do("bar.sync", "0") }

// String returns the text of the entry.
func (k *Kernel) String() string {
	var s strings.Builder
	fmt.Fprintf(&s, ".visible .entry %s(%s)\n.maxntid %d, 1, 1\n{\n", k.name, strings.Join(k.params, ", "), k.threads)
	for _, t := range order {
		if n := k.count[t]; n > 0 {
			fmt.Fprintf(&s, "\t.reg .%s %s<%d>;\n", t, prefixes[t], n)
		}
	}
	for _, v := range k.shared {
		s.WriteString(v)
	}
	s.WriteString(k.body.String())
	s.WriteString("\tret;\n}\n")
	return s.String()
}

// Module returns a text that a driver loads.
func Module(kernels ...*Kernel) string {
	s := ".version 7.0\n.target sm_75\n.address_size 64\n\n"
	for _, k := range kernels {
		s += k.String()
	}
	return s
}

// limit refuses sizes that 32-bit indices cannot count.
func limit(name string, sizes ...int) error {
	n := 1
	for _, s := range sizes {
		if s < 1 {
			return fmt.Errorf("build: %s: size %d", name, s)
		}
		if s > math.MaxInt32/n {
			return fmt.Errorf("build: %s: sizes %v are more than 2^31 elements", name, sizes)
		}
		n *= s
	}
	return nil
}
