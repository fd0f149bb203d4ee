// SPDX-License-Identifier: MIT

package emu

import (
	"fmt"

	"github.com/stheno-go/stheno/internal/cuda/ptx"
)

// decoder turns the instructions of an entry into functions. It relies on what ptx.Parse checked.
type decoder struct {
	k       *Kernel
	src     *ptx.Func
	slot    map[string]int32
	pred    map[string]int32
	literal map[uint64]int32
	special map[string]int32
	symbol  map[string]uint64 // addresses within their spaces
	sink    int32             // slots of what is dropped
	psink   int32
	x       *inst
}

func decode(m *ptx.Module, f *ptx.Func, globals map[string]uint64) (*Kernel, error) {
	d := &decoder{k: &Kernel{name: f.Name, src: f, hits: make([]bool, len(f.Code))}, src: f,
		slot: map[string]int32{}, pred: map[string]int32{}, literal: map[uint64]int32{}, special: map[string]int32{}, symbol: map[string]uint64{}}
	for n, a := range globals {
		d.symbol[n] = a
	}
	d.variables(m)
	if d.k.paramBytes > maxParams {
		return nil, fmt.Errorf("emu: %s: %d bytes of parameters; %d are allowed", f.Name, d.k.paramBytes, maxParams)
	}
	for _, r := range f.Registers {
		if r.Type == ptx.Pred {
			d.pred[r.Name] = int32(d.k.preds)
			d.k.preds++
		} else {
			d.slot[r.Name] = d.newSlot()
		}
	}
	d.sink, d.psink = d.newSlot(), int32(d.k.preds)
	d.k.preds++
	d.k.code = make([]inst, len(f.Code))
	for i, in := range f.Code {
		d.x = &d.k.code[i]
		d.x.src, d.x.guard = in, -1
		if in.Guard != "" {
			d.x.guard, d.x.guardNot = d.pred[in.Guard], in.GuardNot
		}
		make := decoders[in.Op]
		if make == nil {
			return nil, fmt.Errorf("emu: %s: ptx line %d: %s is not implemented", f.Name, in.Line, in.Op)
		}
		make(d, in)
	}
	joins(d.k.code)
	return d.k, nil
}

// decoders is filled by the files that implement the instructions.
var decoders = map[string]func(d *decoder, in *ptx.Inst){}

func register(f func(d *decoder, in *ptx.Inst), ops ...string) bool {
	for _, op := range ops {
		decoders[op] = f
	}
	return true
}

// variables places parameters, shared and local memory. An extern array follows all others.
func (d *decoder) variables(m *ptx.Module) {
	k := d.k
	place := func(at *int, v *ptx.Var) {
		*at = (*at + v.Align - 1) / v.Align * v.Align
		d.symbol[v.Name] = uint64(*at)
		*at += v.Bytes()
	}
	for _, p := range d.src.Params {
		place(&k.paramBytes, p)
		k.params = append(k.params, Place{int(d.symbol[p.Name]), p.Bytes()})
	}
	for _, extern := range []bool{false, true} {
		for _, v := range append(append([]*ptx.Var{}, m.Vars...), d.src.Vars...) {
			switch {
			case v.Extern != extern:
			case v.Space == ptx.Shared:
				place(&k.shared, v)
			case v.Space == ptx.Local:
				place(&k.local, v)
			}
		}
	}
	k.local = (k.local + 15) &^ 15
}

func (d *decoder) newSlot() int32 {
	d.k.slots++
	return int32(d.k.slots - 1)
}

// slotsOf returns the slots of registers by name, in the order of decode.
func (k *Kernel) slotsOf() map[string]int32 {
	out := map[string]int32{}
	for _, r := range k.src.Registers {
		if r.Type != ptx.Pred {
			out[r.Name] = int32(len(out))
		}
	}
	return out
}

// register returns the name of a slot.
func (k *Kernel) register(slot int32, pred bool) string {
	for _, r := range k.src.Registers {
		if (r.Type == ptx.Pred) != pred {
			continue
		}
		if slot == 0 {
			return r.Name
		}
		slot--
	}
	return "_"
}

