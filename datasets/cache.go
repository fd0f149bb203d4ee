// SPDX-License-Identifier: MIT

package datasets

import (
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"math/rand/v2"
	"sync"
	"sync/atomic"

	"github.com/stheno-go/stheno/datasets/transforms"
	"github.com/stheno-go/stheno/internal/absent"
)

// Cache is a Dataset that keeps decoded pictures, so that later epochs only copy and transform
// them. When it is full it keeps no further pictures. It never evicts one, since in a loop over
// epochs every picture is used equally often.
//
// A picture whose file has changed (size or time) is read again.
type Cache struct {
	from   Decoder
	cfg    CacheConfig
	kept   []atomic.Pointer[keptImage]
	bytes  atomic.Int64
	hits   atomic.Int64
	misses atomic.Int64

	open sync.RWMutex // read-locked while pixels are in use
	file *cacheFile   // nil: in memory
	done bool
}

// CacheConfig holds the settings of [NewCache].
type CacheConfig struct {
	MaxBytes int64 // of all pixels, in a File including those of changed files; default 1 GiB
	// File is the path of a file that keeps the pictures for later runs. It is created if it is
	// missing, and mapped into memory. Only one Cache at a time can use it. Without a File, pictures
	// are kept in memory.
	//
	// The file survives a crash: a picture that was not written completely is decoded again. Space
	// of changed pictures is not reused; delete the file to reclaim it.
	File string
	// Static assumes that files do not change while the program runs: they are checked once and
	// not in each epoch.
	Static bool
}

// CacheStats are the statistics of a [Cache].
type CacheStats struct {
	Images, Bytes int64 // pictures that are kept, and their size
	Hits, Misses  int64 // pictures that were read from the cache; that were decoded
}

// keptImage is a decoded picture.
type keptImage struct {
	id      stampID
	w, h, c int
	pix     []uint8
	mapped  bool        // pix is in a mapped file, which other processes can change
	sum     uint32      // of pix in a file
	seen    atomic.Bool // the image's own file was checked
}

// stampID is a [Stamp] of fixed size.
type stampID struct {
	name          uint64 // hash
	size, modTime int64
}

// NewCache returns a Cache of the pictures of d, which must be a [Decoder]: an image
// folder, or a subset or concatenation of some. Close it if it has a File.
func NewCache(d Dataset, cfg CacheConfig) (*Cache, error) {
	from, ok := d.(Decoder)
	if !ok || absent.Is(d) {
		return nil, fmt.Errorf("datasets: cache: expects a dataset that decodes files (a Decoder), got %T", d)
	}
	switch {
	case cfg.MaxBytes < 0:
		return nil, fmt.Errorf("datasets: cache: MaxBytes is %d, must not be negative", cfg.MaxBytes)
	case cfg.MaxBytes == 0:
		cfg.MaxBytes = 1 << 30
	}
	c := &Cache{from: from, cfg: cfg, kept: make([]atomic.Pointer[keptImage], from.Len())}
	if cfg.File != "" {
		var err error
		if c.file, err = openCacheFile(expandUser(cfg.File), c.kept); err != nil {
			return nil, fmt.Errorf("datasets: cache: %w", err)
		}
		c.bytes.Store(c.file.end - c.file.begin)
	}
	return c, nil
}

// Len returns the number of pictures.
func (c *Cache) Len() int { return len(c.kept) }

// Targets implements [Labelled].
func (c *Cache) Targets() []int { return targets(c.from) }

// Stats returns the statistics of c.
func (c *Cache) Stats() CacheStats {
	s := CacheStats{Bytes: c.bytes.Load(), Hits: c.hits.Load(), Misses: c.misses.Load()}
	for i := range c.kept {
		if c.kept[i].Load() != nil {
			s.Images++
		}
	}
	return s
}

// Close releases the memory or the file. Reading from c is an error afterwards.
func (c *Cache) Close() error {
	c.open.Lock()
	defer c.open.Unlock()
	if c.done {
		return nil
	}
	c.done = true
	for i := range c.kept {
		c.kept[i].Store(nil)
	}
	if c.file == nil {
		return nil
	}
	return c.file.close()
}

// At returns image i, as [ImageFolder.At].
func (c *Cache) At(i int, r *rand.Rand) (Sample, error) { return pictureAt(c, i, r) }

