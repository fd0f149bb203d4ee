// SPDX-License-Identifier: MIT

package stheno

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/stheno-go/stheno/internal/codec/safetensors"
	"github.com/stheno-go/stheno/internal/storage"
)

// widen converts elements of a type that a Tensor does not support to one that it does.
func widen(t safetensors.Tensor, n int) (*storage.Buffer, error) {
	le := binary.LittleEndian
	switch t.DType {
	case safetensors.F16:
		return widened(n, func(i int) float32 { return half(le.Uint16(t.Data[2*i:])) }), nil
	case safetensors.BF16:
		return widened(n, func(i int) float32 { return math.Float32frombits(uint32(le.Uint16(t.Data[2*i:])) << 16) }), nil
	case safetensors.F8E5M2: // the upper half of a half
		return widened(n, func(i int) float32 { return half(uint16(t.Data[i]) << 8) }), nil
	case safetensors.F8E4M3:
		return widened(n, func(i int) float32 {
			if t.Data[i]&0x7f == 0x7f {
				return float32(math.NaN())
			}
			return float8(t.Data[i], 3, 7)
		}), nil
	case safetensors.F8E4M3FNUZ, safetensors.F8E5M2FNUZ:
		bits, bias := 3, 8
		if t.DType == safetensors.F8E5M2FNUZ {
			bits, bias = 2, 16
		}
		return widened(n, func(i int) float32 {
			if t.Data[i] == 0x80 {
				return float32(math.NaN())
			}
			return float8(t.Data[i], bits, bias)
		}), nil
	case safetensors.F8E8M0:
		return widened(n, func(i int) float32 {
			if t.Data[i] == 0xff {
				return float32(math.NaN())
			}
			return float32(math.Ldexp(1, int(t.Data[i])-127))
		}), nil
	case safetensors.I32:
		return widened(n, func(i int) int64 { return int64(int32(le.Uint32(t.Data[4*i:]))) }), nil
	case safetensors.I16:
		return widened(n, func(i int) int64 { return int64(int16(le.Uint16(t.Data[2*i:]))) }), nil
	case safetensors.I8:
		return widened(n, func(i int) int64 { return int64(int8(t.Data[i])) }), nil
	case safetensors.U32:
		return widened(n, func(i int) int64 { return int64(le.Uint32(t.Data[4*i:])) }), nil
	case safetensors.U16:
		return widened(n, func(i int) int64 { return int64(le.Uint16(t.Data[2*i:])) }), nil
	case safetensors.U64:
		for i := range n {
			if v := le.Uint64(t.Data[8*i:]); v > math.MaxInt64 {
				return nil, fmt.Errorf("stheno: the uint64 %d exceeds the largest int64, %d: %w", v, int64(math.MaxInt64), ErrDType)
			}
		}
		return widened(n, func(i int) int64 { return int64(le.Uint64(t.Data[8*i:])) }), nil
	}
	return nil, unsupported(t.DType)
}

func widened[T float32 | int64](n int, at func(i int) T) *storage.Buffer {
	x := make([]T, n)
	for i := range x {
		x[i] = at(i)
	}
	return storage.Of(x)
}

// float8 returns an 8-bit float: a sign, an exponent, and a fraction of the given number of bits, with
// subnormal numbers.
func float8(b byte, bits, bias int) float32 {
	frac, exp := int(b)&(1<<bits-1), int(b&0x7f)>>bits
	if exp == 0 {
		exp = 1
	} else {
		frac += 1 << bits
	}
	v := math.Ldexp(float64(frac), exp-bias-bits)
	return float32(math.Copysign(v, 1-float64(b&0x80)))
}

// half returns an IEEE 754 half-precision number.
func half(bits uint16) float32 {
	sign, exp, frac := uint32(bits>>15)<<31, uint32(bits>>10)&31, uint32(bits)&1023
	switch exp {
	case 0:
		v := float32(frac) * 0x1p-24
		return math.Float32frombits(math.Float32bits(v) | sign)
	case 31:
		return math.Float32frombits(sign | 0x7f800000 | frac<<13)
	}
	return math.Float32frombits(sign | (exp+112)<<23 | frac<<13)
}
