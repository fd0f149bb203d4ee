// SPDX-License-Identifier: MIT

//go:build race

package kernels

func raceEnabled() bool { return true }
