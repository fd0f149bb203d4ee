// SPDX-License-Identifier: MIT

//go:build !amd64 || purego

package jpeg

func detect() []*implementation { return nil }
