// SPDX-License-Identifier: MIT

//go:build 386 || arm || mips || mipsle || wasm

package shape

import "math"

// most is the largest number of elements: 1 GiB of float64, whose bytes an int of 32 bits
// counts and memory of 4 GiB can hold.
const most = math.MaxInt32 >> 4
