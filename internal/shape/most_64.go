// SPDX-License-Identifier: MIT

//go:build !(386 || arm || mips || mipsle || wasm)

package shape

import "math"

// most is the largest number of elements: what Go can be asked to allocate, in float64.
const most = math.MaxInt >> 19
