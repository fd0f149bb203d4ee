// SPDX-License-Identifier: MIT

package emu

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno/internal/cuda/ptx/ptxtest"
)

// TestFlow runs random programs of nested branches and loops that depend on the thread, and compares
// with the same programs run for one thread after the other. After each outermost statement all threads
// must be together: a barrier of the warp checks that.
func TestFlow(t *testing.T) {
	g := rand.New(rand.NewPCG(13, 14))
	n := 60
	if *long {
		n = 1000
	}
	for range n {
		p := &program{g: g}
		var s strings.Builder
		p.statements(&s, 3)
		r := newRig(t, Config{}, 4*64)
		r.block[0] = 32
		r.ok("\t.reg .b32 v, n<20>; .reg .pred c<60>;\n\tmov.u32 v, ix;\n" + s.String() + "\tst.global.u32 [at], v;")
		want := make([]uint32, 32)
		for i := range want {
			want[i] = uint32(i)
			for _, f := range p.steps {
				f(&want[i])
			}
		}
		require.Equal(t, want, r.read(0, 32), s.String())
	}
}

// program makes text and the functions that do the same.
type program struct {
	g      *rand.Rand
	labels int
	preds  int
	depth  int
	steps  []func(v *uint32)
}

func (p *program) statements(s *strings.Builder, depth int) {
	for range 1 + p.g.IntN(3) {
		p.statement(s, depth)
	}
}

// block returns the statements of a nested block as a function.
func (p *program) block(s *strings.Builder, depth int) func(v *uint32) {
	outer := p.steps
	p.steps = nil
	p.statements(s, depth)
	inner := p.steps
	p.steps = outer
	return func(v *uint32) {
		for _, f := range inner {
			f(v)
		}
	}
}

func (p *program) statement(s *strings.Builder, depth int) {
	a, b := uint32(p.g.IntN(1000)), uint32(1+p.g.IntN(7))
	p.labels++
	l := p.labels
	switch kind := p.g.IntN(5); {
	case depth == 0 || kind == 0 || p.preds > 50:
		fmt.Fprintf(s, "\tmad.lo.u32 v, v, %d, %d;\n", b, a)
		p.steps = append(p.steps, func(v *uint32) { *v = *v*b + a })
	case kind == 1: // if, with the join right after
		c := p.condition(s, b, a)
		fmt.Fprintf(s, "\t@!c%d bra E%d;\n", c, l)
		then := p.block(s, depth-1)
		fmt.Fprintf(s, "E%d:\n", l)
		p.steps = append(p.steps, func(v *uint32) {
			if *v%b <= a%b {
				then(v)
			}
		})
	case kind == 2: // if and else, the second laid out far away
		c := p.condition(s, b, a)
		fmt.Fprintf(s, "\t@c%d bra T%d;\n", c, l)
		no := p.block(s, depth-1)
		fmt.Fprintf(s, "\tbra.uni E%d;\nT%d:\n", l, l)
		yes := p.block(s, depth-1)
		fmt.Fprintf(s, "E%d:\n", l)
		p.steps = append(p.steps, func(v *uint32) {
			if *v%b <= a%b {
				yes(v)
			} else {
				no(v)
			}
		})
	default: // a loop that each thread does v mod b times
		k := p.depth
		p.depth++
		c := p.preds
		p.preds += 2
		fmt.Fprintf(s, "\trem.u32 n%d, v, %d;\nH%d:\n\tsetp.eq.u32 c%d, n%d, 0;\n\t@c%d bra E%d;\n", k, b, l, c, k, c, l)
		body := p.block(s, depth-1)
		fmt.Fprintf(s, "\tsub.u32 n%d, n%d, 1;\n\tbra H%d;\nE%d:\n", k, k, l, l)
		p.depth--
		p.steps = append(p.steps, func(v *uint32) {
			for n := *v % b; n > 0; n-- {
				body(v)
			}
		})
	}
	// All threads are together after a statement of the outermost block.
	if depth == 3 {
		fmt.Fprintf(s, "\tmembar.cta; fence.acq_rel.gpu; bar.warp.sync -1;\n")
	}
}

// condition sets a predicate where v mod b <= a mod b.
func (p *program) condition(s *strings.Builder, b, a uint32) int {
	c := p.preds
	p.preds++
	fmt.Fprintf(s, "\trem.u32 t0, v, %d;\n\tsetp.le.u32 c%d, t0, %d;\n", b, c, a%b)
	return c
}

// TestExits: threads that end are not waited for.
func TestExits(t *testing.T) {
	r := newRig(t, Config{}, 4*64)
	r.ok(`setp.lt.u32 q, ix, 5; @q ret;
	setp.gt.u32 q, ix, 20; @!q bra L; exit;
L:	activemask.b32 %r0; st.global.u32 [at], %r0; bar.warp.sync %r0; bar.sync 0;`)
	require.Equal(t, []uint32{0x1fffe0}, r.read(20, 1))
	require.Error(t, r.dev.Read(make([]byte, 4), r.base))
}

