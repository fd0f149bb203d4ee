// SPDX-License-Identifier: MIT

package emu

import (
	"flag"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno/internal/cuda/ptx"
	"github.com/stheno-go/stheno/internal/cuda/ptx/ptxtest"
)

var long = flag.Bool("long", false, "twenty times as many draws")

func draws() int {
	if *long {
		return 20 * 256
	}
	return 256
}

// elsewhere are the instructions that tests of their own cover.
var elsewhere = map[string]string{
	"ld": "TestMemory", "st": "TestMemory", "cvta": "TestMemory", "atom": "TestAtomics", "red": "TestAtomics",
	"shfl": "TestShuffles", "vote": "TestVotes", "activemask": "TestVotes", "redux": "TestRedux",
	"mma": "TestMMA", "ldmatrix": "TestLdmatrix", "cp": "TestAsync",
	"bra": "TestFlow", "ret": "TestFlow", "exit": "TestFlow", "trap": "TestFaults",
	"bar": "TestRaces", "barrier": "TestRaces", "membar": "TestFlow", "fence": "TestFlow",
	"rsqrt": "TestApproximations", "ex2": "TestApproximations", "lg2": "TestApproximations", "sin": "TestApproximations",
	"cos": "TestApproximations", "tanh": "TestApproximations",
}

// TestOpcodes runs every form of every instruction that computes on random operands, and compares
// with exact arithmetic.
func TestOpcodes(t *testing.T) {
	forms, values := 0, 0
	for _, e := range ptx.Examples() {
		if elsewhere[e.Op] != "" {
			continue
		}
		m, err := ptx.Parse(ptxtest.Wrap(e.Version, e.SM, e.Text))
		require.NoError(t, err)
		in := m.Funcs[0].Code[0]
		if (e.Op == "rcp" || e.Op == "sqrt" || e.Op == "div") && (in.Has("approx") || in.Has("full")) {
			continue // TestApproximations
		}
		ref := referenceOf(in)
		if ref == nil {
			t.Errorf("%s has no reference", e.Text)
			continue
		}
		forms++
		for _, text := range variants(in, e.Text) {
			values += checkOpcode(t, e, text, ref)
		}
	}
	t.Logf("%d forms, %d values", forms, values)
	require.Greater(t, forms, 700)
}

// variants returns the instruction, a conversion also with wider registers and a comparison with two
// results.
func variants(in *ptx.Inst, text string) []string {
	out := []string{text}
	wide := func(s string) string { return strings.NewReplacer("%h", "%d", "%r", "%d").Replace(s) }
	head, rest, _ := strings.Cut(text, " ")
	dst, src, _ := strings.Cut(rest, ", ")
	if in.Op == "cvt" && len(in.Args) == 2 {
		if !in.First().Float() {
			out = append(out, head+" "+wide(dst)+", "+strings.Replace(src, "0;", "1;", 1))
		}
		if !in.Type().Float() {
			out = append(out, head+" "+dst+", "+strings.Replace(wide(src), "0;", "1;", 1))
		}
	}
	if in.Op == "setp" {
		out = append(out, head+" %p0|%p7, "+src)
	}
	return out
}

