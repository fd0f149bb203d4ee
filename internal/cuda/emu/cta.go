// SPDX-License-Identifier: MIT

package emu

import (
	"fmt"
	"math/bits"
	"math/rand/v2"
)

// cta is a block of threads, one at a time.
type cta struct {
	dev     *Device
	k       *Kernel
	grid    [3]int
	dim     [3]int
	index   int
	threads int
	warps   []*warp
	shared  *bank
	params  []byte
	epoch   uint32 // barriers
	era     uint32
	steps   uint64
	current *inst
	random  *rand.Rand
}

func newCTA(d *Device, k *Kernel, grid, dim [3]int, dynamic int, params []byte) *cta {
	c := &cta{dev: d, k: k, grid: grid, dim: dim, params: append(append([]byte(nil), params...), make([]byte, 8)...)}
	c.shared = newBank(uint64(k.shared + dynamic))
	if !d.config.NoRaces {
		c.shared.shadow = newShadow(c.shared.size)
	}
	c.threads = dim[0] * dim[1] * dim[2]
	for i := range (c.threads + 31) / 32 {
		w := &warp{cta: c, dev: d, k: k, index: i, regs: make([]lanes, k.slots), preds: make([]uint32, k.preds),
			def: make([]uint32, k.slots), predDef: make([]uint32, k.preds)}
		for _, l := range k.literals {
			for j := range w.regs[l.slot] {
				w.regs[l.slot][j] = l.bits
			}
		}
		if k.local > 0 {
			w.local = newBank(uint64(32 * k.local))
		}
		c.warps = append(c.warps, w)
	}
	return c
}

// failure is what a thread panics with; run returns it as a Fault.
type failure struct {
	lane int
	err  error
}

// run executes the block with the given index.
func (c *cta) run(index int) (err error) {
	c.begin(index)
	var w *warp
	defer func() {
		switch e := recover().(type) {
		case nil:
		case failure:
			f := &Fault{Kernel: c.k.name, Block: c.blockID(c.index), Thread: c.thread(32*w.index + e.lane), Err: e.err}
			if c.current != nil {
				f.Line, f.Text = c.current.src.Line, c.current.src.Text
			}
			err = f
		default:
			panic(e)
		}
	}()
	order := make([]int, len(c.warps))
	for i := range order {
		order[i] = i
	}
	for {
		if c.random != nil {
			c.random.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		}
		waiting := -1 // where the first warp waits
		for _, i := range order {
			w = c.warps[i]
			if w.live == 0 {
				continue
			}
			w.run()
			switch {
			case w.live == 0:
			case waiting < 0:
				waiting = w.pc
			case waiting != w.pc:
				w.fail(bits.TrailingZeros32(w.live), fmt.Errorf("is reached while other threads of the block wait at line %d", c.k.code[waiting-1].src.Line))
			}
		}
		if waiting < 0 {
			return nil
		}
		c.epoch++
	}
}

// begin sets up the warps for a block.
func (c *cta) begin(index int) {
	c.index, c.epoch = index, 1
	c.dev.era++
	c.era = c.dev.era
	c.dev.stats.Blocks++
	clear(c.shared.state)
	for i, w := range c.warps {
		clear(w.def)
		clear(w.predDef)
		w.begin(uint32(1)<<min(c.threads-32*i, 32) - 1)
		for _, l := range c.k.literals {
			w.def[l.slot] = full
		}
		for _, s := range c.k.specials {
			w.def[s.slot] = full
			for l := range 32 {
				w.regs[s.slot][l] = uint64(uint32(c.special(s.name, w, l)))
			}
		}
		if w.local != nil {
			clear(w.local.state)
		}
	}
}

func (c *cta) thread(i int) [3]int {
	return [3]int{i % c.dim[0], i / c.dim[0] % c.dim[1], i / c.dim[0] / c.dim[1]}
}

func (c *cta) blockID(i int) [3]int {
	return [3]int{i % c.grid[0], i / c.grid[0] % c.grid[1], i / c.grid[0] / c.grid[1]}
}

// special returns a special register.
func (c *cta) special(name string, w *warp, lane int) int {
	var axes [3]int
	switch name[:len(name)-1] {
	case "%tid.":
		axes = c.thread(32*w.index + lane)
	case "%ntid.":
		axes = c.dim
	case "%ctaid.":
		axes = c.blockID(c.index)
	case "%nctaid.":
		axes = c.grid
	default:
		switch name {
		case "%laneid":
			return lane
		case "%warpid":
			return w.index
		case "WARP_SZ":
			return 32
		case "%lanemask_eq":
			return 1 << lane
		case "%lanemask_lt":
			return 1<<lane - 1
		case "%lanemask_le":
			return 2<<lane - 1
		case "%lanemask_gt":
			return -2 << lane
		case "%lanemask_ge":
			return -1 << lane
		}
	}
	return axes[name[len(name)-1]-'x']
}
