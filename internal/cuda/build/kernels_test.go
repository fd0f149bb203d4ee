// SPDX-License-Identifier: MIT

package build_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno/internal/cuda/build"
	"github.com/stheno-go/stheno/internal/cuda/emu"
	"github.com/stheno-go/stheno/internal/cuda/ptx"
	"github.com/stheno-go/stheno/internal/cuda/ptx/ptxtest"
)

// sample is a kernel's text with a launch of it.
type sample struct {
	name string
	text string
	job  job
}

func text(k *build.Kernel, err error) string {
	if err != nil {
		panic(err)
	}
	return build.Module(k)
}

// chain is relu((x·s + b)·0.5 + 0.25) - r, with b over the middle one of three dimensions: the CPU's
// bits.
func chain(g *rand.Rand, n, c, s, vec int) sample {
	x, scale, b, r := normal(g, n*c*s), normal(g, 1), normal(g, c), normal(g, n*c*s)
	want := make([]float32, len(x))
	for i := range x {
		v := float32(x[i]*scale[0]) + b[i/s%c]
		v = float32(v*0.5) + 0.25
		want[i] = max(v, 0) - r[i]
	}
	k, err := build.Pointwise("k", len(x), []build.Input{{}, {Inner: 1, Size: 1}, {Inner: s, Size: c}, {}}, []build.Step{
		{Op: build.Mul, Args: []int{0, 1}}, {Op: build.Add, Args: []int{4, 2}}, {Op: build.Affine(0.5, 0.25), Args: []int{5}},
		{Op: build.Relu, Args: []int{6}}, {Op: build.Sub, Args: []int{7, 3}},
	}, vec)
	blocks := 1 + g.IntN(3)
	return sample{fmt.Sprintf("chain %d %d %d v%d", n, c, s, vec), text(k, err),
		job{[3]int{blocks, 1, 1}, [3]int{32 * (1 + g.IntN(8)), 1, 1}, [][]float32{x, scale, b, r}, len(x), same(want)}}
}

// sigmoids is sigmoid(x), of large values too.
func sigmoids(g *rand.Rand, n int) sample {
	x := normal(g, n)
	for i := range x {
		x[i] *= []float32{1, 10, 40, 1000}[i%4]
	}
	want := make([]float64, n)
	for i, v := range x {
		want[i] = 1 / (1 + math.Exp(-float64(v)))
	}
	k, err := build.Pointwise("k", n, []build.Input{{}}, []build.Step{{Op: build.Sigmoid, Args: []int{0}}}, 1)
	return sample{fmt.Sprint("sigmoid ", n), text(k, err), job{[3]int{1, 1, 1}, [3]int{64, 1, 1}, [][]float32{x}, n, near(want, 2.5e-7)}}
}

// rows is a reduction of rows; a sum has the bits of the same order on the CPU.
func rows(g *rand.Rand, n, cols int, what string) sample {
	x := normal(g, n*cols)
	r := map[string]build.Reduction{"sum": build.Sum, "max": build.Max}[what]
	if what == "max" && cols > 3 {
		x[0], x[g.IntN(len(x))] = float32(math.NaN()), float32(math.NaN())
	}
	combine := func(a, b float32) float32 {
		if what == "sum" {
			return a + b
		}
		if a != a || b != b {
			return float32(math.NaN())
		}
		return max(a, b)
	}
	want := make([]float32, n)
	for i := range want {
		var acc [32]float32
		for l := range acc {
			if what == "max" {
				acc[l] = float32(math.Inf(-1))
			}
			for c := l; c < cols; c += 32 {
				acc[l] = combine(acc[l], x[i*cols+c])
			}
		}
		for d := 16; d > 0; d /= 2 {
			for l := range d {
				acc[l] = combine(acc[l], acc[l+d])
			}
		}
		want[i] = acc[0]
	}
	return sample{fmt.Sprintf("%s of rows %d %d", what, n, cols), text(build.Rows("k", n, cols, r)),
		job{[3]int{(n + build.Warps - 1) / build.Warps, 1, 1}, [3]int{32 * build.Warps, 1, 1}, [][]float32{x}, n, same(want)}}
}

// gemm has the bits of a loop of fused multiply-adds.
func gemm(g *rand.Rand, m, n, k int) sample {
	a, b := normal(g, m*k), normal(g, k*n)
	want := make([]float32, m*n)
	for i := range m {
		for j := range n {
			var s float32
			for l := range k {
				s = fma(a[i*k+l], b[l*n+j], s)
			}
			want[i*n+j] = s
		}
	}
	p := build.Gemm{M: m, N: n, K: k}
	return sample{fmt.Sprintf("gemm %d %d %d", m, n, k), text(p.Kernel("k")), job{p.Grid(), [3]int{256, 1, 1}, [][]float32{a, b}, m * n, same(want)}}
}

