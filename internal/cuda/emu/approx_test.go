// SPDX-License-Identifier: MIT

package emu

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno/internal/cuda/ptx"
)

// TestApproximations checks that results are within the bounds of the PTX manual, in both ways to
// run, and that adverse errors come near to them.
func TestApproximations(t *testing.T) {
	n := draws() * 2
	for _, c := range []struct {
		op        string
		f         func(x float64) float64
		low, high float64
		bound     bound // as in the manual
	}{
		{"rcp.approx", func(x float64) float64 { return 1 / x }, -1e30, 1e30, bound{1, 0}},
		{"sqrt.approx", math.Sqrt, 0, 1e30, bound{1, 0}},
		{"rsqrt.approx", func(x float64) float64 { return 1 / math.Sqrt(x) }, 1e-30, 1e30, bound{1.0718, 0}},
		{"ex2.approx", math.Exp2, -120, 120, bound{2.001, 0}},
		{"lg2.approx", math.Log2, 0.5, 2, bound{0, 0x1p-22}},
		{"lg2.approx", math.Log2, 2, 1e30, bound{1, 0x1p-22}},
		{"sin.approx", math.Sin, -math.Pi, math.Pi, bound{0, 0x1p-20}},
		{"cos.approx", math.Cos, -math.Pi, math.Pi, bound{0, 0x1p-20}},
		{"tanh.approx", math.Tanh, -10, 10, bound{1 << 12, 0}},
		{"div.approx", nil, -1e15, 1e15, bound{2, 0}},
		{"div.full", nil, -1e15, 1e15, bound{2, 0}},
	} {
		for _, adverse := range []bool{false, true} {
			for _, ftz := range []string{"", ".ftz"} {
				if ftz != "" && c.op == "tanh.approx" {
					continue
				}
				g := rand.New(rand.NewPCG(1, 2))
				r := newRig(t, Config{Adverse: adverse}, 12*n)
				r.grid[0] = n / 32
				in := make([]uint32, 2*n)
				for i := range in {
					x := c.low + g.Float64()*(c.high-c.low)
					if c.high > 1e10 && i%2 == 0 {
						x = math.Copysign(math.Exp(g.Float64()*60-30), x)
					}
					in[i] = math.Float32bits(float32(x))
				}
				r.write(in...)
				args := "%f1"
				if c.f == nil {
					args += ", %f2"
				}
				r.ok(fmt.Sprintf("ld.global.f32 %%f1, [at]; ld.global.f32 %%f2, [at+%d];\n%s%s.f32 %%f0, %s;\nst.global.f32 [at+%d], %%f0;", 4*n, c.op, ftz, args, 8*n))
				worst := 0.0
				for i, bits := range r.read(8*n, n) {
					x := float64(math.Float32frombits(in[i]))
					want := x / float64(math.Float32frombits(in[n+i]))
					if c.f != nil {
						want = c.f(x)
					}
					got := float64(math.Float32frombits(bits))
					// Half a unit for the last rounding.
					ulp := math.Max(math.Ldexp(1, max(math.Ilogb(want), -126)-23), 0x1p-149)
					allowed := math.Abs(want)*c.bound.relative*0x1p-23 + c.bound.absolute + ulp/2
					require.LessOrEqual(t, math.Abs(got-want), allowed, "%s of %g: %g instead of %g", c.op, x, got, want)
					worst = max(worst, math.Abs(got-want)/allowed)
					if !adverse {
						require.LessOrEqual(t, math.Abs(got-want), ulp/2*(1+1e-9), c.op)
					}
				}
				if adverse {
					require.Greater(t, worst, 0.7, "%s: adverse errors are small", c.op)
				}
			}
		}
	}
}

// TestApproximationsOfSpecials: infinities, zeros and NaN.
func TestApproximationsOfSpecials(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	zero := math.Copysign(0, -1)
	for _, c := range []struct {
		op         string
		x, y, want float64
	}{
		{"rcp.approx.f32", 0, 0, inf}, {"rcp.approx.f32", zero, 0, -inf}, {"rcp.approx.f32", inf, 0, 0}, {"rcp.approx.f32", nan, 0, nan},
		{"rcp.approx.ftz.f32", 0x1p-127, 0, inf}, {"rcp.approx.f32", 0x1p-127, 0, 0x1p127},
		{"sqrt.approx.f32", -1, 0, nan}, {"sqrt.approx.f32", zero, 0, zero}, {"sqrt.approx.f32", inf, 0, inf},
		{"rsqrt.approx.f32", 0, 0, inf}, {"rsqrt.approx.f32", zero, 0, -inf}, {"rsqrt.approx.f32", inf, 0, 0}, {"rsqrt.approx.f32", -1, 0, nan},
		{"ex2.approx.f32", -inf, 0, 0}, {"ex2.approx.f32", inf, 0, inf}, {"ex2.approx.f32", 0, 0, 1}, {"ex2.approx.f32", -140, 0, 0x1p-140}, {"ex2.approx.ftz.f32", -140, 0, 0},
		{"lg2.approx.f32", 0, 0, -inf}, {"lg2.approx.f32", zero, 0, -inf}, {"lg2.approx.f32", -1, 0, nan}, {"lg2.approx.f32", inf, 0, inf}, {"lg2.approx.f32", 8, 0, 3},
		{"sin.approx.f32", zero, 0, zero}, {"sin.approx.f32", inf, 0, nan}, {"cos.approx.f32", 0, 0, 1}, {"cos.approx.f32", inf, 0, nan},
		{"tanh.approx.f32", inf, 0, 1}, {"tanh.approx.f32", zero, 0, zero}, {"tanh.approx.f32", nan, 0, nan},
		{"div.full.f32", 1, 0, inf}, {"div.approx.f32", 0, 0, nan}, {"div.approx.f32", inf, inf, nan}, {"div.full.f32", 1, inf, 0},
		{"div.approx.f32", 3, 0x1.8p126, 0}, {"div.approx.f32", inf, 0x1.8p126, nan}, {"div.full.f32", 0x1.8p126, 0x1.8p126, 1},
	} {
		r := newRig(t, Config{}, 64)
		r.block[0] = 1
		r.write(math.Float32bits(float32(c.x)), math.Float32bits(float32(c.y)))
		args := "%f1"
		if c.op[:3] == "div" {
			args += ", %f2"
		}
		r.ok("ld.global.v2.f32 {%f1, %f2}, [base]; " + c.op + " %f0, " + args + "; st.global.f32 [base+8], %f0;")
		got := r.read(8, 1)[0]
		if c.want != c.want {
			require.Equal(t, uint32(nan32), got, "%s of %g, %g", c.op, c.x, c.y)
			continue
		}
		require.Equal(t, math.Float32bits(float32(c.want)), got, "%s of %g, %g", c.op, c.x, c.y)
	}
}

// TestEveryInstruction: each that the parser accepts is implemented, and has a reference or a test.
func TestEveryInstruction(t *testing.T) {
	seen := map[string]bool{}
	for _, e := range ptx.Examples() {
		require.NotNil(t, decoders[e.Op], e.Op)
		seen[e.Op] = true
	}
	require.Len(t, decoders, len(seen))
}
