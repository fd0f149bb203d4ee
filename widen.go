// SPDX-License-Identifier: MIT

package stheno

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/stheno-go/stheno/internal/codec/safetensors"
	"github.com/stheno-go/stheno/internal/dtype"
	"github.com/stheno-go/stheno/internal/storage"
)

// widen converts elements of a type that a Tensor cannot hold to one that it can.
func widen(t safetensors.Tensor, n int) (*storage.Buffer, error) {
	switch t.DType {
	case safetensors.F16, safetensors.BF16:
		b := storage.New(dtype.Float32, n)
		x := storage.View[float32](b)
		for i := range x {
			bits := binary.LittleEndian.Uint16(t.Data[2*i:])
			if t.DType == safetensors.BF16 {
				x[i] = math.Float32frombits(uint32(bits) << 16)
			} else {
				x[i] = half(bits)
			}
		}
		return b, nil
	case safetensors.I32, safetensors.I16, safetensors.I8:
		b := storage.New(dtype.Int64, n)
		x := storage.View[int64](b)
		for i := range x {
			switch t.DType {
			case safetensors.I32:
				x[i] = int64(int32(binary.LittleEndian.Uint32(t.Data[4*i:])))
			case safetensors.I16:
				x[i] = int64(int16(binary.LittleEndian.Uint16(t.Data[2*i:])))
			default:
				x[i] = int64(int8(t.Data[i]))
			}
		}
		return b, nil
	}
	return nil, fmt.Errorf("dtype %s cannot be loaded", t.DType)
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
