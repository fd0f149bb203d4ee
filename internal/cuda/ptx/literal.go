// SPDX-License-Identifier: MIT

package ptx

import (
	"math"
	"strconv"
	"strings"
)

// literal reads a number with its sign.
func (p *parser) literal() Arg {
	neg := p.take("-")
	s := p.peek()
	a, ok := number(s)
	if !ok {
		p.fail("%q instead of a number", s)
	}
	p.at++
	if neg {
		switch a.Float {
		case 0:
			a.Bits = -a.Bits
		case 32:
			a.Bits ^= 1 << 31
		case 64:
			a.Bits ^= 1 << 63
		}
	}
	return a
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

// number reads an integer, 0f and 8 digits, 0d and 16 digits, or a decimal fraction.
func number(s string) (Arg, bool) {
	if s == "" || !digit(s[0]) || strings.ContainsAny(s, "_oO") {
		return Arg{}, false
	}
	if len(s) > 2 && s[0] == '0' {
		switch s[1] {
		case 'f', 'F':
			n, err := strconv.ParseUint(s[2:], 16, 32)
			return Arg{Kind: Imm, Bits: n, Float: 32}, err == nil && len(s) == 10
		case 'd', 'D':
			n, err := strconv.ParseUint(s[2:], 16, 64)
			return Arg{Kind: Imm, Bits: n, Float: 64}, err == nil && len(s) == 18
		}
	}
	if n, err := strconv.ParseUint(strings.TrimSuffix(s, "U"), 0, 64); err == nil {
		return Arg{Kind: Imm, Bits: n}, true
	}
	x, err := strconv.ParseFloat(s, 64)
	return Arg{Kind: Imm, Bits: math.Float64bits(x), Float: 64}, err == nil && strings.Contains(s, ".")
}
