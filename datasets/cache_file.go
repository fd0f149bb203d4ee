// SPDX-License-Identifier: MIT

package datasets

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/stheno-go/stheno/internal/codec/picture"
	"github.com/stheno-go/stheno/internal/filelock"
	"github.com/stheno-go/stheno/internal/mapped"
)

// The file of a Cache: a header and a slot for each picture, then pixels.
//
//	header: magic, number of slots, hash of the decoder (uint64), checksum of all three
//	slot:   stamp (name, size, time), offset, width, height, channels, checksum of the pixels
//	        and of the slot
//
// A file for another number of pictures or of another decoder is written from scratch: different
// JPEG libraries may give different pixels. Numbers are little-endian. Pixels are written before
// their slot, and a slot with a wrong checksum counts as empty, so that a writer may be killed at
// any moment.
const (
	cacheDecoder = "1 " // and the JPEG library's name; the number must change with the pixels of the decoders
	cacheMagic   = "stheno cache 1\n\x00"
	cacheHeader  = 64
	cacheSlot    = 64
	cacheSegment = 32 << 20 // the file grows by segments; no picture spans two
)

// cacheFile is an open file of a Cache.
type cacheFile struct {
	f        *os.File
	head     []byte // header and slots
	mu       sync.Mutex
	begin    int64 // of the pixels
	end      int64 // end of the allocated pixels
	segments [][]byte
	full     bool // no space on the disk or in the address space
}

// openCacheFile opens or creates the file and fills kept with its pictures.
func openCacheFile(path string, kept []atomic.Pointer[keptImage]) (*cacheFile, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return nil, err
	}
	c := &cacheFile{f: f}
	if err := c.init(len(kept)); err != nil {
		_ = c.close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	c.load(kept)
	return c, nil
}

// init maps the file. If it is not a file for n pictures, it writes an empty one first.
func (c *cacheFile) init(n int) error {
	if free, err := filelock.TryLock(c.f); err != nil {
		return err
	} else if !free {
		return fmt.Errorf("another Cache uses the file")
	}
	size := int64(cacheHeader + n*cacheSlot)
	c.begin = (size + mapped.Align - 1) / mapped.Align * mapped.Align
	c.end = c.begin
	header := binary.LittleEndian.AppendUint64([]byte(cacheMagic), uint64(n))
	header = binary.LittleEndian.AppendUint64(header, hash(cacheDecoder+picture.JPEGBackend()))
	header = binary.LittleEndian.AppendUint32(header, crc32.Checksum(header, castagnoli))
	was := make([]byte, len(header))
	got, err := c.f.ReadAt(was, 0)
	if err != nil && err != io.EOF {
		return err
	}
	info, err := c.f.Stat()
	if err != nil {
		return err
	}
	if !bytes.Equal(was, header) || info.Size() < c.begin {
		start := was[:min(got, len(cacheMagic))]
		if !strings.HasPrefix(cacheMagic, string(start)) && len(bytes.Trim(start, "\x00")) > 0 {
			return fmt.Errorf("the file is not a cache: it begins with %q", start)
		}
		if err := c.f.Truncate(0); err != nil {
			return err
		}
		if _, err := c.f.WriteAt(header, 0); err != nil {
			return err
		}
		if err := c.grow(c.begin); err != nil {
			return err
		}
	}
	c.head, err = mapped.Map(c.f, 0, int(c.begin))
	return err
}

// grow extends the file with zeros. Writing them allocates disk space, so that writing to the
// mapped memory cannot fail later.
func (c *cacheFile) grow(size int64) error {
	info, err := c.f.Stat()
	if err != nil {
		return err
	}
	zeros := make([]byte, 1<<20)
	for at := info.Size(); at < size; {
		n, err := c.f.WriteAt(zeros[:min(int64(len(zeros)), size-at)], at)
		if err != nil {
			return err
		}
		at += int64(n)
	}
	return nil
}

// load fills kept with the pictures of valid slots.
func (c *cacheFile) load(kept []atomic.Pointer[keptImage]) {
	info, err := c.f.Stat()
	if err != nil {
		return
	}
	for at := c.begin; at+cacheSegment <= info.Size(); at += cacheSegment {
		if !c.mapSegment() {
			return
		}
	}
	guarded(func() bool {
		for i := range kept {
			if k, end := c.read(c.slot(i)); k != nil {
				kept[i].Store(k)
				c.end = max(c.end, end)
			}
		}
		return true
	})
}