// TestSpecialRegisters: dimensions, indices and masks of lanes.
func TestSpecialRegisters(t *testing.T) {
	r := newRig(t, Config{Seed: 5}, 4*15*2*6*96)
	r.grid, r.block = [3]int{2, 3, 2}, [3]int{6, 4, 2}
	names := []string{"%tid.x", "%tid.y", "%tid.z", "%ctaid.x", "%ctaid.y", "%ctaid.z", "%ntid.y", "%nctaid.y", "%laneid", "%warpid",
		"%lanemask_eq", "%lanemask_lt", "%lanemask_le", "%lanemask_gt", "%lanemask_ge"}
	body := `	mov.u32 %r0, %ctaid.z; mad.lo.u32 %r0, %r0, 3, 0; mov.u32 %r1, %ctaid.y; add.u32 %r0, %r0, %r1; mov.u32 %r1, %ctaid.x; mad.lo.u32 %r0, %r0, 2, %r1;
	mov.u32 %r1, %tid.z; mad.lo.u32 %r2, %r0, 2, %r1; mov.u32 %r1, %tid.y; mad.lo.u32 %r2, %r2, 4, %r1; mov.u32 %r1, %tid.x; mad.lo.u32 %r2, %r2, 6, %r1; mad.wide.u32 at, %r2, 60, base;
`
	for i, n := range names {
		body += fmt.Sprintf("\tmov.u32 %%r0, %s; st.global.u32 [at+%d], %%r0;\n", n, 4*i)
	}
	r.ok(body)
	for b := range 12 {
		for i := range 48 {
			lane := uint32(i % 32)
			want := []uint32{uint32(i % 6), uint32(i / 6 % 4), uint32(i / 24), uint32(b % 2), uint32(b / 2 % 3), uint32(b / 6), 4, 3, lane, uint32(i / 32),
				1 << lane, 1<<lane - 1, uint32(uint64(2)<<lane - 1), uint32(^uint64(0) << (lane + 1)), ^uint32(0) << lane}
			require.Equal(t, want, r.read(60*(48*b+i), 15))
		}
	}
}

// TestCounters: what the statistics say of known accesses.
func TestCounters(t *testing.T) {
	for _, c := range []struct {
		body           string
		sectors, banks uint64
	}{
		{"st.global.u32 [at], ix;", 4, 0},
		{"mad.wide.u32 a0, ix, 32, base; st.global.u32 [a0], ix;", 32, 0},
		{"mad.wide.u32 a0, ix, 16, base; st.global.v4.u32 [a0], {ix, ix, ix, ix};", 16, 0},
		{"shl.b32 %r0, ix, 2; mov.u32 %r1, big; add.u32 %r0, %r0, %r1; st.shared.u32 [%r0], ix;", 0, 1},
		{"shl.b32 %r0, ix, 3; mov.u32 %r1, big; add.u32 %r0, %r0, %r1; st.shared.u32 [%r0], ix;", 0, 2},
		{"shl.b32 %r0, ix, 7; mov.u32 %r1, big; add.u32 %r0, %r0, %r1; st.shared.u32 [%r0], ix;", 0, 32},
		{"shl.b32 %r0, ix, 4; mov.u32 %r1, big; add.u32 %r0, %r0, %r1; st.shared.v4.u32 [%r0], {ix, ix, ix, ix};", 0, 4},
	} {
		r := newRig(t, Config{}, 1024)
		r.ok(".shared .align 16 .b8 big[4096];\n" + c.body)
		s := r.dev.Stats()
		require.Equal(t, c.sectors, s.Sectors, c.body)
		require.Equal(t, c.banks, s.BankPasses, c.body)
	}
}

// TestMissed names the instructions that did not run.
func TestMissed(t *testing.T) {
	d := New(Config{})
	m, err := d.Load(ptxtest.Wrap(70, 75, "mov.u32 %r0, %ctaid.x;\nsetp.eq.u32 %p0, %r0, 0;\n@%p0 bra DONE;\nmov.u32 %r1, 1;"))
	require.NoError(t, err)
	k, err := m.Kernel("k")
	require.NoError(t, err)
	require.NoError(t, d.Launch(k, [3]int{1, 1, 1}, [3]int{1, 1, 1}, 0, make([]byte, 64)))
	require.Len(t, k.Missed(), 1)
	require.Equal(t, "mov.u32 %r1, 1;", k.Missed()[0].Text)
	require.NoError(t, d.Launch(k, [3]int{2, 1, 1}, [3]int{1, 1, 1}, 0, make([]byte, 64)))
	require.Empty(t, k.Missed())
}
