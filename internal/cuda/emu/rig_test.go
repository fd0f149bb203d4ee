// SPDX-License-Identifier: MIT

package emu

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno/internal/cuda/ptx/ptxtest"
)

// rig is a device with one allocation, whose address kernels find at [pv].
type rig struct {
	t     testing.TB
	dev   *Device
	base  uint64
	size  int
	grid  [3]int
	block [3]int
}

func newRig(t testing.TB, c Config, size int) *rig {
	r := &rig{t: t, dev: New(c), size: size, grid: [3]int{1, 1, 1}, block: [3]int{32, 1, 1}}
	var err error
	r.base, err = r.dev.Alloc(size)
	require.NoError(t, err)
	return r
}

// write stores 32-bit words from the beginning.
func (r *rig) write(words ...uint32) {
	b := make([]byte, 4*len(words))
	for i, w := range words {
		store(b[4*i:], 4, uint64(w))
	}
	require.NoError(r.t, r.dev.Write(r.base, b))
}

// read returns n words at a byte offset.
func (r *rig) read(at, n int) []uint32 {
	b := make([]byte, 4*n)
	require.NoError(r.t, r.dev.Read(b, r.base+uint64(at)))
	out := make([]uint32, n)
	for i := range out {
		out[i] = uint32(load(b[4*i:], 4))
	}
	return out
}

// prologue sets ix to the thread's index, base to the allocation and at to its word ix. A statement
// of the body that follows begins at line 22.
const prologue = `	.reg .b64 base, at; .reg .b32 ix, t0, t1, t2; .reg .b64 a0; .reg .pred q;
	mov.u32 t0, %ctaid.x;
	mov.u32 t1, %ntid.x;
	mov.u32 ix, %tid.x;
	mad.lo.u32 ix, t0, t1, ix;
	ld.param.u64 base, [pv]; mad.wide.u32 at, ix, 4, base;
`

const bodyLine = 22

// run executes a body for sm_90.
func (r *rig) run(body string) error {
	r.t.Helper()
	text := ptxtest.Wrap(78, 90, prologue+body)
	m, err := r.dev.Load(text)
	require.NoError(r.t, err, text)
	k, err := m.Kernel("k")
	require.NoError(r.t, err)
	params := make([]byte, 64)
	store(params, 8, r.base)
	ptxtest.Accept(r.t, text, 90)
	return r.dev.Launch(k, r.grid, r.block, 0, params)
}

// ok executes a body that has no fault.
func (r *rig) ok(body string) {
	r.t.Helper()
	require.NoError(r.t, r.run(body))
}

// fault executes a body whose given line has a fault.
func (r *rig) fault(line int, want, body string) {
	r.t.Helper()
	err := r.run(body)
	require.ErrorContains(r.t, err, want, body)
	var f *Fault
	require.ErrorAs(r.t, err, &f)
	require.Equal(r.t, bodyLine+line, f.Line, f.Error())
}