// guarded returns f(), or false if f faults because the mapped file was truncated. Without it, the
// fault would end the program.
func guarded(f func() bool) (ok bool) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			if fault, is := r.(interface{ Addr() uintptr }); !is || fault.Addr() == 0 {
				panic(r)
			}
			ok = false
		}
	}()
	return f()
}

func (c *cacheFile) slot(i int) []byte { return c.head[cacheHeader+i*cacheSlot:][:cacheSlot] }

// mapSegment maps the next segment of the file.
func (c *cacheFile) mapSegment() bool {
	b, err := mapped.Map(c.f, c.begin+int64(len(c.segments))*cacheSegment, cacheSegment)
	if err != nil {
		c.full = true
		return false
	}
	c.segments = append(c.segments, b)
	return true
}

// pixels returns the memory of n bytes at offset at of the file, nil if there are none.
func (c *cacheFile) pixels(at int64, n int) []byte {
	if at < c.begin || n <= 0 || n > cacheSegment {
		return nil
	}
	segment, from := (at-c.begin)/cacheSegment, int((at-c.begin)%cacheSegment)
	if segment >= int64(len(c.segments)) || from+n > cacheSegment {
		return nil
	}
	return c.segments[segment][from:][:n:n]
}

// read returns the picture of a slot, and the end of its pixels; nil if the slot is empty or
// damaged.
func (c *cacheFile) read(slot []byte) (*keptImage, int64) {
	const sum = cacheSlot - 4
	le := binary.LittleEndian
	if le.Uint32(slot[sum:]) != crc32.Checksum(slot[:sum], castagnoli) {
		return nil, 0
	}
	k := &keptImage{id: stampID{le.Uint64(slot), int64(le.Uint64(slot[8:])), int64(le.Uint64(slot[16:]))}}
	at := int64(le.Uint64(slot[24:]))
	w, h, channels := le.Uint32(slot[32:]), le.Uint32(slot[36:]), le.Uint32(slot[40:])
	if w == 0 || h == 0 || channels == 0 || channels > 4 || uint64(w)*uint64(h) > cacheSegment {
		return nil, 0
	}
	k.w, k.h, k.c = int(w), int(h), int(channels)
	k.sum, k.mapped = le.Uint32(slot[44:]), true
	if k.pix = c.pixels(at, k.w*k.h*k.c); k.pix == nil {
		return nil, 0
	}
	return k, at + int64(len(k.pix))
}

// store writes pix to the file and points k at it. It reports false if there is no space.
func (c *cacheFile) store(i int, k *keptImage, pix []byte) bool {
	at, to := c.take(len(pix))
	if to == nil {
		return false
	}
	k.pix, k.sum, k.mapped = to, crc32.Checksum(pix, castagnoli), true
	le := binary.LittleEndian
	slot := make([]byte, 0, cacheSlot)
	for _, v := range []uint64{k.id.name, uint64(k.id.size), uint64(k.id.modTime), uint64(at)} {
		slot = le.AppendUint64(slot, v)
	}
	for _, v := range []uint32{uint32(k.w), uint32(k.h), uint32(k.c), k.sum, 0, 0, 0} {
		slot = le.AppendUint32(slot, v)
	}
	slot = le.AppendUint32(slot, crc32.Checksum(slot, castagnoli))
	if !guarded(func() bool { copy(to, pix); return true }) {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return guarded(func() bool { copy(c.slot(i), slot); return true })
}

// take allocates n bytes of the file and returns them with their offset.
func (c *cacheFile) take(n int) (int64, []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n > cacheSegment || c.full {
		return 0, nil
	}
	at := c.end
	if left := cacheSegment - (at-c.begin)%cacheSegment; int64(n) > left {
		at += left
	}
	for c.pixels(at, n) == nil {
		size := c.begin + int64(len(c.segments)+1)*cacheSegment
		if size < 0 || size > math.MaxInt64-cacheSegment || c.grow(size) != nil || !c.mapSegment() {
			c.full = true // no space on the disk
			return 0, nil
		}
	}
	c.end = at + int64(n)
	return at, c.pixels(at, n)
}

// close unmaps the memory and closes the file.
func (c *cacheFile) close() error {
	var first error
	note := func(err error) {
		if first == nil {
			first = err
		}
	}
	for _, b := range append(c.segments, c.head) {
		if b != nil {
			note(mapped.Unmap(b))
		}
	}
	c.segments, c.head = nil, nil
	note(c.f.Close())
	return first
}
