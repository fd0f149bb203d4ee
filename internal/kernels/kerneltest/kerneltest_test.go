// SPDX-License-Identifier: MIT

package kerneltest

import (
	"fmt"
	"math"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/assert"

	"github.com/stheno-go/stheno/internal/isa"
)

// recorder notes a failure instead of failing; FailNow must end the goroutine's work,
// so it panics.
type recorder struct {
	testing.TB
	failed bool
}

func (r *recorder) Helper()               {}
func (r *recorder) Name() string          { return "recorder" }
func (r *recorder) Errorf(string, ...any) { r.failed = true }
func (r *recorder) FailNow()              { panic(r) }

// fails reports whether f fails its test.
func fails(f func(t testing.TB)) bool {
	r := &recorder{}
	func() {
		defer func() {
			if e := recover(); e != nil && e != any(r) {
				panic(e)
			}
		}()
		f(r)
	}()
	return r.failed
}

func TestGuarded(t *testing.T) {
	for _, offset := range Offsets {
		for _, n := range Sizes[1:] { // a slice of no capacity points elsewhere
			t.Run(fmt.Sprintf("%d at %d", n, offset), func(t *testing.T) {
				data, check := Guarded[float32](n, offset)
				assert.Equal(t, make([]float32, n), data)
				assert.False(t, fails(check))
				first := unsafe.Pointer(unsafe.SliceData(data))
				assert.EqualValues(t, 4*offset%64, uintptr(first)%64)
				for _, at := range []int{-1, n, -100, n + 100} {
					beyond := (*float32)(unsafe.Add(first, 4*at))
					*beyond = 0
					assert.True(t, fails(check), "a write at %d goes unnoticed", at)
					*beyond = Sentinel
				}
			})
		}
	}
}

func TestClose(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	bound := []float64{0.5}
	for _, c := range []struct {
		want, got float64
		fails     bool
	}{
		{1, 1.5, false}, {1, 1.6, true}, {nan, nan, false}, {nan, 1, true}, {1, nan, true},
		{inf, inf, false}, {inf, -inf, true}, {inf, 1, true}, {1, inf, true},
	} {
		got := fails(func(t testing.TB) { Close(t, []float64{c.want}, bound, []float64{c.got}) })
		assert.Equal(t, c.fails, got, "%v %v", c.want, c.got)
	}
	assert.True(t, fails(func(t testing.TB) { Close(t, nil, nil, []float32{1}) }), "lengths")
}

func TestEach(t *testing.T) {
	var family isa.Family
	all := map[isa.Set]*string{}
	for s := isa.NEON; s <= isa.VNNI; s++ {
		name := s.String()
		all[s] = &name
	}
	goCode := isa.Go.String()
	table := isa.NewTable(&family, &goCode, all)
	best := family.Set()
	var run, want []string
	Each(t, &family, func(t *testing.T) { run = append(run, t.Name()+*table.Get()) })
	for _, name := range family.Names() {
		want = append(want, "TestEach/"+name+name)
	}
	assert.Equal(t, want, run)
	assert.Equal(t, best, family.Set())
}
