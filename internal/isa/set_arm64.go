// SPDX-License-Identifier: MIT

//go:build arm64 && !purego

package isa

// has reports whether this processor can run s.
func has(s Set) bool { return s == Go || s == NEON }
