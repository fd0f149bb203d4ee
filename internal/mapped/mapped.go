// SPDX-License-Identifier: MIT

// Package mapped makes parts of a file memory.
package mapped

// Align is what the offset of a region must be a multiple of on every system.
const Align = 64 << 10
