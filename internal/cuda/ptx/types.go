// SPDX-License-Identifier: MIT

package ptx

// Type is a fundamental type.
type Type uint8

// Fundamental types.
const (
	None Type = iota
	Pred
	B8
	B16
	B32
	B64
	U8
	U16
	U32
	U64
	S8
	S16
	S32
	S64
	F16
	F16x2
	BF16
	BF16x2
	TF32
	F32
	F64
)

var typeNames = [...]string{"none", "pred", "b8", "b16", "b32", "b64", "u8", "u16", "u32", "u64",
	"s8", "s16", "s32", "s64", "f16", "f16x2", "bf16", "bf16x2", "tf32", "f32", "f64"}

var typeSizes = [...]int{0, 1, 1, 2, 4, 8, 1, 2, 4, 8, 1, 2, 4, 8, 2, 4, 2, 4, 4, 4, 8}

var types = map[string]Type{}

func init() {
	for i, n := range typeNames[1:] {
		types[n] = Type(i + 1)
	}
}

// String returns the name of the type without its dot.
func (t Type) String() string { return typeNames[t] }

// Size returns the bytes of a value of type t.
func (t Type) Size() int { return typeSizes[t] }

// Bits returns the width of t.
func (t Type) Bits() int { return 8 * typeSizes[t] }

// Untyped reports whether t has bits only, as .b32 does.
func (t Type) Untyped() bool { return t >= B8 && t <= B64 }

// Signed reports whether t is a signed integer.
func (t Type) Signed() bool { return t >= S8 && t <= S64 }

// Float reports whether t is a floating-point type, or two of them.
func (t Type) Float() bool { return t >= F16 }

// Packed reports whether t is two values of 16 bits.
func (t Type) Packed() bool { return t == F16x2 || t == BF16x2 }

// agrees reports whether a register of type r can be an operand of an instruction of type t. A wide
// operand may be larger than the type, as in loads, stores and conversions.
func (t Type) agrees(r Type, wide bool) bool {
	switch {
	case t == Pred || r == Pred:
		return t == r
	case r.Size() != t.Size() && !(wide && r.Size() > t.Size()):
		return false
	case r.Untyped() || t.Untyped():
		// A float register holds floats of its width only.
		return !r.Float() || r.Size() == t.Size()
	case t.Float():
		return r == t
	}
	return !r.Float()
}
