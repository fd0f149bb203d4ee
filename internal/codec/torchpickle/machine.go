// SPDX-License-Identifier: MIT

package torchpickle

import (
	"encoding/binary"
	"math"
	"math/big"
	"slices"
)

// The opcodes of pickle protocols 2 to 5 that build plain data (CPython's
// Lib/pickletools.py describes them). Those of older protocols are text and never
// occur in torch's files.
const (
	opMark            = '('
	opStop            = '.'
	opPop             = '0'
	opPopMark         = '1'
	opDup             = '2'
	opBinFloat        = 'G'
	opBinInt          = 'J'
	opBinInt1         = 'K'
	opBinInt2         = 'M'
	opNone            = 'N'
	opBinPersID       = 'Q'
	opReduce          = 'R'
	opBinString       = 'T'
	opShortBinString  = 'U'
	opBinUnicode      = 'X'
	opAppend          = 'a'
	opBuild           = 'b'
	opGlobal          = 'c'
	opDict            = 'd'
	opAppends         = 'e'
	opBinGet          = 'h'
	opLongBinGet      = 'j'
	opList            = 'l'
	opBinPut          = 'q'
	opLongBinPut      = 'r'
	opSetItem         = 's'
	opTuple           = 't'
	opSetItems        = 'u'
	opEmptyDict       = '}'
	opEmptyList       = ']'
	opEmptyTuple      = ')'
	opBinBytes        = 'B'
	opShortBinBytes   = 'C'
	opProto           = 0x80
	opNewObj          = 0x81
	opTuple1          = 0x85
	opTuple2          = 0x86
	opTuple3          = 0x87
	opNewTrue         = 0x88
	opNewFalse        = 0x89
	opLong1           = 0x8a
	opLong4           = 0x8b
	opShortBinUnicode = 0x8c
	opBinUnicode8     = 0x8d
	opBinBytes8       = 0x8e
	opEmptySet        = 0x8f
	opAddItems        = 0x90
	opStackGlobal     = 0x93
	opMemoize         = 0x94
	opFrame           = 0x95
	opByteArray8      = 0x96
)

// The machine's own kinds of values; nil, bool, int64, *big.Int, float64, complex128,
// string and Bytes are themselves.
type (
	list struct { // a list or set, or a tuple
		items []any
		tuple bool
	}
	dict struct {
		entries []Entry
		index   map[any]int
	}
	global string // the dotted name of one on the white list
	mark   struct{}
)

// operand is the number of bytes behind an opcode: its value, or the length of it.
var operand = [256]uint64{
	opBinInt: 4, opBinInt1: 1, opBinInt2: 2, opLong1: 1, opLong4: 4, opBinFloat: 8,
	opBinString: 4, opShortBinString: 1, opBinUnicode: 4, opShortBinUnicode: 1, opBinUnicode8: 8,
	opBinBytes: 4, opShortBinBytes: 1, opBinBytes8: 8, opByteArray8: 8,
	opBinPut: 1, opLongBinPut: 4, opBinGet: 1, opLongBinGet: 4, opProto: 1, opFrame: 8,
}

// machine runs a pickle. Every value that it holds costs a bounded number of bytes for
// each byte of input: an instruction copies only what it takes from the stack, and the
// few that copy something else ask spend first.
type machine struct {
	in         []byte
	at         int
	stack      []any
	memo       map[uint32]any
	persistent func(id []any) (any, error)
	budget     int  // bytes that may still be copied
	objects    int  // bytes that objects may still take
	plain      bool // not a file of torch: NumPy's arrays are read
}

// slack is what even a small file may make the reader allocate.
const slack = 64 << 20

func newMachine(in []byte, persistent func([]any) (any, error)) *machine {
	return &machine{in: in, memo: map[uint32]any{}, persistent: persistent, budget: slack + share(len(in)), objects: slack + share(len(in))}
}

// What objects take, more or less, here and as values of [Decode].
const (
	costOfList  = 150
	costOfDict  = 200
	costOfEntry = 150
	costOfMemo  = 50
)

// grow takes n bytes for objects: one byte of a pickle can make one.
func (m *machine) grow(n int) error {
	if m.objects -= n; m.objects < 0 {
		return bad("its objects want more memory than a pickle of %d bytes may take", len(m.in))
	}
	return nil
}

// share is what may be made of a file of n bytes.
func share(n int) int { return 16 * min(n, (math.MaxInt-slack)/32) }

// spend takes n bytes from the budget.
func (m *machine) spend(n int) error {
	if n > m.budget {
		return bad("its values want more memory than a file of %d bytes may take", len(m.in))
	}
	m.budget -= n
	return nil
}

// run executes one pickle from m.at on and returns its value; m.at is then behind it.
func (m *machine) run() (any, error) {
	m.stack = m.stack[:0]
	clear(m.memo)
	for {
		op, err := m.bytes(1)
		if err != nil {
			return nil, err
		}
		if op[0] == opStop {
			return m.pop()
		}
		at := m.at - 1
		if err := m.step(op[0]); err != nil {
			return nil, wrapAt(err, at)
		}
	}
}