// constant returns the slot of a literal.
func (d *decoder) constant(b uint64) int32 {
	s, ok := d.literal[b]
	if !ok {
		s = d.newSlot()
		d.literal[b] = s
		d.k.literals = append(d.k.literals, literal{int(s), b})
	}
	return s
}

// read returns the slot of an operand that the instruction reads.
func (d *decoder) read(a ptx.Arg) int32 {
	switch a.Kind {
	case ptx.Imm:
		return d.constant(a.Bits)
	case ptx.Symbol:
		return d.constant(d.symbol[a.Name])
	case ptx.Special:
		s, ok := d.special[a.Name]
		if !ok {
			s = d.newSlot()
			d.special[a.Name] = s
			d.k.specials = append(d.k.specials, special{int(s), a.Name})
		}
		return s
	}
	s := d.slot[a.Name]
	d.x.reads = append(d.x.reads, s)
	return s
}

func (d *decoder) readAll(list []ptx.Arg) []int32 {
	var out []int32
	for _, a := range list {
		out = append(out, d.read(a))
	}
	return out
}

// write returns the slot of a register that the instruction writes.
func (d *decoder) write(name string) int32 {
	s, ok := d.slot[name]
	if !ok {
		s = d.sink
	}
	d.x.writes = append(d.x.writes, s)
	return s
}

func (d *decoder) writeAll(list []ptx.Arg) []int32 {
	var out []int32
	for _, a := range list {
		out = append(out, d.write(a.Name))
	}
	return out
}

// writePred returns the slot of a predicate that the instruction writes.
func (d *decoder) writePred(name string) int32 {
	s, ok := d.pred[name]
	if !ok {
		s = d.psink
	}
	d.x.setting = append(d.x.setting, s)
	return s
}

// readPred returns the slot of a predicate that is read, and what it is combined with by xor.
func (d *decoder) readPred(a ptx.Arg) (int32, uint32) {
	s := d.pred[a.Name]
	d.x.preds = append(d.x.preds, s)
	if a.Not {
		return s, full
	}
	return s, 0
}

// width returns the bytes of the register a, or else of the type.
func (d *decoder) width(a ptx.Arg, t ptx.Type) int {
	if r, ok := d.src.Reg(a.Name); ok && a.Kind == ptx.Reg {
		return r.Size()
	}
	return t.Size()
}

// unary, binary and ternary decode instructions whose operands are one type.
func (d *decoder) unary(in *ptx.Inst, f func(a uint64) uint64) {
	d.x.d, d.x.a, d.x.f1, d.x.do = d.write(in.Args[0].Name), d.read(in.Args[1]), f, doUnary
}

func (d *decoder) binary(in *ptx.Inst, f func(a, b uint64) uint64) {
	d.x.d, d.x.a, d.x.b, d.x.f2, d.x.do = d.write(in.Args[0].Name), d.read(in.Args[1]), d.read(in.Args[2]), f, doBinary
}

func (d *decoder) ternary(in *ptx.Inst, f func(a, b, c uint64) uint64) {
	d.x.d, d.x.a, d.x.b, d.x.c, d.x.f3, d.x.do = d.write(in.Args[0].Name), d.read(in.Args[1]), d.read(in.Args[2]), d.read(in.Args[3]), f, doTernary
}

func doUnary(w *warp, in *inst, m uint32) {
	f, a, d := in.f1, &w.regs[in.a], &w.regs[in.d]
	for ; m != 0; m &= m - 1 {
		i := first(m)
		d[i] = f(a[i])
	}
}

func doBinary(w *warp, in *inst, m uint32) {
	f, a, b, d := in.f2, &w.regs[in.a], &w.regs[in.b], &w.regs[in.d]
	for ; m != 0; m &= m - 1 {
		i := first(m)
		d[i] = f(a[i], b[i])
	}
}

func doTernary(w *warp, in *inst, m uint32) {
	f, a, b, c, d := in.f3, &w.regs[in.a], &w.regs[in.b], &w.regs[in.c], &w.regs[in.d]
	for ; m != 0; m &= m - 1 {
		i := first(m)
		d[i] = f(a[i], b[i], c[i])
	}
}
