// SPDX-License-Identifier: MIT

package emit

import (
	"fmt"
	"slices"
	"strings"
)

// File is one file of assembly. Generators embed it in a writer of their own.
type File struct {
	name, arch string
	text       strings.Builder
	fields     bool // go_asm.h is needed
	data       []datum
	functions  []string // signatures
	function   signature
}

type datum struct{ name, text string }

// P writes an instruction.
func (f *File) P(format string, args ...any) { fmt.Fprintf(&f.text, "\t"+format+"\n", args...) }

// Op writes an instruction with operands that print themselves.
func (f *File) Op(name string, operands ...any) {
	text := make([]string, len(operands))
	for i, o := range operands {
		text[i] = fmt.Sprint(o)
	}
	f.P("%s %s", name, strings.Join(text, ", "))
}

// Func begins a function, with a frame of the given size in bytes. The signature is that of its
// declaration without the word func: "dot(n int, x, y *float32) (sum float32)".
func (f *File) Func(signature string, frame int) {
	f.function = parse(signature)
	f.functions = append(f.functions, signature)
	fmt.Fprintf(&f.text, "\n// func %s\nTEXT ·%s(SB), NOSPLIT, $%d-%d\n", signature, f.function.name, frame, f.function.size)
}

// Name returns the name of the function.
func (f *File) Name() string { return f.function.name }

// End ends a function.
func (f *File) End() {
	if f.arch == "amd64" { // code with SSE registers follows at full speed
		f.P("VZEROUPPER")
	}
	f.P("RET")
}

// Label writes a label. Labels belong to the function, and have its name in front because
// tools know only those of the file.
func (f *File) Label(format string, args ...any) {
	fmt.Fprintf(&f.text, "\n%s:\n", f.At(format, args...))
}

// At returns the name of a label of the function.
func (f *File) At(format string, args ...any) string {
	return f.function.name + "_" + fmt.Sprintf(format, args...)
}

// Arg returns the address of a parameter or result of the function.
func (f *File) Arg(name string) string {
	return fmt.Sprintf("%s+%d(FP)", name, f.function.variable(name).offset)
}

// Load loads a parameter, a whole number or a pointer, into a general register.
func (f *File) Load(name, register string) {
	v := f.function.variable(name)
	moves := map[string]map[int]string{"amd64": {1: "MOVBLZX", 8: "MOVQ"}, "arm64": {1: "MOVBU", 8: "MOVD"}}
	move, ok := moves[f.arch][v.size]
	if !ok || strings.HasPrefix(v.kind, "float") {
		panic(fmt.Sprintf("emit: %s: no load of %s %s", f.function.name, name, v.kind))
	}
	f.P("%s %s+%d(FP), %s", move, name, v.offset, register)
}

// LoadAll loads parameters like Load: names and registers alternate.
func (f *File) LoadAll(pairs ...string) {
	for pair := range slices.Chunk(pairs, 2) {
		f.Load(pair[0], pair[1])
	}
}

// Field returns the offset of a field of a struct of the Go package, which the toolchain
// writes to go_asm.h.
func (f *File) Field(structure, field string) string {
	f.fields = true
	return structure + "_" + field
}

// Size returns the size of a struct of the Go package.
func (f *File) Size(structure string) string { return f.Field(structure, "_size") }

// Symbol is the name of constants in memory. It prints as their address.
type Symbol string

func (s Symbol) String() string { return string(s) + "<>(SB)" }

// Plus returns the address n bytes further.
func (s Symbol) Plus(bytes int) string { return fmt.Sprintf("%s<>+%d(SB)", string(s), bytes) }

// Data writes constants, numbers of size bytes each. The same name stands for the same
// numbers, which are written once.
func (f *File) Data(name string, size int, values ...uint64) Symbol {
	var b strings.Builder
	b.WriteString("\n")
	for i, v := range values {
		fmt.Fprintf(&b, "DATA %s<>+%d(SB)/%d, $0x%0*x\n", name, size*i, size, 2*size, v)
	}
	fmt.Fprintf(&b, "GLOBL %s<>(SB), RODATA|NOPTR, $%d\n", name, size*len(values))
	d := datum{name, b.String()}
	switch i := slices.IndexFunc(f.data, func(d datum) bool { return d.name == name }); {
	case i < 0:
		f.data = append(f.data, d)
	case f.data[i] != d:
		panic("emit: two constants " + name)
	}
	return Symbol(name)
}
