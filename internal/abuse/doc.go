// SPDX-License-Identifier: MIT

// Package abuse calls every exported function and method of the public packages with invalid
// arguments. Its test expects errors, and neither panics nor hangs.
package abuse

//go:generate go run ./gen -out table_test.go
