// SPDX-License-Identifier: MIT

package emu

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestFaults has one mistake in each body; the error names the line and the mistake.
func TestFaults(t *testing.T) {
	for _, c := range []struct {
		line       int
		want, body string
	}{
		{1, "out of bounds: it ends 4 bytes after", "mov.u32 %r0, 1;\nst.global.u32 [at+516], %r0;"},
		{0, "is in no allocation", "st.global.u32 [base+-8], ix;"},
		{0, "is in no allocation", "ld.global.u32 %r0, [base+-8];"},
		{0, "in no allocation", "st.global.u32 [64], ix;"},
		{1, "is misaligned: it is no multiple of 4", "add.u64 a0, at, 2;\nst.global.u32 [a0], ix;"},
		{0, "is misaligned: it is no multiple of 8", "st.global.v2.u32 [at], {ix, ix};"},
		{1, "reads register %r1, which was never written", "mov.u32 %r0, 1;\nadd.u32 %r2, %r0, %r1;"},
		{1, "reads register %p0, which was never written", "\n@%p0 mov.u32 %r0, 1;"},
		{1, "reads register %p0, which was never written", "\nselp.u32 %r0, 1, 2, %p0;"},
		{2, "reads register %r1, which was never written", "setp.eq.u32 q, ix, 7;\n@q mov.u32 %r1, 1;\nst.global.u32 [at], %r1;"},
		{0, "reads register %d0, which was never written", "ld.global.u32 %r0, [%d0];"},
		{0, "reads byte 0 of the 640 bytes", "ld.global.u32 %r0, [at];"},
		{0, "reads byte 0 of shared memory, which was never written", "ld.shared.u32 %r0, [sv];"},
		{0, "reads byte 8 of local memory, which was never written", "ld.local.u32 %r0, [lv+8];"},
		{0, "shared address 0x40 of 4 bytes is out of bounds", "st.shared.u32 [sv+64], ix;"},
		{0, "local address 0x40 of 4 bytes is out of bounds", "st.local.u32 [lv+64], ix;"},
		{1, "shared address 0xfffffffc", "mov.u32 %r0, sv;\nst.shared.u32 [%r0+-4], ix;"},
		{1, "writes constant memory", "mov.u64 a0, cv;\nst.global.u32 [a0], ix;"},
		{1, "is not in constant memory", "st.global.u32 [at], ix;\nld.const.u32 %r0, [at];"},
		{0, "trap; was executed", "trap;"},
		{0, "reads byte 0 of the 640 bytes", "atom.global.add.u32 %r0, [at], 1;"},
		{1, "bar.sync 0; is a barrier that lanes 0xfffffffe of the warp reach and lanes 0x1 do not", "setp.ne.u32 q, ix, 0;\n@q bar.sync 0;"},
		{2, "bar.sync 0; is a barrier that lanes 0x1", "setp.ne.u32 q, ix, 0;\n@q bra L;\nbar.sync 0;\nL:"},
		{1, "names lanes 0x1, which do not execute it", "setp.ne.u32 q, ix, 0;\n@q shfl.sync.idx.b32 %r0, ix, 0, 31, 0xffffffff;"},
		{1, "is executed by lane 1, which its mask 0x1 lacks", "mov.u32 %r1, 1;\nbar.warp.sync %r1;"},
		{1, "has mask 0x6 here and 0x7 in lane 0", "sub.u32 %r1, 7, ix; and.b32 %r1, %r1, 7; setp.lt.u32 q, ix, 3;\n@q bar.warp.sync %r1;"},
		{2, "takes the value of lane 0, which its mask 0xfffffffe lacks", "setp.ne.u32 q, ix, 0;\n@!q bra L;\nshfl.sync.idx.b32 %r0, ix, 0, 31, 0xfffffffe;\nL:"},
		{2, "is executed by lanes 0xfffffffe only", "setp.ne.u32 q, ix, 0;\nmov.f32 %f0, 0f00000000; mov.u32 %r0, 0;\n@q mma.sync.aligned.m16n8k8.row.col.f32.bf16.bf16.f32 {%f0,%f1,%f2,%f3}, {%r0,%r0}, {%r0}, {%f0,%f0,%f0,%f0};"},
		{3, "ends a thread that has not waited for its cp.async of line 24", "mov.u32 %r0, sv;\nst.global.u32 [base], 1;\ncp.async.ca.shared.global [%r0], [base], 4;\nret;"},
		{0, "misaligned", "cp.async.cg.shared.global [8], [base], 16;"},
	} {
		t.Run(c.want, func(t *testing.T) {
			r := newRig(t, Config{}, 640)
			if strings.HasPrefix(c.want, "ends") {
				r.block = [3]int{1, 1, 1}
			}
			r.fault(c.line, c.want, c.body)
		})
	}
}

