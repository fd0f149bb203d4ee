// SPDX-License-Identifier: MIT

//go:build !cuda

package stheno

// cudaDevices returns the number of GPUs that this program can use: none without the tag cuda.
func cudaDevices() int { return 0 }
