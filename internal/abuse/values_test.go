// SPDX-License-Identifier: MIT

package abuse

import (
	"bytes"
	"context"
	"errors"
	"image"
	"math"
	"math/rand/v2"
	"reflect"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/layers"
)

// values makes arguments.
type values struct {
	r *rand.Rand
}

var (
	variable  = reflect.TypeFor[*stheno.Variable]()
	tensor    = reflect.TypeFor[*stheno.Tensor]()
	contextOf = reflect.TypeFor[context.Context]()
	errorOf   = reflect.TypeFor[error]()
)

// list returns arguments of type t: the first is a harmless one if there is any, the
// second, of what can be nil, is nil.
func (v *values) list(t reflect.Type, depth int) []reflect.Value {
	var list []reflect.Value
	add := func(x any) {
		if x == nil {
			list = append(list, reflect.Zero(t))
			return
		}
		list = append(list, reflect.ValueOf(x).Convert(t))
	}
	switch t {
	case variable:
		add(stheno.Ones(2, 3).WithGrad())
		add(nil)
		for _, x := range []*stheno.Variable{new(stheno.Variable), stheno.Failed("abuse", stheno.ErrValue, "on purpose"), stheno.Scalar(float32(math.NaN())),
			stheno.Ones(1, 2, 4, 4).WithGrad(), stheno.New([]int64{0, -1, 1 << 62}), stheno.Zeros(0, 3), stheno.Ones(3).Mul(2), stheno.New([]float64{math.Inf(1), 1}),
			stheno.New([]bool{true, false, true, true, false, true}, 2, 3), stheno.New([]uint8{255, 0}), stheno.Ones(1, 1, 1, 1, 1, 1)} {
			add(x)
		}
		return list
	case tensor:
		add(stheno.TensorOf([]float32{1, 2, 3, 4, 5, 6}, 2, 3))
		add(nil)
		for _, x := range []*stheno.Tensor{new(stheno.Tensor), stheno.TensorOf([]float32{1}, 2), stheno.TensorOf([]int64{1}), stheno.ScalarOf(math.NaN()), stheno.NewTensor(stheno.Float64, 0, 2)} {
			add(x)
		}
		return list
	case contextOf:
		add(context.Background())
		add(nil)
		done, cancel := context.WithCancel(context.Background())
		cancel()
		add(done)
		return list
	case errorOf:
		add(errors.New("an error"))
		add(nil)
		return list
	}
	switch t.Kind() {
	case reflect.Bool:
		add(true)
		add(false)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		for _, n := range []int64{2, 0, 1, 3, -1, -2, 1<<31 - 1, 1 << 31, -1 << 31, 1 << 32, 1<<32 + 2, 1 << 62, math.MaxInt64, math.MinInt64} {
			x := reflect.New(t).Elem()
			x.SetInt(n) // cut to t's size
			list = append(list, x)
		}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		for _, n := range []uint64{1, 0, 7, 255, 1 << 31, 1 << 63, math.MaxUint64} {
			x := reflect.New(t).Elem()
			x.SetUint(n)
			list = append(list, x)
		}
	case reflect.Float32, reflect.Float64:
		for _, n := range []float64{0.5, 0, 1, -1, 2, math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64, math.SmallestNonzeroFloat64, 1e19} {
			add(n)
		}
	case reflect.String:
		for _, s := range []string{"a", "", "b.safetensors", "missing/c.pth", "resnet8_cifar", "\x00", "\xff\x1b[2J", string(bytes.Repeat([]byte{'x'}, 5000))} {
			add(s)
		}
	case reflect.Func:
		list = append(list, reflect.MakeFunc(t, func([]reflect.Value) []reflect.Value {
			out := make([]reflect.Value, t.NumOut())
			for i := range out {
				out[i] = reflect.Zero(t.Out(i))
			}
			return out
		}))
		add(nil)
	case reflect.Interface:
		list = v.implementations(t, depth)
	case reflect.Pointer:
		if depth > 0 {
			for _, x := range v.some(v.list(t.Elem(), depth-1), 2) {
				p := reflect.New(t.Elem())
				p.Elem().Set(x)
				list = append(list, p)
			}
		}
		add(nil)
		list = append(list, reflect.New(t.Elem()))
	case reflect.Slice:
		var elements []reflect.Value
		if depth > 0 {
			elements = v.list(t.Elem(), depth-1)
			one := reflect.MakeSlice(t, 0, 3)
			for range 3 {
				one = reflect.Append(one, elements[0])
			}
			list = append(list, one)
		}
		add(nil)
		list = append(list, reflect.MakeSlice(t, 0, 0), reflect.MakeSlice(t, 1, 1))
		for range min(len(elements), 4) {
			many := reflect.MakeSlice(t, 0, 4)
			for range 1 + v.r.IntN(4) {
				many = reflect.Append(many, elements[v.r.IntN(len(elements))])
			}
			list = append(list, many)
		}
		if t.Elem().Kind() == reflect.Int { // sizes
			for _, n := range [][]int{{math.MaxInt32, math.MaxInt32}, {math.MaxInt/2 + 1, 4}, {math.MaxInt}, {-1, -1}, {0, math.MaxInt}, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}} {
				list = append(list, reflect.ValueOf(n).Convert(t))
			}
		}
	case reflect.Array:
		list = append(list, reflect.Zero(t))
		if depth > 0 {
			elements := v.list(t.Elem(), depth-1)
			for range 4 {
				x := reflect.New(t).Elem()
				for i := range t.Len() {
					x.Index(i).Set(elements[v.r.IntN(len(elements))])
				}
				list = append(list, x)
			}
		}
	case reflect.Map:
		list = append(list, reflect.MakeMap(t))
		add(nil)
	case reflect.Struct:
		list = append(list, reflect.Zero(t))
		for range 4 {
			if depth <= 0 {
				break
			}
			x := reflect.New(t).Elem()
			for i := range t.NumField() {
				if !t.Field(i).IsExported() || v.r.IntN(2) == 0 {
					continue
				}
				if all := v.list(t.Field(i).Type, depth-1); len(all) > 0 {
					x.Field(i).Set(all[v.r.IntN(len(all))])
				}
			}
			list = append(list, x)
		}
	default:
		list = append(list, reflect.Zero(t))
	}
	return list
}

