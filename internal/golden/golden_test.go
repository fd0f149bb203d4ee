// SPDX-License-Identifier: MIT

package golden

import (
	"fmt"
	"math"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// fatal is a test that only notes how it ended.
type fatal struct {
	testing.TB
	text string
}

func (f *fatal) Helper() {}
func (f *fatal) Fatalf(format string, args ...any) {
	f.text = fmt.Sprintf(format, args...)
	panic(f)
}

func fatalText(run func(t testing.TB)) (text string) {
	f := &fatal{}
	defer func() {
		if recover() != nil {
			text = f.text
		}
	}()
	run(f)
	return ""
}

func TestLoad(t *testing.T) {
	f := Load(t, "ops")
	assert.Same(t, f, Load(t, "ops"))
	assert.Equal(t, "a + b | a (3,1) grad, b (1,4) grad", f.Note("add_outer"))
	assert.Empty(t, f.Note("no such case"))
	assert.Equal(t, []string{"add_outer/f64/grad0", "add_outer/f64/grad1"}, f.Keys("add_outer/f64/grad"))
	assert.Greater(t, len(f.Names()), 700)
	assert.True(t, f.Has("add/f32/out"))
	assert.False(t, f.Has("add/f32"))

	a, b := f.Get(t, "add_outer/f64/in0"), f.Get(t, "add_outer/f64/in1")
	got := f.Get(t, "add_outer/f64/out")
	assert.Equal(t, []int{3, 4}, got.Shape)
	for i, v := range got.Float64s(t) {
		assert.Equal(t, a.Float64s(t)[i/4]+b.Float64s(t)[i%4], v)
	}
	assert.Equal(t, a.Float64s(t), f.Get(t, "add_outer/f32/in0").Float64s(t))
	for i, v := range f.Get(t, "add_outer/f32/in0").Float32s(t) {
		assert.Equal(t, a.Float64s(t)[i], float64(v))
	}
	assert.Equal(t, []int64{2, 0, 2}, f.Get(t, "index_select_0/f32/in1").Int64s(t))
	assert.Equal(t, []bool{false, true, false}, f.Get(t, "eq_special/f32/out").Bools(t)[7:10]) // inf with NaN, inf, -inf
}

func TestFatal(t *testing.T) {
	f := Load(t, "ops")
	x := f.Get(t, "add_number/f32/in0")
	for _, c := range []struct {
		run  func(t testing.TB)
		want string
	}{
		{func(t testing.TB) { Load(t, "opps") }, "golden: open testdata/opps.safetensors: file does not exist"},
		{func(t testing.TB) { f.Get(t, "sum_scalar/f32/oot") }, `golden: ops has no tensor "sum_scalar/f32/oot"; under "sum_scalar/f32/" it has ` +
			"[sum_scalar/f32/grad0 sum_scalar/f32/in0 sum_scalar/f32/out sum_scalar/f32/seed]"},
		{func(t testing.TB) { x.Int64s(t) }, "golden: add_number/f32/in0 has dtype F32, not I64"},
		{func(t testing.TB) { x.Bools(t) }, "golden: add_number/f32/in0 has dtype F32, not BOOL"},
		{func(t testing.TB) { f.Get(t, "add/f64/in0").Float32s(t) }, "golden: add/f64/in0 has dtype F64, not F32"},
		{func(t testing.TB) { f.Get(t, "one_hot/f64/in0").Float64s(t) }, "golden: one_hot/f64/in0 has dtype I64, not F64"},
	} {
		assert.Equal(t, c.want, fatalText(c.run))
	}
}

// Every case must be complete: what gen.py promises is what table tests rely on.
func TestOpsLayout(t *testing.T) {
	f := Load(t, "ops")
	input := regexp.MustCompile(`[a-e] \(([0-9,]*)\)( int| bool)?( grad)?`)
	for _, name := range f.Names() {
		note := f.Note(name)
		require.NotEmpty(t, note, name)
		_, list, ok := strings.Cut(note, " | ")
		require.True(t, ok, name)
		inputs := input.FindAllStringSubmatch(list, -1)
		require.NotEmpty(t, inputs, name)
		for _, dt := range []string{"f32", "f64"} {
			key := name + "/" + dt + "/"
			out := f.Get(t, key+"out")
			float := out.DType == strings.ToUpper(dt)
			for i, in := range inputs {
				x := f.Get(t, fmt.Sprint(key, "in", i))
				assert.Equal(t, in[1], strings.Trim(strings.ReplaceAll(fmt.Sprint(x.Shape), " ", ","), "[]"), name)
				dtype := map[string]string{"": strings.ToUpper(dt), " int": "I64", " bool": "BOOL"}[in[2]]
				assert.Equal(t, dtype, x.DType, name)
				grad := fmt.Sprint(key, "grad", i)
				if require.Equal(t, in[3] != "" && float, f.Has(grad), grad); f.Has(grad) {
					assert.Equal(t, x.Shape, f.Get(t, grad).Shape, grad)
					assert.Equal(t, x.DType, f.Get(t, grad).DType, grad)
					assert.Equal(t, out.Shape, f.Get(t, key+"seed").Shape, name)
				}
			}
			assert.False(t, f.Has(fmt.Sprint(key, "in", len(inputs))), name)
		}
	}
}

// The first steps of the plain optimizers by hand: gradients and parameters of
// one file belong together.
func TestOptimLayout(t *testing.T) {
	f := Load(t, "optim")
	p, g := f.Get(t, "init/f64/p0").Float64s(t), f.Get(t, "grads/f64/p0").Float64s(t)
	require.Len(t, p, 12)
	require.Len(t, g, 1200)
	plain, maximize := f.Get(t, "sgd/f64/step1/p0").Float64s(t), f.Get(t, "sgd_maximize/f64/step1/p0").Float64s(t)
	for i := range p {
		// One rounding in a product and one in a sum of numbers below 2.
		assert.InDelta(t, p[i]-0.1*g[i], plain[i], 1e-15)
		assert.InDelta(t, p[i]+0.1*g[i], maximize[i], 1e-15)
	}
	for _, name := range f.Names() {
		if name == "init" || name == "grads" {
			continue
		}
		require.NotEmpty(t, f.Note(name), name)
		for _, dt := range []string{"f32", "f64"} {
			for _, step := range []int{1, 10, 100} {
				assert.Equal(t, []int{3, 4}, f.Get(t, fmt.Sprintf("%s/%s/step%d/p0", name, dt, step)).Shape)
				assert.Equal(t, []int{5}, f.Get(t, fmt.Sprintf("%s/%s/step%d/p1", name, dt, step)).Shape)
			}
		}
	}
}

func TestSchedLayout(t *testing.T) {
	f := Load(t, "sched")
	for _, name := range f.Names() {
		assert.Len(t, f.Get(t, name).Float64s(t), 60, name)
	}
	got := f.Get(t, "exponential").Float64s(t)
	for epoch := range got {
		// torch multiplies 59 times: 59 roundings of at most 1.1e-16 each.
		assert.InEpsilon(t, 0.1*math.Pow(0.93, float64(epoch)), got[epoch], 1e-14)
	}
}

func TestNetsLayout(t *testing.T) {
	f := Load(t, "nets")
	assert.Equal(t, []string{"conv", "linear", "logistic", "mlp", "norm_mlp", "residual"}, f.Names())
	for _, name := range f.Names() {
		for _, dt := range []string{"f32", "f64"} {
			assert.Equal(t, []int{20}, f.Get(t, name+"/"+dt+"/losses").Shape)
			for _, key := range f.Keys(name + "/init/") {
				final := f.Get(t, name+"/"+dt+"/final/"+strings.TrimPrefix(key, name+"/init/"))
				assert.Equal(t, f.Get(t, key).Shape, final.Shape, key)
			}
		}
		assert.Equal(t, 20, f.Get(t, name+"/x").Shape[0])
		assert.Equal(t, 20, f.Get(t, name+"/y").Shape[0])
	}

	// The first loss of the linear net by hand.
	x, y := f.Get(t, "linear/x").Float64s(t), f.Get(t, "linear/y").Float64s(t)
	w, b := f.Get(t, "linear/init/weight").Float64s(t), f.Get(t, "linear/init/bias").Float64s(t)
	want := 0.0
	for i := range 8 {
		d := b[0] - y[i]
		for j := range 3 {
			d += w[j] * x[3*i+j]
		}
		want += d * d / 8
	}
	assert.InEpsilon(t, want, f.Get(t, "linear/f64/losses").Float64s(t)[0], 1e-14) // 8 terms of 5 roundings
}