// TestLost: a kernel that does not end, and one that runs beyond its last instruction.
func TestLost(t *testing.T) {
	r := newRig(t, Config{Steps: 10000}, 64)
	r.fault(0, "the kernel does not end", "L: bra L;")
	m, err := r.dev.Load(".version 7.0\n.target sm_75\n.address_size 64\n.entry f() { .reg .b32 a;\nmov.b32 a, 1; }")
	require.NoError(t, err)
	k, err := m.Kernel("f")
	require.NoError(t, err)
	require.ErrorContains(t, r.dev.Launch(k, [3]int{1, 1, 1}, [3]int{1, 1, 1}, 0, nil), "runs beyond its end")
}

// TestFreed: memory that was freed is not accessible, and says so.
func TestFreed(t *testing.T) {
	r := newRig(t, Config{}, 128)
	r.ok("st.global.u32 [at], ix;")
	require.NoError(t, r.dev.Free(r.base))
	r.fault(0, "is in memory that was freed: 128 bytes", "ld.global.u32 %r0, [at];")
	require.ErrorContains(t, r.dev.Free(r.base), "which was freed")
	require.ErrorContains(t, r.dev.Free(r.base+4), "which is no allocation")
	require.ErrorContains(t, r.dev.Read(make([]byte, 4), r.base), "freed")
	_, err := r.dev.Alloc(1<<30 + 1)
	require.ErrorIs(t, err, ErrOutOfMemory)
	_, err = r.dev.Alloc(0)
	require.Error(t, err)
}

// TestHostCopies: the host cannot read what was never written, nor copy beyond the end.
func TestHostCopies(t *testing.T) {
	d := New(Config{})
	a, err := d.Alloc(16)
	require.NoError(t, err)
	b, err := d.Alloc(16)
	require.NoError(t, err)
	require.ErrorContains(t, d.Read(make([]byte, 16), a), "byte 0")
	require.NoError(t, d.Write(a, make([]byte, 12)))
	require.ErrorContains(t, d.Read(make([]byte, 16), a), "byte 12")
	require.NoError(t, d.Copy(b, a, 16))
	require.NoError(t, d.Read(make([]byte, 12), b))
	require.ErrorContains(t, d.Read(make([]byte, 13), b), "byte 12")
	require.ErrorContains(t, d.Write(a, make([]byte, 17)), "out of bounds")
	require.ErrorContains(t, d.Copy(a, a+4, 8), "overlap")
	require.NoError(t, d.Forget(b, 16))
	require.Error(t, d.Read(make([]byte, 1), b))
	used, n := d.Used()
	require.Equal(t, uint64(32), used)
	require.Equal(t, 2, n)
}

func TestMemory(t *testing.T) {
	r := newRig(t, Config{}, 1024)
	r.write(0x81828384, 0xf1f2f3f4, 3, 4, 5, 6, 7, 8)
	r.block = [3]int{1, 1, 1}
	r.ok(`
	ld.global.s8 %r0, [base];
	ld.global.u8 %r1, [base+1];
	ld.global.s16 %d0, [base+2];
	st.global.v2.u32 [base+512], {%r0, %r1};
	st.global.u64 [base+520], %d0;
	cvta.shared.u64 %d1, 0;
	ld.global.v4.u32 {%r2, %r3, %r4, %r5}, [base+16];
	st.shared.v4.u32 [sv], {%r2, %r3, %r4, %r5};
	mov.u32 %r6, sv;
	cvt.u64.u32 %d1, %r6;
	cvta.shared.u64 %d1, %d1;
	ld.v2.u32 {%r2, %r3}, [%d1+8];
	st.global.v2.u32 [base+528], {%r2, %r3};
	mov.u64 %d2, lv;
	cvta.local.u64 %d3, %d2;
	st.u32 [%d3+4], %r2;
	ld.local.u32 %r4, [lv+4];
	st.global.u32 [base+536], %r4;
	ld.global.u8 %h0, [base+4];
	st.global.u8 [base+540], %h0;
	st.volatile.shared.u32 [sv+32], 77;
	ld.volatile.shared.u32 %r5, [sv+32];
	cvta.global.u64 %d4, base;
	cvta.to.global.u64 %d5, %d4;
	ld.global.nc.u32 %r6, [%d5+8];
	ld.const.u32 %r7, [cv];
	st.global.u8 [base+541], 2; st.global.u16 [base+542], 3;
	st.global.v4.u32 [base+544], {%r5, %r6, %r7, 9};
	cvta.to.shared.u64 %d6, %d1; cvt.u32.u64 %r1, %d6; ld.shared.u32 %r1, [%r1];
	st.global.cg.u32 [base+560], %r1;
	`)
	require.Equal(t, []uint32{0xffffff84, 0x83, 0xffff8182, 0xffffffff, 7, 8, 7, 0x000302f4, 77, 3, 0, 9, 5}, r.read(512, 13))
}

