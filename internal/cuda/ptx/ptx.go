// SPDX-License-Identifier: MIT

// Package ptx reads and writes PTX, the assembly language of NVIDIA's GPUs.
//
// It accepts the part of the language that is listed in table.go, and checks it more strictly than
// it must: an instruction, a modifier, an operand type or a directive that it does not know is an
// error that names the line. What [Parse] returns can be executed by package emu.
package ptx

// Module is one translation unit.
type Module struct {
	Version int    // 70 for .version 7.0
	Target  string // sm_75
	SM      int    // 75
	Vars    []*Var // variables of the module
	Funcs   []*Func
}

// Space is a state space.
type Space uint8

// State spaces.
const (
	Generic Space = iota
	Global
	Shared
	Local
	Const
	Param
)

var spaceNames = [...]string{"generic", "global", "shared", "local", "const", "param"}

// String returns the name of the space as PTX writes it.
func (s Space) String() string { return spaceNames[s] }

// Var is a variable or a parameter.
type Var struct {
	Space  Space
	Name   string
	Type   Type
	Align  int
	Count  int  // elements; -1 for a variable that is no array, 0 for an extern array
	Extern bool // shared memory whose size is set at the launch
	Init   []byte
}

// Bytes returns the size of v.
func (v *Var) Bytes() int {
	if v.Count < 0 {
		return v.Type.Size()
	}
	return v.Count * v.Type.Size()
}

// Register is the declaration of a register.
type Register struct {
	Name string
	Type Type
}

// Func is an entry: a kernel.
type Func struct {
	Name       string
	Params     []*Var
	Vars       []*Var
	Registers  []Register
	Labels     []Label
	Code       []*Inst
	MaxThreads [3]int // .maxntid, zero if absent
	ReqThreads [3]int // .reqntid
	MinBlocks  int    // .minnctapersm
	MaxRegs    int    // .maxnreg

	types  map[string]Type
	labels map[string]int
}

// Label is a name for the instruction with index At.
type Label struct {
	Name string
	At   int
}

// Reg returns the type of a register.
func (f *Func) Reg(name string) (Type, bool) {
	t, ok := f.types[name]
	return t, ok
}

// Label returns the index of the instruction that a label names.
func (f *Func) Label(name string) (int, bool) {
	at, ok := f.labels[name]
	return at, ok
}

// Inst is an instruction.
type Inst struct {
	Line     int    // in the text that was parsed
	Text     string // the instruction, in one line
	Guard    string // predicate register, "" without one
	GuardNot bool
	Op       string
	Mods     []string // without dots
	Args     []Arg
	Types    []Type // the types among the modifiers
}

// Has reports whether the instruction has the modifier m.
func (i *Inst) Has(m string) bool {
	for _, x := range i.Mods {
		if x == m {
			return true
		}
	}
	return false
}

// Type returns the last type among the modifiers, [None] without one.
func (i *Inst) Type() Type {
	if len(i.Types) == 0 {
		return None
	}
	return i.Types[len(i.Types)-1]
}

// First returns the first type among the modifiers.
func (i *Inst) First() Type {
	if len(i.Types) == 0 {
		return None
	}
	return i.Types[0]
}

// Space returns the state space among the modifiers.
func (i *Inst) Space() Space {
	for _, m := range i.Mods {
		switch m {
		case "global":
			return Global
		case "shared", "shared::cta":
			return Shared
		case "local":
			return Local
		case "const":
			return Const
		case "param":
			return Param
		}
	}
	return Generic
}

// Kind is the form of an operand.
type Kind uint8

// Forms of operands.
const (
	Reg     Kind = iota // a register
	Imm                 // a literal
	Addr                // [Name+Off] or [Bits+Off]
	Vec                 // {Elems}
	Symbol              // a variable
	Special             // a special register or WARP_SZ
	LabelOf             // a label
	Pair                // Name|Name2
	Sink                // _
)

// Arg is an operand.
type Arg struct {
	Kind  Kind
	Name  string
	Name2 string
	Not   bool   // !Name
	Bits  uint64 // of a literal; of a float, its bits
	Float int    // 0 for an integer, 32 or 64 for a float of that many bits
	Off   int64
	Elems []Arg
}