// checkOpcode runs one instruction on random operands.
func checkOpcode(t *testing.T, e ptx.Example, text string, ref reference) int {
	m, err := ptx.Parse(ptxtest.Wrap(e.Version, e.SM, text))
	require.NoError(t, err, text)
	f := m.Funcs[0]
	in := f.Code[0]
	n := draws()
	dst := flatten(in.Args[0])
	src := []string{}
	for _, a := range in.Args[1:] {
		if a.Kind != ptx.Imm {
			src = append(src, flatten(a)...)
		}
	}
	seed := fnv.New64a()
	_, _ = seed.Write([]byte(text))
	g := rand.New(rand.NewPCG(seed.Sum64(), 1))
	inputs := make([][]uint64, len(src))
	for k, name := range src {
		r, _ := f.Reg(name)
		inputs[k] = make([]uint64, n)
		for i := range n {
			inputs[k][i] = draw(g, in, k, r)
		}
	}
	for i := 0; i < n && len(src) > 1; i += 7 { // equal operands, too
		if a, _ := f.Reg(src[0]); sameType(f, src) {
			_ = a
			inputs[1][i] = inputs[0][i]
		}
	}
	got := runOpcode(t, e, f, text, dst, src, inputs)
	args := make([]uint64, len(src))
	for i := range n {
		for k := range args {
			args[k] = inputs[k][i]
		}
		want := ref(args)
		for k, name := range dst {
			r, _ := f.Reg(name)
			w := want[0]
			if in.Op == "setp" {
				w = want[k]
			} else if in.Op == "mov" {
				w = movReference(f, in, src, args, k)
			}
			if in.Op == "cvt" && !in.First().Float() && !in.First().Signed() {
				w &= mask(in.First().Size())
			}
			w &= mask(r.Size())
			if got[k][i] != w && !bothNaN(in, got[k][i], w) {
				require.Failf(t, "wrong result", "%s of %#x: %s is %#x instead of %#x", text, args, name, got[k][i], w)
			}
		}
	}
	return n * len(dst)
}

// bothNaN: the bits of a float64 that is not a number are not specified.
func bothNaN(in *ptx.Inst, a, b uint64) bool {
	x, y := math.Float64frombits(a), math.Float64frombits(b)
	return in.First() == ptx.F64 && x != x && y != y
}

func sameType(f *ptx.Func, names []string) bool {
	a, _ := f.Reg(names[0])
	b, _ := f.Reg(names[1])
	return a == b
}

// movReference concatenates the sources and cuts the k-th destination out of them.
func movReference(f *ptx.Func, in *ptx.Inst, src []string, args []uint64, k int) uint64 {
	var all uint64
	at := 0
	for i, name := range src {
		r, _ := f.Reg(name)
		all |= args[i] << at
		at += r.Bits()
	}
	r, _ := f.Reg(flatten(in.Args[0])[k])
	return all >> (k * r.Bits())
}

// flatten returns the registers of an operand.
func flatten(a ptx.Arg) []string {
	switch a.Kind {
	case ptx.Pair:
		return []string{a.Name, a.Name2}
	case ptx.Vec:
		var out []string
		for _, e := range a.Elems {
			out = append(out, e.Name)
		}
		return out
	}
	return []string{a.Name}
}

// draw returns a random operand: the interesting values often.
func draw(g *rand.Rand, in *ptx.Inst, k int, r ptx.Type) uint64 {
	t := in.Type()
	switch {
	case r == ptx.Pred:
		return g.Uint64() & 1
	case t.Float() && r.Size() == t.Size():
		if t.Packed() {
			return drawFloat(g, t) | drawFloat(g, t)<<16
		}
		return drawFloat(g, t)
	case k > 0 && (in.Op == "shl" || in.Op == "shr" || in.Op == "shf" || in.Op == "bfe" || in.Op == "bfi") && g.IntN(8) > 0:
		return uint64(g.IntN(80)) & mask(r.Size()) // an amount, mostly
	}
	return drawInteger(g) & mask(r.Size())
}

func drawInteger(g *rand.Rand) uint64 {
	v := g.Uint64() >> g.IntN(64)
	switch g.IntN(4) {
	case 0:
		v = -v
	case 1: // next to a power of two
		v = 1<<g.IntN(64) + uint64(g.IntN(3)) - 1
		if g.IntN(2) == 0 {
			v = -v
		}
	}
	return v
}

