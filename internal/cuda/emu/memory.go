// SPDX-License-Identifier: MIT

package emu

import (
	"encoding/binary"
	"fmt"
	"sort"
)

// Addresses. The host has none of them, so that it cannot touch the device's memory.
const (
	firstAddress = 0x7f40_0000_0000
	sharedBase   = 0x0100_0000_0000 // shared and local memory seen through generic addresses
	localBase    = 0x0200_0000_0000
	window       = 1 << 32
	gap          = 4096 // between allocations
)

// States of a byte.
const (
	unwritten byte = iota
	written
	inFlight // the destination of an asynchronous copy
)

// bank is a piece of memory: an allocation, the shared memory of a block, the local memory of a warp.
type bank struct {
	base, size uint64
	data       []byte // a little longer than size, so that load can read 8 bytes anywhere
	state      []byte
	shadow     *shadow
	name       string
	constant   bool
	freed      bool
}

func newBank(n uint64) *bank {
	return &bank{size: n, data: make([]byte, n+8), state: make([]byte, n+8)}
}

// memory is the device's memory. Freed allocations stay in the list, to name who uses them.
type memory struct {
	banks []*bank // by address
	next  uint64
	used  uint64
	limit uint64
	count int
}

func (m *memory) alloc(n uint64, name string) (*bank, error) {
	if n > m.limit-m.used {
		return nil, fmt.Errorf("emu: %w: %d bytes of %d are free, %d are needed", ErrOutOfMemory, m.limit-m.used, m.limit, n)
	}
	b := newBank(n)
	b.base, b.name = m.next, name
	m.next += (n+511)&^511 + gap
	m.banks = append(m.banks, b)
	m.used += n
	m.count++
	return b, nil
}

func (m *memory) free(p uint64) error {
	b := m.find(p)
	switch {
	case b == nil || b.base != p || b.name != "":
		return fmt.Errorf("emu: free of %#x, which is no allocation", p)
	case b.freed:
		return fmt.Errorf("emu: free of %#x, which was freed", p)
	}
	b.freed, b.data, b.state, b.shadow = true, nil, nil, nil
	m.used -= b.size
	m.count--
	return nil
}

// find returns the last bank that begins at or before p.
func (m *memory) find(p uint64) *bank {
	i := sort.Search(len(m.banks), func(i int) bool { return m.banks[i].base > p })
	if i == 0 {
		return nil
	}
	return m.banks[i-1]
}

// at returns the bank that has n bytes at p.
func (m *memory) at(p, n uint64) (*bank, error) {
	b := m.find(p)
	switch {
	case b == nil || p > b.base+b.size+gap:
		return nil, fmt.Errorf("address %#x is in no allocation", p)
	case b.freed:
		return nil, fmt.Errorf("address %#x is in memory that was freed: %d bytes at %#x", p, b.size, b.base)
	case p-b.base+n > b.size:
		return nil, fmt.Errorf("address %#x of %d bytes is out of bounds: it ends %d bytes after the end of %s", p, n, p-b.base+n-b.size, b)
	}
	return b, nil
}

// String names b in errors.
func (b *bank) String() string {
	if b.name != "" {
		return fmt.Sprintf("%s, %d bytes at %#x", b.name, b.size, b.base)
	}
	return fmt.Sprintf("the %d bytes at %#x", b.size, b.base)
}

func load(b []byte, n int) uint64 {
	switch n {
	case 4:
		return uint64(binary.LittleEndian.Uint32(b))
	case 8:
		return binary.LittleEndian.Uint64(b)
	case 2:
		return uint64(binary.LittleEndian.Uint16(b))
	}
	return uint64(b[0])
}

func store(b []byte, n int, v uint64) {
	switch n {
	case 4:
		binary.LittleEndian.PutUint32(b, uint32(v))
	case 8:
		binary.LittleEndian.PutUint64(b, v)
	case 2:
		binary.LittleEndian.PutUint16(b, uint16(v))
	default:
		b[0] = byte(v)
	}
}

func fill(b []byte, v byte) {
	for i := range b {
		b[i] = v
	}
}

// allWritten is what load returns of the states of n written bytes.
var allWritten = [9]uint64{1: 1, 2: 0x0101, 4: 0x01010101, 8: 0x0101010101010101}
