// SPDX-License-Identifier: MIT

package jpeg

import "fmt"

// component is a plane of the picture: Y, Cb, ...
type component struct {
	id            uint8
	h, v          int // sampling factors
	table         uint8
	width, height int // in samples, without padding
	blocksX       int // of 8x8 samples, padded to whole MCUs
	blocksY       int
	// Blocks whose samples the region needs.
	x0, x1, y0, y1 int

	scanned bool
	quant   [64]uint16 // of the first scan, in zigzag order
	dc, ac  *huffman   // of this scan
	last    int32      // DC value of the block before

	plane        []uint8 // blocksX*8 samples a row
	coefficients []int16 // of a progressive file: 64 a block, in zigzag order
	// The bits of each coefficient that are missing, or unknown, after the last scan and
	// after the one before.
	known, before [smoothed]int8
}

func (c *component) stride() int { return 8 * c.blocksX }

// row is a row of samples; rows outside the picture are its first and last.
func (c *component) row(y int) []uint8 {
	y = min(max(y, 0), c.height-1)
	return c.plane[y*c.stride():][:c.stride()]
}

func (c *component) needs(bx, by int) bool {
	return bx >= c.x0 && bx < c.x1 && by >= c.y0 && by < c.y1
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }

// layOut computes the sizes of the components and gets memory for them.
func (d *decoder) layOut() error {
	for _, c := range d.components {
		if d.hMax%c.h != 0 || d.vMax%c.v != 0 {
			return fmt.Errorf("sampling factors %dx%d beside %dx%d: fractional sampling is not implemented", c.h, c.v, d.hMax, d.vMax)
		}
	}
	d.mcusX, d.mcusY = ceilDiv(d.width, 8*d.hMax), ceilDiv(d.height, 8*d.vMax)
	for _, c := range d.components {
		c.width, c.height = ceilDiv(d.width*c.h, d.hMax), ceilDiv(d.height*c.v, d.vMax)
		c.blocksX, c.blocksY = d.mcusX*c.h, d.mcusY*c.v
		// The filters look at one sample beside.
		fx, fy := d.hMax/c.h, d.vMax/c.v
		c.x0, c.x1 = max(d.region.Min.X/fx-1, 0)/8, min(((d.region.Max.X-1)/fx+1)/8+1, c.blocksX)
		c.y0, c.y1 = max(d.region.Min.Y/fy-1, 0)/8, min(((d.region.Max.Y-1)/fy+1)/8+1, c.blocksY)
		blocks := c.blocksX * c.blocksY
		if cap(c.plane) < 64*blocks {
			c.plane = make([]uint8, 64*blocks)
		}
		c.plane = c.plane[:64*blocks]
		if !d.progressive {
			continue
		}
		if cap(c.coefficients) < 64*blocks {
			c.coefficients = make([]int16, 64*blocks)
			continue
		}
		c.coefficients = c.coefficients[:64*blocks]
		clear(c.coefficients)
	}
	return nil
}

// transformAll turns the coefficients of a progressive file into samples.
func (d *decoder) transformAll() {
	smooth := d.incomplete()
	var block [64]int16
	for _, c := range d.components {
		for by := c.y0; by < c.y1; by++ {
			for bx := c.x0; bx < c.x1; bx++ {
				last := 0
				b := (*[64]int16)(c.coefficients[64*(by*c.blocksX+bx):])
				if smooth {
					block = *b
					b = &block
					d.smooth(b, c, bx, by)
				}
				for k, v := range b {
					if v != 0 {
						d.block[zigzag[k]] = v * int16(c.quant[k])
						last = k
					}
				}
				inverseDCT(c.plane[8*(by*c.stride()+bx):], c.stride(), &d.block, last)
				d.block = [64]int16{}
			}
		}
	}
}
