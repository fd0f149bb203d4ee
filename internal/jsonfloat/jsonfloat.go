// SPDX-License-Identifier: MIT

// Package jsonfloat is encoding/json for values with NaN and infinities, which JSON has no
// numbers for: they are the strings "NaN", "+Inf" and "-Inf", and are read back. All other
// numbers come back with the same bits.
package jsonfloat

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
)

// Marshal is json.Marshal.
func Marshal(v any) ([]byte, error) { return json.Marshal(Value(v)) }

// Value returns what encoding/json makes of it what Marshal makes of v.
func Value(v any) any {
	from := reflect.ValueOf(v)
	if !from.IsValid() {
		return nil
	}
	to := reflect.New(twin(from.Type())).Elem()
	move(to, from)
	return to.Interface()
}

// Unmarshal is json.Unmarshal. A value of another interface type than any is as there.
func Unmarshal(b []byte, v any) error {
	to := reflect.ValueOf(v)
	if to.Kind() != reflect.Pointer || to.IsNil() {
		return json.Unmarshal(b, v) // which knows the error
	}
	from := reflect.New(twin(to.Type().Elem()))
	move(from.Elem(), to.Elem()) // what the text does not name stays
	if err := json.Unmarshal(b, from.Interface()); err != nil {
		return err
	}
	move(to.Elem(), from.Elem())
	return nil
}

// number is a float64 that can be written.
type number float64

// MarshalJSON writes a number, or the name of what is none.
func (n number) MarshalJSON() ([]byte, error) {
	if v := float64(n); math.IsNaN(v) || math.IsInf(v, 0) {
		return strconv.AppendQuote(nil, strconv.FormatFloat(v, 'g', -1, 64)), nil
	}
	return json.Marshal(float64(n))
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (n *number) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) != nil {
		return json.Unmarshal(b, (*float64)(n))
	}
	switch s {
	case "NaN", "+Inf", "-Inf", "Inf":
		v, err := strconv.ParseFloat(s, 64)
		*n = number(v)
		return err
	}
	return fmt.Errorf("%q is not a number", s)
}

// number32 is number in single precision: fewer digits.
type number32 float32

// MarshalJSON writes as number does.
func (n number32) MarshalJSON() ([]byte, error) {
	if n-n != 0 {
		return number(n).MarshalJSON()
	}
	return json.Marshal(float32(n))
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (n *number32) UnmarshalJSON(b []byte) error {
	var v number
	err := v.UnmarshalJSON(b)
	*n = number32(v)
	return err
}

var (
	marshaler   = reflect.TypeFor[json.Marshaler]()
	unmarshaler = reflect.TypeFor[json.Unmarshaler]()
)

// twin returns t with numbers in the place of floats. A type stays that has its own way,
// and so does one within itself.
func twin(t reflect.Type, within ...reflect.Type) reflect.Type {
	if t.Implements(marshaler) || reflect.PointerTo(t).Implements(unmarshaler) || slices.Contains(within, t) {
		return t
	}
	within = append(within, t)
	switch t.Kind() {
	case reflect.Float64:
		return reflect.TypeFor[number]()
	case reflect.Float32:
		return reflect.TypeFor[number32]()
	case reflect.Pointer:
		return reflect.PointerTo(twin(t.Elem(), within...))
	case reflect.Slice:
		return reflect.SliceOf(twin(t.Elem(), within...))
	case reflect.Array:
		return reflect.ArrayOf(t.Len(), twin(t.Elem(), within...))
	case reflect.Map:
		return reflect.MapOf(t.Key(), twin(t.Elem(), within...))
	case reflect.Struct:
		var fields []reflect.StructField
		for f := range t.Fields() {
			if f.IsExported() {
				fields = append(fields, reflect.StructField{Name: f.Name, Type: twin(f.Type, within...), Tag: f.Tag, Anonymous: f.Anonymous})
			}
		}
		return reflect.StructOf(fields)
	}
	return t
}

// move sets to, whose type is from's twin or the other way about.
func move(to, from reflect.Value) {
	if from.Type() == to.Type() && from.Kind() != reflect.Interface {
		to.Set(from)
		return
	}
	switch from.Kind() {
	case reflect.Interface:
		if !from.IsNil() && from.NumMethod() == 0 {
			to.Set(reflect.ValueOf(Value(from.Interface())))
			return
		}
		to.Set(from)
	case reflect.Pointer:
		if !from.IsNil() {
			to.Set(reflect.New(to.Type().Elem()))
			move(to.Elem(), from.Elem())
		}
	case reflect.Slice:
		if !from.IsNil() {
			to.Set(reflect.MakeSlice(to.Type(), from.Len(), from.Len()))
			for i := range from.Len() {
				move(to.Index(i), from.Index(i))
			}
		}
	case reflect.Array:
		for i := range from.Len() {
			move(to.Index(i), from.Index(i))
		}
	case reflect.Map:
		if !from.IsNil() {
			to.Set(reflect.MakeMapWithSize(to.Type(), from.Len()))
			for k, v := range from.Seq2() {
				x := reflect.New(to.Type().Elem()).Elem()
				move(x, v)
				to.SetMapIndex(k, x)
			}
		}
	case reflect.Struct:
		for f := range from.Type().Fields() {
			if f.IsExported() {
				move(to.FieldByName(f.Name), from.FieldByIndex(f.Index))
			}
		}
	default:
		to.Set(from.Convert(to.Type()))
	}
}