// TestLaunchLimits: what a device refuses.
func TestLaunchLimits(t *testing.T) {
	d := New(Config{})
	load := func(text string) *Kernel {
		m, err := d.Load(".version 7.0\n.target sm_75\n.address_size 64\n" + text)
		require.NoError(t, err)
		k, err := m.Kernel("f")
		require.NoError(t, err)
		return k
	}
	unit := [3]int{1, 1, 1}
	plain := load(".extern .shared .align 4 .b8 s[];\n.entry f(.param .u32 x) { ret; }")
	p := make([]byte, 4)
	refused := func(k *Kernel, grid, block [3]int, dynamic int, params []byte, want string) {
		t.Helper()
		err := d.Launch(k, grid, block, dynamic, params)
		require.ErrorIs(t, err, ErrLaunch)
		require.ErrorContains(t, err, want)
	}
	require.NoError(t, d.Launch(plain, unit, [3]int{1024, 1, 1}, 48<<10, p))
	refused(plain, [3]int{0, 1, 1}, unit, 0, p, "a grid of [0 1 1]")
	refused(plain, [3]int{1, 65536, 1}, unit, 0, p, "a grid of")
	refused(plain, unit, [3]int{1025, 1, 1}, 0, p, "a block of")
	refused(plain, unit, [3]int{32, 33, 1}, 0, p, "a block of 1056 threads")
	refused(plain, unit, [3]int{1, 1, 65}, 0, p, "a block of")
	refused(plain, unit, unit, 48<<10+1, p, "49153 bytes of shared memory; 49152 are allowed")
	refused(plain, unit, unit, 0, nil, "0 bytes of parameters instead of 4")
	require.NoError(t, plain.SetShared(100<<10))
	require.NoError(t, d.Launch(plain, unit, unit, 100<<10, p))
	refused(plain, unit, unit, 100<<10+1, p, "shared memory")
	require.Error(t, plain.SetShared(228<<10))
	refused(load(".entry f() .maxntid 64 { ret; }"), unit, [3]int{65, 1, 1}, 0, nil, ".maxntid allows 64")
	refused(load(".entry f() .reqntid 8, 8 { ret; }"), unit, [3]int{64, 1, 1}, 0, nil, ".reqntid is [8 8 1]")
	_, err := New(Config{}).Load(".version 7.0\n.target sm_75\n.address_size 64\n.entry f(.param .b8 x[4097]) { ret; }")
	require.ErrorContains(t, err, "4097 bytes of parameters")
	other, err := New(Config{}).Load(".version 7.0\n.target sm_75\n.address_size 64\n.entry f() { ret; }")
	require.NoError(t, err)
	k, err := other.Kernel("f")
	require.NoError(t, err)
	refused(k, unit, unit, 0, nil, "another device")
	_, err = other.Kernel("g")
	require.ErrorContains(t, err, `no entry "g"`)

	// 100 values that are live at one time.
	regs := ""
	for i := range 100 {
		regs += fmt.Sprintf("mov.u32 r%d, %%tid.x;\n", i)
	}
	sum := "mov.u32 s, 0;\n"
	for i := range 100 {
		sum += fmt.Sprintf("add.u32 s, s, r%d;\n", i)
	}
	heavy := "{ .reg .b32 r<100>, s;\n" + regs + sum + "ret; }"
	k = load(".entry f() " + heavy)
	require.Equal(t, 101, k.Registers())
	require.NoError(t, d.Launch(k, unit, [3]int{512, 1, 1}, 0, nil))
	refused(k, unit, [3]int{1024, 1, 1}, 0, nil, "1024 threads of about 104 registers")
	require.NoError(t, d.Launch(load(".entry f() .maxntid 1024 "+heavy), unit, [3]int{1024, 1, 1}, 0, nil))
	require.NoError(t, d.Launch(load(".entry f() .maxnreg 64 "+heavy), unit, [3]int{1024, 1, 1}, 0, nil))
}