// Picture implements [Pictures].
func (c *Cache) Picture(i int, img *transforms.Image, r *rand.Rand) (class int, err error) {
	c.open.RLock() // transforms copy a kept picture lazily, and only the cropped part
	defer c.open.RUnlock()
	if err := c.read(i, img); err != nil {
		return 0, err
	}
	if class, err = c.Finish(i, img, r); err == nil {
		err = img.Load()
	}
	if err != nil {
		img.Reset(0, 0, 0) // it may still refer to the cache
	}
	return class, err
}

// Finish implements [Decoder].
func (c *Cache) Finish(i int, img *transforms.Image, r *rand.Rand) (class int, err error) {
	if c.from == nil {
		return 0, errNoCache
	}
	return c.from.Finish(i, img, r)
}

// Stamp implements [Decoder].
func (c *Cache) Stamp(i int) (Stamp, error) {
	if c.from == nil {
		return Stamp{}, errNoCache
	}
	return c.from.Stamp(i)
}

var errNoCache = errors.New("datasets: cache: the zero value is not valid: use NewCache")

// Decode implements [Decoder]. It reads from the cache if picture i is kept and its file has not
// changed.
func (c *Cache) Decode(i int, img *transforms.Image) error {
	c.open.RLock()
	defer c.open.RUnlock()
	if err := c.read(i, img); err != nil {
		return err
	}
	return img.Load()
}

// read reads picture i into img. The pixels of a kept one may be copied as long as c.open is
// read-locked.
func (c *Cache) read(i int, img *transforms.Image) error {
	if err := within(i, len(c.kept)); err != nil {
		return err
	}
	if c.done {
		return fmt.Errorf("datasets: cache: it is closed")
	}
	old := c.kept[i].Load()
	if old != nil && c.cfg.Static && old.seen.Load() && old.whole() {
		c.hits.Add(1)
		img.Defer(old.w, old.h, old.c, old)
		return nil
	}
	stamp, err := c.from.Stamp(i) // before reading, so that a change in between is noticed the next time
	if err != nil {
		return err
	}
	id := stamp.id()
	if old != nil && old.id == id && old.whole() {
		c.hits.Add(1)
		old.seen.Store(true)
		img.Defer(old.w, old.h, old.c, old)
		return nil
	}
	c.misses.Add(1)
	if err := c.from.Decode(i, img); err != nil {
		return err
	}
	c.keep(i, id, img, old)
	return nil
}

// keep stores img in place of old, if there is room.
func (c *Cache) keep(i int, id stampID, img *transforms.Image, old *keptImage) {
	pix := img.Pixels()
	size := int64(len(pix))
	if size == 0 {
		return
	}
	room := size
	if old != nil && c.file == nil {
		room -= int64(len(old.pix))
	}
	if c.bytes.Add(room) > c.cfg.MaxBytes {
		c.bytes.Add(-room)
		return
	}
	k := &keptImage{id: id}
	k.c, k.h, k.w = img.Shape()
	if c.file == nil {
		k.pix = append(make([]uint8, 0, size), pix...)
	} else if !c.file.store(i, k, pix) {
		c.bytes.Add(-room)
		return
	}
	k.seen.Store(true)
	if !c.kept[i].CompareAndSwap(old, k) {
		c.bytes.Add(-room) // another worker stored the same picture
	}
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// whole reports whether the pixels are those that were stored. For a file the checksum is verified
// each time, since another process may truncate it or write to it.
func (k *keptImage) whole() bool {
	return !k.mapped || guarded(func() bool { return crc32.Checksum(k.pix, castagnoli) == k.sum })
}

// Part implements [transforms.Source]: any part is available.
func (k *keptImage) Part(r image.Rectangle) image.Rectangle { return r }

// Decode implements [transforms.Source].
func (k *keptImage) Decode(dst []uint8, part image.Rectangle) error {
	row := part.Dx() * k.c
	if !guarded(func() bool {
		for y := range part.Dy() {
			copy(dst[y*row:][:row], k.pix[((part.Min.Y+y)*k.w+part.Min.X)*k.c:])
		}
		return true
	}) {
		return errors.New("datasets: cache: the file was truncated while a picture was read from it")
	}
	return nil
}

func (s Stamp) id() stampID {
	id := stampID{name: hash(s.Name), size: s.Size}
	if !s.ModTime.IsZero() {
		id.modTime = s.ModTime.UnixNano()
	}
	return id
}

// hash is FNV-1a without an allocation.
func hash(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}
