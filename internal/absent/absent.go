// SPDX-License-Identifier: MIT

// Package absent detects nil pointers in interfaces.
package absent

import "reflect"

// Is reports whether x is nil, or a nil pointer or function in an interface.
func Is(x any) bool {
	if x == nil {
		return true
	}
	switch v := reflect.ValueOf(x); v.Kind() {
	case reflect.Pointer, reflect.Func:
		return v.IsNil()
	}
	return false
}
