// SPDX-License-Identifier: MIT

package picture

import (
	"encoding/binary"
	"fmt"
	"math"
)

// tiffTags are the entries of a directory.
type tiffTags struct {
	order   binary.ByteOrder
	entries map[int]tiffEntry
}

type tiffEntry struct {
	kind  int
	value []byte
}

// tiffSizes are the bytes of a value of each type.
var tiffSizes = map[int]int{1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8}

// readTags reads the first directory. Entries of unknown types, and those whose values
// are not within the file, count as absent.
func (t *tiff) readTags() (tags tiffTags, err error) {
	b := t.data
	t.order = binary.LittleEndian
	if b[0] == 'M' {
		t.order = binary.BigEndian
	}
	tags = tiffTags{t.order, map[int]tiffEntry{}}
	t.big = b[2] == 43 || b[3] == 43
	word, entry, head := 4, 12, 8
	if t.big {
		word, entry, head = 8, 20, 16
	}
	if len(b) < head {
		return tags, errTruncated
	}
	at := t.word(b[head-word:])
	if at < 0 || at > len(b)-word {
		return tags, errTruncated
	}
	rest := b[at:]
	n := int(t.order.Uint16(rest))
	if rest = rest[2:]; t.big {
		n, rest = t.word(b[at:]), b[at+8:]
	}
	for ; n > 0; n, rest = n-1, rest[entry:] {
		if len(rest) < entry {
			return tags, errTruncated
		}
		tag, kind := int(t.order.Uint16(rest)), int(t.order.Uint16(rest[2:]))
		count, size := t.word(rest[4:]), tiffSizes[kind]
		if _, ok := tags.entries[tag]; ok || size == 0 || count < 1 || count > len(b)/size {
			continue
		}
		value := rest[entry-word : entry]
		if count*size > word {
			at := t.word(value)
			if at < 0 || at > len(b)-count*size {
				continue
			}
			value = b[at:]
		}
		tags.entries[tag] = tiffEntry{kind, value[:count*size]}
	}
	return tags, nil
}

// word is a number with the size of a file offset; -1: none that a file can have.
func (t *tiff) word(b []byte) int {
	if !t.big {
		return int(t.order.Uint32(b))
	}
	v := t.order.Uint64(b)
	if v > math.MaxInt {
		return -1
	}
	return int(v)
}

// numbers returns the values of a tag of integers; none: it is absent.
func (tags tiffTags) numbers(tag int) []int {
	e := tags.entries[tag]
	var list []int
	for b := e.value; len(b) > 0; b = b[tiffSizes[e.kind]:] {
		v := 0
		switch e.kind {
		case 1, 7:
			v = int(b[0])
		case 6:
			v = int(int8(b[0]))
		case 3:
			v = int(tags.order.Uint16(b))
		case 8:
			v = int(int16(tags.order.Uint16(b)))
		case 4, 13:
			v = int(tags.order.Uint32(b))
		case 9:
			v = int(int32(tags.order.Uint32(b)))
		case 16:
			v = int(min(tags.order.Uint64(b), math.MaxInt))
		default:
			return nil
		}
		list = append(list, v)
	}
	return list
}

// one is the value of a tag that has one.
func (tags tiffTags) one(tag, def int) (int, error) {
	e, ok := tags.entries[tag]
	if !ok {
		return def, nil
	}
	list := tags.numbers(tag)
	if len(list) != 1 || tiffSizes[e.kind] == 1 {
		return 0, fmt.Errorf("tag %d is not one integer of 16 or more bits", tag)
	}
	if list[0] < 0 {
		return 0, fmt.Errorf("tag %d is %d", tag, list[0])
	}
	return min(list[0], math.MaxInt32), nil // more is all there is
}

func (tags tiffTags) bytes(tag int) []byte { return tags.entries[tag].value }

func (tags tiffTags) rationals(tag int) []float64 {
	e := tags.entries[tag]
	if e.kind != 5 {
		return nil
	}
	var list []float64
	for b := e.value; len(b) > 0; b = b[8:] {
		list = append(list, float64(float32(float64(tags.order.Uint32(b))/float64(tags.order.Uint32(b[4:])))))
	}
	return list
}
