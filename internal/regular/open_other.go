// SPDX-License-Identifier: MIT

//go:build !unix

package regular

const nonblock = 0
