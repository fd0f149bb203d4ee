// SPDX-License-Identifier: MIT

package emu

import (
	"fmt"
	"math/rand/v2"
)

// Fault is an error of a kernel.
type Fault struct {
	Kernel string
	Line   int // of the PTX
	Text   string
	Block  [3]int
	Thread [3]int
	Err    error
}

// Error implements error.
func (f *Fault) Error() string {
	return fmt.Sprintf("emu: %s: block %v thread %v: ptx line %d: %s %v", f.Kernel, f.Block, f.Thread, f.Line, f.Text, f.Err)
}

// Unwrap returns the cause.
func (f *Fault) Unwrap() error { return f.Err }

// Check returns an error if a launch with these dimensions is not possible.
func (k *Kernel) Check(grid, block [3]int, dynamic, params int) error {
	refuse := func(format string, args ...any) error {
		return fmt.Errorf("emu: %s: %w: %s", k.name, ErrLaunch, fmt.Sprintf(format, args...))
	}
	limits := [3]int{1<<31 - 1, 1<<16 - 1, 1<<16 - 1}
	for i := range grid {
		if grid[i] < 1 || grid[i] > limits[i] {
			return refuse("a grid of %v blocks; at most %v are allowed", grid, limits)
		}
	}
	limits = [3]int{maxThreads, maxThreads, 64}
	threads := 1
	for i := range block {
		if block[i] < 1 || block[i] > limits[i] {
			return refuse("a block of %v threads; at most %v are allowed", block, limits)
		}
		threads *= block[i]
	}
	most, exact := k.src.MaxThreads, k.src.ReqThreads
	shared := k.shared + dynamic
	switch {
	case threads > maxThreads:
		return refuse("a block of %d threads; %d are allowed", threads, maxThreads)
	case most[0] > 0 && threads > most[0]*most[1]*most[2]:
		return refuse("a block of %d threads; .maxntid allows %d", threads, most[0]*most[1]*most[2])
	case exact[0] > 0 && block != exact:
		return refuse("a block of %v threads; .reqntid is %v", block, exact)
	case dynamic < 0 || shared > max(maxShared, k.shared+k.optin):
		return refuse("%d bytes of shared memory; %d are allowed", shared, max(maxShared, k.shared+k.optin))
	case shared > maxOptin:
		return refuse("%d bytes of shared memory; a block has %d", shared, maxOptin)
	case params != k.paramBytes:
		return refuse("%d bytes of parameters instead of %d", params, k.paramBytes)
	}
	if n := (k.allocated() + 7) &^ 7; n*threads > maxRegister {
		return refuse("%d threads of about %d registers; a block has %d registers", threads, n, maxRegister)
	}
	return nil
}

// allocated returns the registers of a thread after the limits that the text sets, which a
// compiler keeps by using memory instead.
func (k *Kernel) allocated() int {
	n := min(k.Registers(), 255)
	if k.src.MaxRegs > 0 {
		n = min(n, k.src.MaxRegs)
	}
	for _, d := range [][3]int{k.src.MaxThreads, k.src.ReqThreads} {
		if d[0] > 0 {
			n = min(n, maxRegister/(d[0]*d[1]*d[2])&^7)
		}
	}
	return n
}

// Launch runs a kernel to its end; params has the bytes of its parameters.
func (d *Device) Launch(k *Kernel, grid, block [3]int, dynamic int, params []byte) error {
	if k.dev != d {
		return fmt.Errorf("emu: %s: %w: the kernel is of another device", k.name, ErrLaunch)
	}
	if err := k.Check(grid, block, dynamic, len(params)); err != nil {
		return err
	}
	d.launch++
	d.stats.Launches++
	n := grid[0] * grid[1] * grid[2]
	c := newCTA(d, k, grid, block, dynamic, params)
	if d.config.Seed == 0 {
		for i := range n {
			if err := c.run(i); err != nil {
				return err
			}
		}
		return nil
	}
	c.random = rand.New(rand.NewPCG(d.config.Seed, uint64(d.launch)))
	for _, i := range c.random.Perm(n) {
		if err := c.run(i); err != nil {
			return err
		}
	}
	return nil
}
