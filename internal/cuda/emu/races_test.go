// SPDX-License-Identifier: MIT

package emu

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestRaces: pairs of accesses with and without what orders them.
func TestRaces(t *testing.T) {
	const (
		one   = "setp.eq.u32 q, ix, 0;\n" // the first thread only
		other = "xor.b32 %r1, ix, 1; shl.b32 %r1, %r1, 2; mov.u32 %r2, sv; add.u32 %r1, %r1, %r2;" +
			" shl.b32 %r3, ix, 2; add.u32 %r3, %r3, %r2;\n" // r3: own word, r1: the neighbour's
	)
	for _, c := range []struct {
		name  string
		grid  int
		block int
		line  int // of the race, -1 for none
		want  string
		body  string
	}{
		{"shared write and read", 1, 16, 2, "reads byte 4, which thread [1 0 0]", other + "st.shared.u32 [%r3], ix;\nld.shared.u32 %r4, [%r1];"},
		{"with a barrier", 1, 16, -1, "", other + "st.shared.u32 [%r3], ix;\nbar.sync 0;\nld.shared.u32 %r4, [%r1];"},
		{"with a barrier of the warp", 1, 16, -1, "", other + "st.shared.u32 [%r3], ix;\nbar.warp.sync 0xffff;\nld.shared.u32 %r4, [%r1];"},
		{"read, then write", 1, 16, 4, "writes byte 0, which thread [1 0 0]", other + "st.shared.u32 [%r3], ix;\nbar.sync 0;\nld.shared.u32 %r4, [%r1];\nst.shared.u32 [%r3], %r4;"},
		{"read, barrier, write", 1, 16, -1, "", other + "st.shared.u32 [%r3], ix;\nbar.sync 0;\nld.shared.u32 %r4, [%r1];\nbar.sync 0;\nst.shared.u32 [%r3], %r4;"},
		{"two writers", 1, 16, 0, "writes byte 0, which thread [0 0 0] of block [0 0 0] wrote since the last barrier", "st.shared.u32 [sv], ix;"},
		{"all read one word, one writes", 1, 64, 4, "which several warps of the block read", "setp.eq.u32 q, ix, 32;\n@q st.shared.u32 [sv], 1;\nbar.sync 0;\nld.shared.u32 %r0, [sv];\n@q st.shared.u32 [sv], 2;"},
		{"a warp reads one word", 1, 32, 3, "which several threads of the warp read", one + "@q st.shared.u32 [sv], 1;\nbar.sync 0;\nld.shared.u32 %r0, [sv]; @q st.shared.u32 [sv], 2;"},
		{"a warp reads one word, barrier", 1, 32, -1, "", one + "@q st.shared.u32 [sv], 1;\nbar.sync 0;\nld.shared.u32 %r0, [sv]; bar.warp.sync -1; @q st.shared.u32 [sv], 2;"},
		{"bytes of one word", 1, 16, -1, "", "mov.u32 %r0, sv; add.u32 %r0, %r0, ix; mov.b16 %h0, 3; st.shared.u8 [%r0], %h0;"},
		{"a barrier of half the warp", 1, 32, -1, "", other + "setp.lt.u32 q, ix, 16; @!q bra L; st.shared.u32 [%r3], ix; bar.warp.sync 0xffff; ld.shared.u32 %r4, [%r1]; L:"},
		{"a barrier of the other half", 1, 16, 4, "reads byte 32", other + "setp.lt.u32 q, ix, 8; selp.u32 %r5, 0xff, 0xff00, q; xor.b32 %r6, %r3, 32;\nst.shared.u32 [%r3], ix;\nbar.warp.sync %r5;\nld.shared.u32 %r4, [%r6];"},
		{"global: blocks write one word", 2, 1, 0, "writes byte 0, which thread [0 0 0] of block [0 0 0] wrote in this launch", "st.global.u32 [base], ix;"},
		{"global: another block's word", 2, 16, 3, "in this launch", "st.global.u32 [at], ix; setp.ge.u32 q, ix, 16; bar.sync 0;\nxor.b32 %r0, ix, 16;\nmad.wide.u32 a0, %r0, 4, base;\n@q ld.global.u32 %r1, [a0];"},
		{"global: a fence orders nothing", 2, 16, 4, "in this launch", "st.global.u32 [at], ix; setp.ge.u32 q, ix, 16; membar.gl; bar.sync 0;\n\nxor.b32 %r0, ix, 16;\nmad.wide.u32 a0, %r0, 4, base;\n@q ld.global.u32 %r1, [a0];"},
		{"global: another thread's word", 1, 16, 2, "since the last barrier", "st.global.u32 [at], ix; xor.b32 %r0, ix, 1;\nmad.wide.u32 a0, %r0, 4, base;\nld.global.u32 %r1, [a0];"},
		{"global: another thread's word, barrier", 1, 16, -1, "", "st.global.u32 [at], ix; xor.b32 %r0, ix, 1; bar.sync 0;\nmad.wide.u32 a0, %r0, 4, base;\nld.global.u32 %r1, [a0];"},
		{"global: read by all, then written by one", 4, 16, 2, "which threads of several blocks read in this launch", "ld.global.u32 %r0, [base+4000];\nsetp.eq.u32 q, ix, 63;\n@q st.global.u32 [base+4000], 1;"},
		{"atomics", 4, 16, -1, "", "red.global.add.u32 [base+4000], 1; atom.global.add.u32 %r0, [base+4000], 1;"},
		{"an atomic and a read", 4, 16, 1, "reads byte 4000", "red.global.add.u32 [base+4000], 1;\nld.global.u32 %r0, [base+4000];"},
		{"an atomic and a write", 1, 16, 1, "writes byte 4000", "red.global.add.u32 [base+4000], 1;\nst.global.u32 [base+4000], 5;"},
		{"shared atomics", 1, 64, -1, "", one + "@q st.shared.u32 [sv], 0; bar.sync 0; red.shared.add.u32 [sv], 1; bar.sync 0; ld.shared.u32 %r0, [sv];"},
		{"different barriers", 1, 64, 3, "is reached while other threads of the block wait at line 23", "setp.lt.u32 q, ix, 32; @!q bra L;\nbar.sync 0; bra DONE;\nL:\nbar.sync 0;"},
		{"half the block ends", 1, 64, -1, "", "setp.lt.u32 q, ix, 32; @!q bra DONE; bar.sync 0;"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for seed := range uint64(3) {
				r := newRig(t, Config{Seed: seed}, 4096)
				require.NoError(t, r.dev.Write(r.base, make([]byte, 4096)))
				r.grid[0], r.block[0] = c.grid, c.block
				switch {
				case c.line < 0:
					r.ok(c.body)
				case seed == 0:
					r.fault(c.line, c.want, c.body)
				default: // another order, so other threads
					require.ErrorContains(t, r.run(c.body), map[bool]string{true: "data race", false: "while other threads"}[c.name != "different barriers"])
				}
			}
		})
	}
}