// fma rounds once: the product is exact in float64, and so is the part that the sum loses.
func fma(a, b, c float32) float32 {
	p, d := float64(a)*float64(b), float64(c)
	s := p + d
	t := s - p
	if e := (p - (s - t)) + (d - t); e != 0 && math.Float64bits(s)&1 == 0 {
		s = math.Nextafter(s, math.Inf(int(math.Copysign(1, e)))) // to odd
	}
	return float32(s)
}

// TestKernels runs each kernel on random shapes, in several orders, and compares with the CPU.
func TestKernels(t *testing.T) {
	g := rand.New(rand.NewPCG(1, 2))
	var list []sample
	for range 8 {
		vec := []int{1, 2, 4}[g.IntN(3)]
		list = append(list, chain(g, 1+g.IntN(4), 1+g.IntN(5), 4*(1+g.IntN(40)), vec), chain(g, 1+g.IntN(4), 1+g.IntN(5), 1+g.IntN(60), 1),
			sigmoids(g, 1+g.IntN(300)), rows(g, 1+g.IntN(12), 1+g.IntN(150), "sum"), rows(g, 1+g.IntN(12), 1+g.IntN(150), "max"))
	}
	for _, s := range [][3]int{{1, 1, 1}, {64, 64, 16}, {65, 63, 17}, {30, 68, 33}, {1 + g.IntN(130), 1 + g.IntN(130), 1 + g.IntN(40)}} {
		list = append(list, gemm(g, s[0], s[1], s[2]))
	}
	for i, s := range list {
		for _, c := range ways {
			require.NoError(t, s.job.run(s.text, c), "%s\n%+v", s.name, c)
		}
		if i < 5 || i%5 == 0 {
			ptxtest.Accept(t, s.text, 75, 80, 90)
		}
		m, err := ptx.Parse(s.text)
		require.NoError(t, err)
		again, err := ptx.Parse(m.String())
		require.NoError(t, err)
		require.Equal(t, m.String(), again.String())
	}
}

// TestRefused: sizes and chains that are not possible.
func TestRefused(t *testing.T) {
	for _, c := range []struct {
		want string
		err  error
	}{
		{"size 0", second(build.Pointwise("k", 0, nil, nil, 1))},
		{"in groups of 4", second(build.Pointwise("k", 6, []build.Input{{}}, nil, 4))},
		{"in groups of 3", second(build.Pointwise("k", 6, []build.Input{{}}, nil, 3))},
		{"input 0 is", second(build.Pointwise("k", 6, []build.Input{{Size: 2}}, nil, 1))},
		{"step 0 takes value 1", second(build.Pointwise("k", 6, []build.Input{{}}, []build.Step{{Op: build.Relu, Args: []int{1}}}, 1))},
		{"more than 2^31", second(build.Rows("k", 1<<16, 1<<15, build.Sum))},
		{"size -1", second(build.Gemm{M: -1, N: 1, K: 1}.Kernel("k"))},
		{"need 65536 blocks", second(build.Gemm{M: 1 << 22, N: 1, K: 1}.Kernel("k"))},
	} {
		require.ErrorContains(t, c.err, c.want)
	}
}

func second(_ *build.Kernel, err error) error { return err }

// TestGemmCosts holds the matrix product to what it needs: each byte of global memory once, and few
// instructions beside the multiplications.
func TestGemmCosts(t *testing.T) {
	g := rand.New(rand.NewPCG(3, 4))
	s := gemm(g, 64, 64, 64)
	d := emu.New(emu.Config{NoRaces: true})
	m, err := d.Load(s.text)
	require.NoError(t, err)
	k, err := m.Kernel("k")
	require.NoError(t, err)
	var params []byte
	for range 3 {
		p, err := d.Alloc(4 * 64 * 64)
		require.NoError(t, err)
		require.NoError(t, d.Write(p, make([]byte, 4*64*64)))
		for i := range 8 {
			params = append(params, byte(p>>(8*i)))
		}
	}
	require.NoError(t, d.Launch(k, s.job.grid, s.job.block, 0, params))
	st := d.Stats()
	perFMA := float64(st.LaneInsts) / (64 * 64 * 64)
	t.Logf("%.2f instructions an fma, %d sectors, %.2f passes an access, about %d registers", perFMA,
		st.Sectors, float64(st.BankPasses)/float64(st.BankRequests), k.Registers())
	require.Less(t, perFMA, 1.75)
	require.Equal(t, uint64(3*4*64*64/32), st.Sectors) // each byte once
	require.LessOrEqual(t, k.Registers(), 64)
}
