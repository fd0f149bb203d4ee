// SPDX-License-Identifier: MIT

package planes

import "github.com/stheno-go/stheno/internal/isa"

// implementation is assembly for one instruction set.
type implementation struct {
	// split does n >= width pixels as splitGeneric without mirror, mirror as with it. They
	// read slack bytes behind the last pixel.
	split, mirror func(red, green, blue *float32, src *uint8, n int, k *float32)
}

const (
	width = 8 // pixels that assembly does at once
	slack = 4
)

var (
	family isa.Family // what RGB.Set takes
	pixels = isa.NewTable(&family, nil, assembly)
)
