// SPDX-License-Identifier: MIT

package torchpickle

import (
	"archive/zip"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/stheno-go/stheno/internal/codec/safetensors"
)

const (
	folder    = "archive" // torch's choice where it has no file name
	alignment = 64        // of the data, so that readers can map the file
)

// Encode writes tensors as torch.save writes a state dict, in their given order, so
// that torch.load(weights_only=True) reads them. The same tensors always give the same
// bytes. Nothing is written if a tensor is wrong.
func Encode(w io.Writer, state []Tensor) error {
	pickle, err := encodeState(state)
	if err != nil {
		return err
	}
	out := &counter{w: w}
	z := zip.NewWriter(out)
	store := func(name string, data []byte) error {
		if err := z.Flush(); err != nil { // out.n is then where the header begins
			return err
		}
		return storeAligned(z, out.n, folder+"/"+name, data)
	}
	files := []struct{ name, content string }{
		{"data.pkl", string(pickle)}, {".format_version", "1"}, {".storage_alignment", strconv.Itoa(alignment)}, {"byteorder", "little"},
	}
	for _, f := range files {
		if err := store(f.name, []byte(f.content)); err != nil {
			return fmt.Errorf("torchpickle: writing %s: %w", f.name, err)
		}
	}
	for i, t := range state {
		if err := store("data/"+strconv.Itoa(i), t.Data); err != nil {
			return fmt.Errorf("torchpickle: writing tensor %s: %w", quote(t.Name), err)
		}
	}
	if err = store("version", []byte("3\n")); err == nil {
		err = z.Close()
	}
	if err != nil {
		return fmt.Errorf("torchpickle: writing the end: %w", err)
	}
	return nil
}

type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// storeAligned adds a file whose data begin at a multiple of alignment, by padding
// the extra field of its header, which begins at byte at.
func storeAligned(z *zip.Writer, at int64, name string, data []byte) error {
	const header, field = 30, 4 // bytes of a header without name, of an extra field without content
	pad := -(int(at%alignment) + header + len(name) + field) & (alignment - 1)
	extra := binary.LittleEndian.AppendUint16([]byte("FB"), uint16(pad))
	extra = append(extra, strings.Repeat("Z", pad)...)
	size := uint64(len(data))
	w, err := z.CreateRaw(&zip.FileHeader{
		Name: name, Method: zip.Store, Extra: extra,
		CRC32: crc32.ChecksumIEEE(data), CompressedSize64: size, UncompressedSize64: size,
	})
	if err != nil {
		return err
	}
	_, err = w.Write(data)
	return err
}

// encodeState returns data.pkl: an OrderedDict of calls of _rebuild_tensor_v2.
func encodeState(state []Tensor) ([]byte, error) {
	p := pickler{memo: map[string]byte{}}
	p.raw(opProto, 2)
	p.ordered()
	p.raw(opMark)
	names := make(map[string]bool, len(state))
	for i, t := range state {
		if err := checkTensor(t); err != nil {
			return nil, err
		}
		if names[t.Name] {
			return nil, bad("two tensors have the name %s", quote(t.Name))
		}
		names[t.Name] = true
		p.text(t.Name)
		p.tensor(strconv.Itoa(i), t)
	}
	p.raw(opSetItems, opStop)
	return p.buf, nil
}

func checkTensor(t Tensor) error {
	if !utf8.ValidString(t.Name) {
		return bad("tensor name %s is not UTF-8", quote(t.Name))
	}
	size := safetensors.Size(t.DType)
	if storageClass[t.DType] == "" {
		return bad("tensor %s has the unknown dtype %s", quote(t.Name), quote(t.DType))
	}
	if len(t.Shape) > safetensors.MaxRank {
		return bad("tensor %s has %d dimensions, at most %d are written", quote(t.Name), len(t.Shape), safetensors.MaxRank)
	}
	n := int64(size)
	for _, d := range t.Shape {
		if d < 0 || d > 0 && n > math.MaxInt64/int64(d) {
			return bad("tensor %s has the shape %v", quote(t.Name), t.Shape)
		}
		n *= int64(d)
	}
	if n != int64(len(t.Data)) {
		return bad("tensor %s of %s %v needs %d bytes, but has %d", quote(t.Name), t.DType, t.Shape, n, len(t.Data))
	}
	return nil
}

// pickler appends protocol 2, as torch does.
type pickler struct {
	buf  []byte
	memo map[string]byte // what is written once and then recalled
}

func (p *pickler) raw(ops ...byte) { p.buf = append(p.buf, ops...) }

// once writes what repeats: the first time in full, later by its number.
func (p *pickler) once(what string, write func()) {
	if key, ok := p.memo[what]; ok {
		p.raw(opBinGet, key)
		return
	}
	write()
	key := byte(len(p.memo)) // a handful of globals and words
	p.memo[what] = key
	p.raw(opBinPut, key)
}

func (p *pickler) global(module, name string) {
	p.once(module+"."+name, func() {
		p.raw(opGlobal)
		p.buf = append(p.buf, module+"\n"+name+"\n"...)
	})
}

func (p *pickler) text(s string) {
	p.raw(opBinUnicode)
	p.buf = binary.LittleEndian.AppendUint32(p.buf, uint32(len(s)))
	p.buf = append(p.buf, s...)
}

func (p *pickler) word(s string) { p.once(s, func() { p.text(s) }) }

func (p *pickler) number(n int) {
	switch {
	case n <= math.MaxUint8:
		p.raw(opBinInt1, byte(n))
	case n <= math.MaxUint16:
		p.raw(opBinInt2)
		p.buf = binary.LittleEndian.AppendUint16(p.buf, uint16(n))
	case n <= math.MaxInt32:
		p.raw(opBinInt)
		p.buf = binary.LittleEndian.AppendUint32(p.buf, uint32(n))
	default:
		p.raw(opLong1, 8)
		p.buf = binary.LittleEndian.AppendUint64(p.buf, uint64(n))
	}
}

func (p *pickler) numbers(list []int) {
	p.raw(opMark)
	for _, n := range list {
		p.number(n)
	}
	p.raw(opTuple)
}

// ordered writes an empty OrderedDict.
func (p *pickler) ordered() {
	p.global("collections", "OrderedDict")
	p.raw(opEmptyTuple, opReduce)
}

// tensor writes _rebuild_tensor_v2(storage, 0, shape, strides, False, OrderedDict()).
func (p *pickler) tensor(key string, t Tensor) {
	p.global("torch._utils", "_rebuild_tensor_v2")
	p.raw(opMark, opMark)
	p.word("storage")
	p.global("torch", storageClass[t.DType])
	p.text(key)
	p.word("cpu")
	p.number(len(t.Data) / safetensors.Size(t.DType))
	p.raw(opTuple, opBinPersID)
	p.number(0)
	p.numbers(t.Shape)
	strides := make([]int, len(t.Shape))
	for i, step := len(strides)-1, 1; i >= 0; i-- {
		strides[i] = step
		if len(t.Data) > 0 { // else the product has no limit, and does not matter
			step *= t.Shape[i]
		}
	}
	p.numbers(strides)
	p.raw(opNewFalse)
	p.ordered()
	p.raw(opTuple, opReduce)
}

// storageClass is the name of the class of storages of each dtype.
var storageClass = func() map[string]string {
	m := map[string]string{}
	for class, dtype := range storages {
		if name := strings.TrimPrefix(string(class), "torch."); !strings.HasPrefix(name, "Q") && name != "storage.UntypedStorage" {
			m[dtype] = name
		}
	}
	return m
}()
