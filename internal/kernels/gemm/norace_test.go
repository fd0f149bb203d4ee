// SPDX-License-Identifier: MIT

//go:build !race

package gemm

func raceEnabled() bool { return false }
