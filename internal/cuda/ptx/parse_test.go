// SPDX-License-Identifier: MIT

package ptx_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno/internal/cuda/ptx"
	"github.com/stheno-go/stheno/internal/cuda/ptx/ptxtest"
)

// compiled returns the texts that compilers wrote.
func compiled(t testing.TB) map[string]string {
	names, err := filepath.Glob("testdata/*.ptx")
	require.NoError(t, err)
	require.NotEmpty(t, names)
	out := map[string]string{}
	for _, n := range names {
		b, err := os.ReadFile(n)
		require.NoError(t, err)
		out[n] = string(b)
	}
	return out
}

// roundTrip parses, prints and parses again.
func roundTrip(t testing.TB, m *ptx.Module) {
	text := m.String()
	again, err := ptx.Parse(text)
	require.NoError(t, err, text)
	require.Equal(t, text, again.String())
	require.Equal(t, len(m.Funcs), len(again.Funcs))
	for i, f := range m.Funcs {
		g := again.Funcs[i]
		require.Equal(t, f.Registers, g.Registers)
		require.Equal(t, f.Labels, g.Labels)
		require.Equal(t, len(f.Code), len(g.Code))
		for k, in := range f.Code {
			other := *g.Code[k]
			other.Line, other.Text = in.Line, in.Text
			require.Equal(t, *in, other)
		}
	}
	for i, v := range m.Vars {
		require.Equal(t, *v, *again.Vars[i])
	}
}

func TestCompiled(t *testing.T) {
	for name, text := range compiled(t) {
		m, err := ptx.Parse(text)
		require.NoError(t, err, name)
		require.GreaterOrEqual(t, len(m.Funcs), 3)
		roundTrip(t, m)
		for _, f := range m.Funcs {
			for _, in := range f.Code {
				line := strings.Split(text, "\n")[in.Line-1]
				require.Contains(t, line, in.Op, "line %d", in.Line)
			}
		}
	}
}

func TestModule(t *testing.T) {
	m, err := ptx.Parse(`.version 7.8
.target sm_90
.address_size 64
.const .align 8 .f32 table[3] = {1.0, 0f40000000, -2.5};
.global .b8 bytes[5] = {1, 255};
.extern .shared .align 16 .b8 dynamic[];
.visible .entry first(.param .u64 .ptr .global .align 4 x, .param .f32 y)
.maxntid 256
.minnctapersm 2
.maxnreg 64
{
	.reg .b32 %r<2>;
	.reg .pred %p;
	ld.param.f32 %r0, [y];
	{
		.reg .b32 %r0, inner;
		mov.b32 %r0, 7; // the inner one
		bra L;
	L:
		mov.b32 inner, %r0;
	}
	setp.eq.s32 %p, %r0, -1;
L:
	@!%p bra L;
	ret;
}
.entry second(.param .u64 x) { .shared .b16 tile[2][8]; .reg .b32 a; mov.u32 a, tile; exit; }
`)
	require.NoError(t, err)
	require.Equal(t, 78, m.Version)
	require.Equal(t, 90, m.SM)
	require.Equal(t, []byte{0, 0, 128, 63, 0, 0, 0, 64, 0, 0, 32, 192}, m.Vars[0].Init)
	require.Equal(t, []byte{1, 255, 0, 0, 0}, m.Vars[1].Init)
	require.True(t, m.Vars[2].Extern)
	f := m.Funcs[0]
	require.Equal(t, [3]int{256, 1, 1}, f.MaxThreads)
	require.Equal(t, 64, f.MaxRegs)
	require.Equal(t, []ptx.Register{{"%r0", ptx.B32}, {"%r1", ptx.B32}, {"%p", ptx.Pred}, {"%r0$2", ptx.B32}, {"inner", ptx.B32}}, f.Registers)
	require.Equal(t, "mov.b32 inner, %r0$2", f.Code[3].String())
	require.Equal(t, "bra L", f.Code[2].String())
	require.Equal(t, "@!%p bra L$2", f.Code[5].String())
	require.Equal(t, "mov.b32 %r0, 7;", f.Code[1].Text)
	require.Equal(t, 17, f.Code[1].Line)
	require.Equal(t, uint64(0xffffffff), f.Code[4].Args[2].Bits)
	require.Equal(t, 32, m.Funcs[1].Vars[0].Bytes())
	roundTrip(t, m)
}

