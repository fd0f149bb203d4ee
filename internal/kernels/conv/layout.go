// SPDX-License-Identifier: MIT

package conv

import (
	"github.com/stheno-go/stheno/internal/kernels/gemm"
	"github.com/stheno-go/stheno/internal/kernels/par"
)

// The blocked layout of a float32 tensor (N,C,H,W) is [N][ceil(C/16)][H][W][16]: 16
// channels of a pixel lie side by side and fill a vector. The channels that fill up
// the last block hold zeros. There is no border, so loops over elements and over pixels
// run on it as on any other tensor.

// Block is the number of channels that lie side by side in the blocked layout.
const Block = 16

// Blocks returns the number of blocks of c channels.
func Blocks(c int) int { return (c + Block - 1) / Block }

// BlockedSize returns the number of elements of a blocked (n,c,h,w).
func BlockedSize(n, c, h, w int) int { return n * Blocks(c) * Block * h * w }

// ToBlocked is
//
//	for i, j, p, k := range n, Blocks(c), h*w, Block {
//		dst[((i*Blocks(c)+j)*h*w+p)*Block+k] = src[(i*c+j*Block+k)*h*w+p], 0 beyond c
//	}
func ToBlocked(dst, src []float32, n, c, h, w int) {
	dst, src = dst[:BlockedSize(n, c, h, w)], src[:n*c*h*w]
	size := h * w
	par.Parallel(n*Blocks(c), int64(len(dst)), func(i int) {
		from, used := i/Blocks(c)*c+i%Blocks(c)*Block, min(Block, c-i%Blocks(c)*Block)
		gemm.PackColumns(dst[i*size*Block:(i+1)*size*Block], src[from*size:], size, size, Block, used)
	})
}

// FromBlocked undoes [ToBlocked]: it leaves the filling channels out.
func FromBlocked(dst, src []float32, n, c, h, w int) {
	dst, src = dst[:n*c*h*w], src[:BlockedSize(n, c, h, w)]
	size := h * w
	par.Parallel(n*Blocks(c), int64(len(src)), func(i int) {
		from, used := i/Blocks(c)*c+i%Blocks(c)*Block, min(Block, c-i%Blocks(c)*Block)
		gemm.PackColumns(dst[from*size:(from+used)*size], src[i*size*Block:(i+1)*size*Block], Block, used, size, size)
	})
}