// TestLaunchesAreOrdered: accesses of different launches do not race.
func TestLaunchesAreOrdered(t *testing.T) {
	r := newRig(t, Config{}, 64)
	r.block[0] = 1
	r.ok("st.global.u32 [base], 1;")
	r.grid[0] = 2
	r.ok("ld.global.u32 %r0, [base];")
	r.grid[0] = 1
	r.ok("st.global.u32 [base], 1;")
}

func TestAsync(t *testing.T) {
	const copies = "mov.u32 %r0, sv; cp.async.ca.shared.global [%r0], [base], 16; cp.async.commit_group; cp.async.ca.shared.global [%r0+16], [base+16], 8; cp.async.commit_group;\n"
	for _, c := range []struct {
		line       int
		want, body string
	}{
		{-1, "", copies + "cp.async.wait_group 1; ld.shared.u32 %r1, [sv+12]; cp.async.wait_group 0; ld.shared.u32 %r2, [sv+20]; st.global.v2.u32 [base+64], {%r1, %r2};"},
		{-1, "", copies + "cp.async.wait_all; ld.shared.u32 %r1, [sv+12]; ld.shared.u32 %r2, [sv+20]; st.global.v2.u32 [base+64], {%r1, %r2};"},
		{-1, "", "mov.u32 %r0, sv; cp.async.cg.shared.global [%r0], [base], 16, 8; cp.async.wait_all; ld.shared.u32 %r1, [sv+4]; ld.shared.u32 %r2, [sv+8];" +
			" add.u32 %r1, %r1, 2; add.u32 %r2, %r2, 6; st.global.v2.u32 [base+64], {%r1, %r2};"}, // bytes beyond the eighth are zero
		{1, "reads byte 0 of shared memory, which a cp.async writes that was not waited for", copies + "ld.shared.u32 %r1, [sv];"},
		{2, "reads byte 16 of shared memory, which a cp.async", copies + "cp.async.wait_group 1;\nld.shared.u32 %r1, [sv+16];"},
		{1, "reads byte 0 of shared memory, which a cp.async", copies + "cp.async.wait_group 2; ld.shared.u32 %r1, [sv];"},
		{1, "writes byte 0 of shared memory, which a cp.async", copies + "st.shared.u32 [sv], 1;"},
		{1, "reads byte 32 of shared memory, which a cp.async", copies + "cp.async.ca.shared.global [%r0+32], [base], 4; cp.async.wait_group 0; ld.shared.u32 %r1, [sv+32];"},
		{0, "out of bounds", "mov.u32 %r0, sv; cp.async.ca.shared.global [%r0+64], [base], 4; cp.async.wait_all;"},
		{1, "was never written", "mov.u32 %r0, sv;\ncp.async.ca.shared.global [%r0], [base+128], 4; cp.async.wait_all;"},
		{1, "out of bounds", "mov.u32 %r0, sv;\ncp.async.ca.shared.global [%r0], [base+256], 4; cp.async.wait_all;"},
		{0, "copies 8 of 4 bytes", "mov.u32 %r0, sv; mov.u32 %r1, 8; cp.async.ca.shared.global [%r0], [base], 4, %r1; cp.async.wait_all;"},
		{0, "is misaligned", "mov.u32 %r0, sv; cp.async.ca.shared.global [%r0], [base+4], 8; cp.async.wait_all;"},
	} {
		r := newRig(t, Config{}, 256)
		r.write(1, 2, 3, 4, 5, 6, 7, 8)
		r.block[0] = 1
		if c.line < 0 {
			r.ok(c.body)
			require.Equal(t, []uint32{4, 6}, r.read(64, 2))
			continue
		}
		r.fault(c.line, c.want, c.body)
	}

	// What a thread waited for is another thread's only after a barrier.
	const body = "mov.u32 %r0, sv; setp.eq.u32 q, ix, 0; @q cp.async.ca.shared.global [%r0], [base], 16; cp.async.wait_all;\n"
	r := newRig(t, Config{}, 256)
	r.write(1, 2, 3, 4)
	r.fault(1, "data race: it reads byte 0, which thread [0 0 0] of block [0 0 0] wrote", body+"ld.shared.u32 %r1, [sv];")
	r.ok(body + "bar.sync 0; ld.shared.u32 %r1, [sv];")
}