// some returns at most n of list, the first among them.
func (v *values) some(list []reflect.Value, n int) []reflect.Value {
	if len(list) <= n {
		return list
	}
	some := list[:1:1]
	for len(some) < n {
		some = append(some, list[v.r.IntN(len(list))])
	}
	return some
}

// implementations returns nil, typed nils and values of the types that implement t.
func (v *values) implementations(t reflect.Type, depth int) []reflect.Value {
	var list []reflect.Value
	for _, x := range []any{layers.NewLinear(3, 2), &bytes.Buffer{}, image.NewRGBA(image.Rect(0, 0, 2, 2)), stheno.Float64, 3, "text"} {
		if reflect.TypeOf(x).Implements(t) {
			list = append(list, reflect.ValueOf(x))
		}
	}
	list = append(list, reflect.Zero(t))
	if t.NumMethod() == 0 {
		for _, x := range []any{math.NaN(), []float32{1}, [][]float64{{1}, {2, 3}}, (*stheno.Variable)(nil), (*layers.Linear)(nil), struct{ A any }{}, map[string]int{}, new(int), stheno.Ones(2)} {
			list = append(list, reflect.ValueOf(x))
		}
		return list
	}
	for _, of := range types {
		if of.Kind() == reflect.Interface {
			continue
		}
		for _, of := range []reflect.Type{of, reflect.PointerTo(of)} {
			if !of.Implements(t) {
				continue
			}
			list = append(list, reflect.Zero(of))
			if of.Kind() == reflect.Pointer {
				list = append(list, reflect.New(of.Elem()))
			} else if depth > 0 {
				list = append(list, v.some(v.list(of, depth-1), 2)...)
			}
		}
	}
	for _, f := range functions { // options are of types that are not exported
		if of := reflect.TypeOf(f); of.NumOut() == 1 && !of.IsVariadic() && of.Out(0).Implements(t) && of.Out(0).PkgPath() != "" && depth > 0 {
			in := make([]reflect.Value, of.NumIn())
			for i := range in {
				all := v.list(of.In(i), depth-1)
				in[i] = all[v.r.IntN(len(all))]
			}
			list = append(list, guarded(func() []reflect.Value { return reflect.ValueOf(f).Call(in) })...)
		}
	}
	return list
}

// guarded calls f and returns nothing if it panics: that is another call's fault to find.
func guarded(f func() []reflect.Value) (out []reflect.Value) {
	defer func() {
		if recover() != nil {
			out = nil
		}
	}()
	return f()
}