func drawFloat(g *rand.Rand, t ptx.Type) uint64 {
	width := t.Bits()
	digits := map[ptx.Type]int{ptx.F64: 53, ptx.F32: 24, ptx.F16: 11, ptx.F16x2: 11, ptx.BF16: 8, ptx.BF16x2: 8}[t]
	if t.Packed() {
		width = 16
	}
	bits := g.Uint64() >> (64 - width)
	exponent := uint64(1<<(width-digits)-1) << (digits - 1)
	switch g.IntN(10) {
	case 0: // zero, infinity, NaN, the largest and the smallest
		return []uint64{0, exponent, exponent | 1, exponent - 1, 1, 1 << (digits - 1)}[g.IntN(6)] | uint64(g.IntN(2))<<(width-1)
	case 1: // subnormal
		return bits &^ exponent
	case 2: // few digits, so that sums and products end half way
		return bits >> (digits - 1 - g.IntN(5)) << (digits - 1 - g.IntN(5)) & (1<<width - 1)
	case 3, 4, 5: // near one, or an integer and a half
		b := exactly(float64(g.IntN(1<<g.IntN(30)+1))/2).bitsOf(t, 0)
		return b ^ uint64(g.IntN(2))<<(width-1)
	case 6, 7: // of about one size, all digits
		return bits&^exponent | (exponent>>1+uint64(g.IntN(9)-4)<<(digits-1))&exponent
	}
	return bits
}

// runOpcode executes the instruction once a thread.
func runOpcode(t *testing.T, e ptx.Example, f *ptx.Func, text string, dst, src []string, inputs [][]uint64) [][]uint64 {
	n := len(inputs[0])
	var s strings.Builder
	s.WriteString("\t.reg .b64 base, at;\n\t.reg .b32 ix, tmp;\n\tmov.u32 ix, %tid.x;\n\tmov.u32 tmp, %ctaid.x;\n\tmad.lo.u32 ix, tmp, 256, ix;\n")
	s.WriteString("\tld.param.u64 base, [pv];\n")
	address := func(k int) { // 8 bytes for each value
		fmt.Fprintf(&s, "\tmad.wide.u32 at, ix, 8, base;\n\tadd.u64 at, at, %d;\n", 8*n*k)
	}
	for k, name := range src {
		r, _ := f.Reg(name)
		address(k)
		if r == ptx.Pred {
			fmt.Fprintf(&s, "\tld.global.u32 tmp, [at];\n\tsetp.ne.u32 %s, tmp, 0;\n", name)
		} else {
			fmt.Fprintf(&s, "\tld.global.b%d %s, [at];\n", r.Bits(), name)
		}
	}
	s.WriteString("\t" + text + "\n")
	for k, name := range dst {
		r, _ := f.Reg(name)
		address(len(src) + k)
		if r == ptx.Pred {
			fmt.Fprintf(&s, "\tselp.u32 tmp, 1, 0, %s;\n\tst.global.u32 [at], tmp;\n", name)
		} else {
			fmt.Fprintf(&s, "\tst.global.b%d [at], %s;\n", r.Bits(), name)
		}
	}
	dev := New(Config{NoRaces: true})
	m, err := dev.Load(ptxtest.Wrap(e.Version, e.SM, s.String()))
	require.NoError(t, err, text)
	k, err := m.Kernel("k")
	require.NoError(t, err)
	p, err := dev.Alloc(8 * n * (len(src) + len(dst)))
	require.NoError(t, err)
	buf := make([]byte, 8*n*(len(src)+len(dst)))
	for k := range src {
		for i, v := range inputs[k] {
			store(buf[8*(n*k+i):], 8, v)
		}
	}
	require.NoError(t, dev.Write(p, buf))
	params := make([]byte, 64)
	store(params, 8, p)
	require.NoError(t, dev.Launch(k, [3]int{n / 256, 1, 1}, [3]int{256, 1, 1}, 0, params))
	require.NoError(t, dev.Read(buf, p))
	out := make([][]uint64, len(dst))
	for k, name := range dst {
		r, _ := f.Reg(name)
		for i := range n {
			size := r.Size()
			if r == ptx.Pred {
				size = 4
			}
			out[k] = append(out[k], load(buf[8*(n*(len(src)+k)+i):], size))
		}
	}
	return out
}
