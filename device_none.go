// SPDX-License-Identifier: MIT

//go:build !cuda

package stheno

// cudaDevices returns 0: the program was built without the tag cuda.
func cudaDevices() int { return 0 }