// TestErrors gives texts with one mistake each. The first line of a statement is line 16.
func TestErrors(t *testing.T) {
	for _, c := range []struct{ body, want string }{
		{"frobnicate.b32 %r0, %r1;", `line 16: unknown instruction "frobnicate"`},
		{"add.rn.ftz.fast.f32 %f0, %f1, %f2;", "line 16: add: modifier .fast is unknown or out of place"},
		{"add.ftz.rn.f32 %f0, %f1, %f2;", "line 16: add: modifier .rn is unknown or out of place"},
		{"div.rz.f64 %g0, %g1, %g2;", "modifier .rz"},
		{"mul.s32 %r0, %r1, %r2;", "modifier .s32"},
		{"mul.lo %r0, %r1, %r2;", "a modifier is missing"},
		{"\nadd.s32 %r0, %r1;", "line 17: add: 2 operands"},
		{"add.s32 %r0, %r1, %r2, %r3;", "add: 4 operands instead of 3"},
		{"add.s32 %r0, %r1, %f2;", "register %f2 of type .f32 where .s32 is needed"},
		{"add.f32 %f0, %f1, %g2;", "register %g2 of type .f64 where .f32 is needed"},
		{"add.s64 %d0, %d1, %r2;", "register %r2 of type .b32 where .s64 is needed"},
		{"add.s32 %r0, %r1, %p2;", "register %p2 of type .pred"},
		{"add.s32 5, %r1, %r2;", "an operand of the wrong form"},
		{"add.s32 %r0, %r1, 4294967296;", "literal 4294967296 does not fit .s32"},
		{"add.u16 %h0, %h1, -32769;", "literal -32769 does not fit .u16"},
		{"add.f32 %f0, %f1, 1;", "a literal that is no .f32"},
		{"add.s32 %r0, %r1, 1.0;", "a literal that is no .s32"},
		{"add.s32 %r0, %r1, %r9;", `"%r9" is not declared`},
		{"add.s32 %r0, %r1, nothing;", `"nothing" is not declared`},
		{"add.s32 %r0, %r1, %tid.x;", "wrong form"},
		{"mov.u32 %r0, %clock;", `"%clock"`},
		{"mov.u64 %d0, %tid.x;", "%tid.x where .u64 is needed"},
		{"mov.u32 %r0, gv;", "the address of gv as .u32"},
		{"mov.u64 %d0, pv;", "the address of parameter pv is not supported"},
		{"bra nowhere;", `"nowhere" is not declared`},
		{"@%r0 bra DONE;", `guard "%r0" is no predicate`},
		{"@%p0 %r0;", "instead of an instruction"},
		{"ld.global.v4.f64 {%g0,%g1,%g2,%g3}, [%d0];", "more than 16 bytes"},
		{"ld.global.v4.f32 {%f0,%f1,%f2}, [%d0];", "no vector of 4"},
		{"ld.global.v3.f32 {%f0,%f1,%f2}, [%d0];", "modifier .v3"},
		{"ld.global.f32 %f0, [%r0];", "register %r0 of type .b32 as an address"},
		{"ld.global.f32 %f0, [sv];", "variable sv is in .shared memory"},
		{"ld.global.f32 %f0, [zz];", `"zz" instead of a register`},
		{"ld.global.f32 %f0, [%d0+4294967296];", "does not fit 32 bits"},
		{"ld.param.f32 %f0, [pv+64];", "offset 64 is outside parameter pv of 64 bytes"},
		{"ld.param.f32 %f0, [%d0];", "address of a parameter in a register"},
		{"ld.global.f32 %f0, %d0;", "no address"},
		{"st.const.f32 [cv], %f0;", "modifier .const"},
		{"setp.lo.s32 %p0, %r0, %r1;", "modifier .s32"},
		{"setp.lt.b32 %p0, %r0, %r1;", "modifier .b32"},
		{"setp.lt.s32 %r0, %r0, %r1;", "register %r0 of type .b32 where .pred is needed"},
		{"selp.b32 %r0, %r1, %r2, !%p0;", "no predicate"},
		{"lop3.b32 %r0, %r1, %r2, %r3, 256;", "table 256 is no byte"},
		{"bar.sync 16;", "barrier 16"},
		{"bar.sync %r0;", "no integer literal"},
		{"cp.async.cg.shared.global [%r0], [%d0], 8;", "a copy of 8 bytes"},
		{"cvt.s32.f32 %r0, %f0;", "cvt"},
		{"cvt.rn.bf16x2.f32 %r0, %f0;", "2 operands"},
		{"vote.sync.ballot.b32 %r0, %r1, -1;", "where .pred is needed"},
		{"mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%f0,%f1,%f2}, {%r0,%r1,%r2,%r3}, {%r4,%r5}, {%f0,%f1,%f2,%f3};", "no vector of 4"},
		{".reg .b32 %r0;", `register "%r0" is declared twice`},
		{".reg .b32 %tid.x;", `"%tid.x" instead of a name`},
		{".reg .b32 %laneid;", "special register"},
		{".reg .b32 a<65536>, b<9>;", "more than 65536 registers"},
		{"DONE: DONE:", `label "DONE" is declared twice`},
		{".shared .b8 huge[1073741824][4];", "larger than"},
		{".shared .align 3 .b8 a[4];", "no power of two"},
		{".shared .pred a;", "a variable of type .pred"},
		{"call f;", `unknown instruction "call"`},
		{"add.s32 %r0, %r1, 0x;", "instead of a number"},
		{"add.f32 %f0, %f1, 0f3F80;", "instead of a number"},
		{"add.s32 %r0 %r1, %r2;", `"%r1" instead of ";"`},
		{"mov.b32 %r0, {%h0, {%h1}};", `"{" instead of a name`},
		{strings.Repeat("{", 40) + strings.Repeat("}", 40), "nested blocks"},
		{"/* no end", "line 16: comment without end"},
		{"\"no end", "string without end"},
		{"add.s32 %r0, %r1, #;", "unexpected character '#'"},
		{".pragma \"other\";", "not supported"},
		{"add.bf16 %h0, %h1, %h2; // 7.8", "NOERROR"},
	} {
		_, err := ptx.Parse(ptxtest.Wrap(78, 90, c.body))
		if c.want == "NOERROR" {
			require.NoError(t, err)
			continue
		}
		require.ErrorContains(t, err, c.want, c.body)
		var e *ptx.Error
		require.ErrorAs(t, err, &e)
		require.Contains(t, []int{16, 17, 18, 19}, e.Line, c.body)
	}
	for _, c := range []struct{ text, want string }{
		{"", "line 1"},
		{".version 5.0", "version from 6.0"},
		{".version 7.0\n.target sm_10", "sm_50 or later"},
		{".version 7.0\n.target sm_75\n.address_size 32", `"32" instead of "64"`},
		{".version 7.0\n.target sm_75\n.address_size 64\n.func f", "line 4: \".func\" is not supported here"},
		{".version 7.0\n.target sm_75\n.address_size 64\n.extern .func f", ".extern .func is not supported"},
		{".version 7.0\n.target sm_75\n.address_size 64\n.entry f() .noreturn {", ".noreturn"},
		{".version 7.0\n.target sm_75\n.address_size 64\n.entry f() {", "end of the text"},
		{".version 7.0\n.target sm_75\n.address_size 64\n.entry f() {}\n.entry f() {}", "line 5: \"f\" is declared twice"},
		{".version 7.0\n.target sm_75\n.address_size 64\n.global .b8 a[2] = {1,2,3};", "too many initial values"},
	} {
		_, err := ptx.Parse(c.text)
		require.ErrorContains(t, err, c.want, c.text)
	}
}

// FuzzParse checks that no text makes Parse panic and that what it accepts can be printed and read.
func FuzzParse(f *testing.F) {
	for _, text := range compiled(f) {
		f.Add(text)
	}
	for i, e := range ptx.Examples() {
		if i%97 == 0 {
			f.Add(ptxtest.Wrap(e.Version, e.SM, e.Text))
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		m, err := ptx.Parse(text)
		if err != nil {
			var e *ptx.Error
			require.ErrorAs(t, err, &e)
			require.Positive(t, e.Line)
			return
		}
		roundTrip(t, m)
	})
}
