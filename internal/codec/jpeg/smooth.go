// SPDX-License-Identifier: MIT

package jpeg

// A progressive file that ends early knows some coefficients not at all, or not to the
// last bit. libjpeg-turbo then estimates the first of them from the means of the 24 blocks
// around ("block smoothing"), and so does this.

// smoothed are the coefficients, in zigzag order, that can be estimated, the mean included.
const smoothed = 10

// unknown says that nothing was read of a coefficient.
const unknown = -1

// window has weights of the means of 5x5 blocks, in 1/256.
type window [25]int

func (w window) transposed() (t window) {
	for i, v := range w {
		t[i%5*5+i/5] = v
	}
	return t
}

// meansOnly are the weights for a block of which nothing but the mean is known, which then
// changes too; someKnown those where there is more.
var (
	meansOnly = windows(window{
		-2, -6, -8, -6, -2,
		-6, 6, 42, 6, -6,
		-8, 42, 152, 42, -8,
		-6, 6, 42, 6, -6,
		-2, -6, -8, -6, -2,
	}, window{
		-1, -1, 0, 1, 1,
		-3, 13, 0, -13, 3,
		-3, 38, 0, -38, 3,
		-3, 13, 0, -13, 3,
		-1, -1, 0, 1, 1,
	}, window{
		0, 0, 1, 0, 0,
		0, 2, 7, 2, 0,
		0, -5, -14, -5, 0,
		0, 2, 7, 2, 0,
		0, 0, 1, 0, 0,
	}, window{
		-1, 0, 0, 0, 1,
		0, 9, 0, -9, 0,
		0, 0, 0, 0, 0,
		0, -9, 0, 9, 0,
		1, 0, 0, 0, -1,
	}, window{
		0, 0, 0, 0, 0,
		0, 1, 0, -1, 0,
		0, 2, 0, -2, 0,
		0, 1, 0, -1, 0,
		0, 0, 0, 0, 0,
	}, window{
		0, 0, 0, 0, 0,
		0, 1, -3, 1, 0,
		0, 0, 0, 0, 0,
		0, -1, 3, -1, 0,
		0, 0, 0, 0, 0,
	})
	someKnown = windows(window{}, window{
		10: -7, 50, 0, -50, 7,
	}, window{
		2: -1, 7: 13, 12: -24, 17: 13, 22: -1,
	}, window{
		0, -1, 0, 1, 0,
		-1, 10, 0, -10, 1,
		0, 0, 0, 0, 0,
		1, -10, 0, 10, -1,
		0, 1, 0, -1, 0,
	}, window{}, window{})
)

// windows puts them in zigzag order; 01 and 10, 20 and 02, ... mirror each other.
func windows(mean, c01, c20, c11, c03, c12 window) [smoothed]window {
	return [smoothed]window{mean, c01, c01.transposed(), c20, c11, c20.transposed(), c03, c12, c12.transposed(), c03.transposed()}
}

// progress notes what a scan makes known of a component.
func (c *component) progress(s *scan, first bool) {
	from, to := min(s.ss, 1), max(s.se, smoothed-1)
	for k := from; k <= to && k < smoothed; k++ {
		c.before[k] = 0
		if !first {
			c.before[k] = c.known[k]
		}
	}
	for k := s.ss; k <= s.se && k < smoothed; k++ {
		c.known[k] = int8(s.al)
	}
}

// incomplete reports whether estimates are needed and possible.
func (d *decoder) incomplete() bool {
	useful := false
	for _, c := range d.components {
		for _, q := range c.quant[:smoothed] {
			if q == 0 {
				return false
			}
		}
		if c.known[0] < 0 {
			return false
		}
		for _, al := range c.known[1:] {
			useful = useful || al != 0
		}
	}
	return useful
}

// smooth estimates coefficients of a block, in zigzag order.
func (d *decoder) smooth(block *[64]int16, c *component, bx, by int) {
	known := &c.known
	if by/c.v > d.lastGood {
		// The last scan did not come as far.
		if known = &c.before; d.scans < 2 {
			known = &allUnknown
		}
	}
	windows, end, only := &someKnown, 6, true
	for _, al := range known[1:] {
		only = only && al == unknown
	}
	if only {
		windows, end = &meansOnly, smoothed
	}
	means := c.meansAround(bx, by, d.mcusY)
	mean := int(c.quant[0])
	for k := end - 1; k >= 0; k-- {
		al := int(known[k])
		if k > 0 && (al == 0 || block[k] != 0) || k == 0 && !only {
			continue
		}
		sum := 0
		for i, w := range windows[k] {
			sum += w * means[i]
		}
		q := int(c.quant[k])
		v := (q<<7 + max(sum*mean, -sum*mean)) / (q << 8)
		if k > 0 && al > 0 {
			v = min(v, 1<<al-1)
		}
		if sum < 0 {
			v = -v
		}
		block[k] = int16(v)
	}
}

var allUnknown = [smoothed]int8{unknown, unknown, unknown, unknown, unknown, unknown, unknown, unknown, unknown, unknown}

// meansAround returns the means of 5x5 blocks; outside the component the nearest counts.
// The last row of MCUs may be lower; libjpeg then counts its rows, and those before, as if
// all were.
func (c *component) meansAround(bx, by, mcusY int) (means [25]int) {
	rows := c.v // in this row of MCUs
	if by/c.v == mcusY-1 {
		if n := ceilDiv(c.height, 8) % c.v; n > 0 {
			rows = n
		}
	}
	at, all := by/c.v*rows+by%c.v, rows*mcusY
	var y [5]int
	y[2] = by
	y[1], y[3] = by, by
	if at > 0 {
		y[1] = by - 1
	}
	if y[0] = y[1]; at > 1 {
		y[0] = by - 2
	}
	if at < all-1 {
		y[3] = by + 1
	}
	if y[4] = y[3]; at < all-2 {
		y[4] = by + 2
	}
	last := ceilDiv(c.width, 8) - 1
	for i := range means {
		x := min(max(bx+i%5-2, 0), last)
		means[i] = int(c.coefficients[64*(min(max(y[i/5], 0), c.blocksY-1)*c.blocksX+x)])
	}
	return means
}

// Complete reports whether all scans of a progressive file are there, to the last bit. If
// not, what libjpeg-turbo makes of it depends on its version.
func Complete(data []byte) bool {
	d := decoders.Get().(*decoder)
	defer d.release()
	d.data = data
	if d.readFrame() != nil {
		return false
	}
	if !d.progressive {
		return true
	}
	for {
		marker, err := d.next()
		switch {
		case err != nil:
			return false
		case marker == eoi:
			return d.unscanned() == nil && !d.incomplete()
		case marker != sos:
			err = d.readSegment(marker)
		default:
			var header []byte
			if header, err = d.segment(sos); err == nil {
				d.scans++
				err = d.readScanHeader(&d.scan, header)
			}
		}
		if err != nil {
			return false
		}
	}
}
