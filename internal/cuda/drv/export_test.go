// SPDX-License-Identifier: MIT

//go:build (linux || windows) && (amd64 || arm64) && !purego && !android

package drv

// Bind makes a driver of functions that lookup finds.
func Bind(lookup func(symbol string) (uintptr, error)) (Driver, error) { return bind("test", lookup) }

// Symbols are the names that Bind looks up.
var Symbols = symbols
