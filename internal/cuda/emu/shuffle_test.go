// SPDX-License-Identifier: MIT

package emu

import (
	"fmt"
	"math/bits"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestShuffles compares with the pseudo code of the PTX manual, for random distances and segments.
func TestShuffles(t *testing.T) {
	g := rand.New(rand.NewPCG(3, 4))
	for _, op := range []string{"up", "down", "bfly", "idx"} {
		for range 100 {
			width := 1 << g.IntN(6)
			segment := 32 - width
			clamp := 31
			if op == "up" {
				clamp = 0
			}
			b := g.IntN(32)
			r := newRig(t, Config{}, 4*96)
			vals := make([]uint32, 32)
			for i := range vals {
				vals[i] = g.Uint32()
			}
			r.write(vals...)
			r.ok(fmt.Sprintf("ld.global.u32 %%r0, [at];\nshfl.sync.%s.b32 %%r1|q, %%r0, %d, %d, -1;\nselp.u32 %%r2, 1, 0, q; st.global.u32 [at+128], %%r1; st.global.u32 [at+256], %%r2;", op, b, segment<<8|clamp))
			got, inside := r.read(128, 32), r.read(256, 32)
			for lane := range 32 {
				bval, cval, mask := b&31, clamp&31, segment
				maxLane := lane&mask | cval&^mask
				minLane := lane & mask
				var j int
				var p bool
				switch op {
				case "up":
					j = lane - bval
					p = j >= maxLane
				case "down":
					j = lane + bval
					p = j <= maxLane
				case "bfly":
					j = lane ^ bval
					p = j <= maxLane
				case "idx":
					j = minLane | bval&^mask
					p = j <= maxLane
				}
				if !p {
					j = lane
				}
				require.Equal(t, vals[j], got[lane], "%s by %d, width %d, lane %d", op, b, width, lane)
				require.Equal(t, map[bool]uint32{true: 1}[p], inside[lane])
			}
		}
	}
}

// TestVotes: of groups that one instruction has, by masks.
func TestVotes(t *testing.T) {
	g := rand.New(rand.NewPCG(5, 6))
	for range 100 {
		part := g.Uint32() // two groups: these lanes and the others
		votes := g.Uint32() | g.Uint32()
		if g.IntN(4) == 0 {
			votes = part
		}
		r := newRig(t, Config{}, 4*32*8)
		v := make([]uint32, 64)
		for i := range 32 {
			v[i] = votes >> i & 1
			v[32+i] = part
			if part>>i&1 == 0 {
				v[32+i] = ^part
			}
		}
		r.write(v...)
		r.ok(`ld.global.u32 %r0, [at]; ld.global.u32 %r1, [at+128]; setp.ne.u32 q, %r0, 0;
	vote.sync.ballot.b32 %r2, q, %r1; st.global.u32 [at+256], %r2;
	vote.sync.all.pred %p0, q, %r1; selp.u32 %r2, 1, 0, %p0; st.global.u32 [at+384], %r2;
	vote.sync.any.pred %p0, !q, %r1; selp.u32 %r2, 1, 0, %p0; st.global.u32 [at+512], %r2;
	vote.sync.uni.pred %p0, q, %r1; selp.u32 %r2, 1, 0, %p0; st.global.u32 [at+640], %r2;
	activemask.b32 %r2; @q activemask.b32 %r2; st.global.u32 [at+768], %r2;`)
		for i := range 32 {
			mask := v[32+i]
			n, yes := bits.OnesCount32(mask), bits.OnesCount32(mask&votes)
			active := ^uint32(0)
			if v[i] == 1 {
				active = votes
			}
			is := func(b bool) uint32 { return map[bool]uint32{true: 1}[b] }
			want := []uint32{mask & votes, is(yes == n), is(yes < n), is(yes == 0 || yes == n), active}
			for k, w := range want {
				require.Equal(t, w, r.read(256+128*k+4*i, 1)[0], "result %d of lane %d, mask %#x, votes %#x", k, i, mask, votes)
			}
		}
	}
}

func TestRedux(t *testing.T) {
	g := rand.New(rand.NewPCG(7, 8))
	ops := map[string]func(a, b uint32) uint32{
		"add.u32": func(a, b uint32) uint32 { return a + b }, "add.s32": func(a, b uint32) uint32 { return a + b },
		"min.u32": func(a, b uint32) uint32 { return min(a, b) }, "max.u32": func(a, b uint32) uint32 { return max(a, b) },
		"min.s32": func(a, b uint32) uint32 { return uint32(min(int32(a), int32(b))) }, "max.s32": func(a, b uint32) uint32 { return uint32(max(int32(a), int32(b))) },
		"and.b32": func(a, b uint32) uint32 { return a & b }, "or.b32": func(a, b uint32) uint32 { return a | b }, "xor.b32": func(a, b uint32) uint32 { return a ^ b },
	}
	for op, f := range ops {
		for range 20 {
			part := g.Uint32()
			r := newRig(t, Config{}, 4*32*3)
			v := make([]uint32, 64)
			for i := range 32 {
				v[i] = g.Uint32()
				v[32+i] = part
				if part>>i&1 == 0 {
					v[32+i] = ^part
				}
			}
			r.write(v...)
			r.ok("ld.global.u32 %r0, [at]; ld.global.u32 %r1, [at+128]; redux.sync." + op + " %r2, %r0, %r1; st.global.u32 [at+256], %r2;")
			for i, got := range r.read(256, 32) {
				var want *uint32
				for j := range 32 {
					if v[32+i]>>j&1 == 0 {
						continue
					}
					if want == nil {
						want = &[]uint32{v[j]}[0]
					} else {
						*want = f(*want, v[j])
					}
				}
				require.Equal(t, *want, got, op)
			}
		}
	}
}