func (m *machine) step(op byte) error {
	switch op {
	case opProto:
		v, err := m.bytes(operand[op])
		if err == nil && (v[0] < 2 || v[0] > 5) {
			return bad("pickle protocol %d, want 2 to 5", v[0])
		}
		return err
	case opFrame:
		_, err := m.bytes(operand[op])
		return err
	case opMark:
		m.push(mark{})
	case opPop:
		_, err := m.pop()
		return err
	case opPopMark:
		_, err := m.popMark()
		return err
	case opDup:
		v, err := m.pop()
		m.push(v)
		m.push(v)
		return err
	case opNone:
		m.push(nil)
	case opNewTrue:
		m.push(true)
	case opNewFalse:
		m.push(false)
	case opBinInt, opBinInt1, opBinInt2, opLong1, opLong4, opBinFloat:
		return m.number(op)
	case opBinString, opShortBinString, opBinUnicode, opShortBinUnicode, opBinUnicode8:
		return m.text(op)
	case opBinBytes, opShortBinBytes, opBinBytes8, opByteArray8:
		return m.text(op)
	case opEmptyList, opEmptySet:
		m.push(&list{})
		return m.grow(costOfList)
	case opEmptyTuple:
		m.push(&list{tuple: true})
		return m.grow(costOfList)
	case opEmptyDict:
		m.push(&dict{})
		return m.grow(costOfDict)
	case opTuple1, opTuple2, opTuple3:
		return m.tuple(int(op-opTuple1) + 1)
	case opTuple, opList, opDict:
		return m.collect(op)
	case opAppend, opAppends, opAddItems:
		return m.appendItems(op != opAppend)
	case opSetItem, opSetItems:
		return m.setItems(op == opSetItems)
	case opBinPut, opLongBinPut, opMemoize, opBinGet, opLongBinGet:
		return m.memory(op)
	case opGlobal, opStackGlobal:
		return m.global(op)
	case opReduce, opNewObj:
		return m.reduce(op)
	case opBuild:
		return m.build()
	case opBinPersID:
		return m.persistentID()
	default:
		return bad("pickle opcode 0x%02x is not read", op)
	}
	return nil
}

func (m *machine) push(v any) { m.stack = append(m.stack, v) }

// pop takes the top of the stack, which must be a value.
func (m *machine) pop() (any, error) {
	if len(m.stack) == 0 {
		return nil, bad("pickle takes from an empty stack")
	}
	v := m.stack[len(m.stack)-1]
	if _, ok := v.(mark); ok {
		return nil, bad("pickle takes a value where there is a mark")
	}
	m.stack = m.stack[:len(m.stack)-1]
	return v, nil
}

// popMark takes everything above the topmost mark, and the mark. The result is valid
// until the next push.
func (m *machine) popMark() ([]any, error) {
	for i := len(m.stack) - 1; i >= 0; i-- {
		if _, ok := m.stack[i].(mark); ok {
			items := m.stack[i+1:]
			m.stack = m.stack[:i]
			return items, nil
		}
	}
	return nil, bad("pickle looks for a mark that is not there")
}

// bytes takes n bytes of input.
func (m *machine) bytes(n uint64) ([]byte, error) {
	if left := uint64(len(m.in) - m.at); n > left {
		return nil, bad("truncated: pickle needs %d bytes at %d and %d are left", n, m.at, left)
	}
	b := m.in[m.at : m.at+int(n)]
	m.at += int(n)
	return b, nil
}

func (m *machine) number(op byte) error {
	b, err := m.bytes(operand[op])
	if err != nil {
		return err
	}
	switch op {
	case opBinInt:
		m.push(int64(int32(binary.LittleEndian.Uint32(b))))
	case opBinInt1:
		m.push(int64(b[0]))
	case opBinInt2:
		m.push(int64(binary.LittleEndian.Uint16(b)))
	case opBinFloat: // the only big-endian number of a pickle
		m.push(math.Float64frombits(binary.BigEndian.Uint64(b)))
	case opLong1, opLong4:
		if b, err = m.bytes(unsigned(b)); err != nil {
			return err
		}
		m.push(long(b))
	}
	return nil
}

// unsigned returns a little-endian number of at most eight bytes.
func unsigned(b []byte) uint64 {
	var n [8]byte
	copy(n[:], b)
	return binary.LittleEndian.Uint64(n[:])
}

// long returns the number of a two's complement, little-endian.
func long(b []byte) any {
	b = slices.Clone(b)
	slices.Reverse(b) // big.Int is big-endian
	v := new(big.Int).SetBytes(b)
	if len(b) > 0 && b[0] >= 0x80 {
		v.Sub(v, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
	}
	if v.IsInt64() {
		return v.Int64()
	}
	return v
}

func (m *machine) text(op byte) error {
	b, err := m.bytes(operand[op])
	if err != nil {
		return err
	}
	if b, err = m.bytes(unsigned(b)); err != nil {
		return err
	}
	switch op {
	case opBinBytes, opShortBinBytes, opBinBytes8, opByteArray8:
		m.push(m.byteString(b))
	default:
		m.push(string(b))
	}
	return nil
}

// byteString returns bytes as a value: in plain pickles Python 2's strings are meant.
func (m *machine) byteString(b []byte) any {
	if m.plain {
		return string(b)
	}
	return Bytes(b)
}

func (m *machine) memory(op byte) error {
	key := uint32(len(m.memo)) // of MEMOIZE
	if op != opMemoize {
		b, err := m.bytes(operand[op])
		if err != nil {
			return err
		}
		key = uint32(unsigned(b))
	}
	if op == opBinGet || op == opLongBinGet {
		v, ok := m.memo[key]
		if !ok {
			return bad("pickle recalls value %d, which it has not stored", key)
		}
		m.push(v)
		return nil
	}
	v, err := m.pop()
	if err != nil {
		return err
	}
	m.push(v)
	m.memo[key] = v
	return m.grow(costOfMemo)
}
