// SPDX-License-Identifier: MIT

package jpeg

import (
	"errors"
	"fmt"
	"slices"
)

// scan is a pass over the blocks of some components.
type scan struct {
	components []*component
	array      [4]*component
	mcusX      int
	mcusY      int
	// Of progressive files: coefficients ss to se, bits ah before, al after.
	ss, se, ah, al int
}

// readScans reads the rest of the file after the frame header.
func (d *decoder) readScans() error {
	for {
		marker, err := d.next()
		if d.whole && errors.Is(err, errTruncated) {
			return nil // there is all that libjpeg needs
		}
		if err != nil {
			return err
		}
		switch {
		case marker == eoi:
			if c := d.unscanned(); c != nil {
				return fmt.Errorf("component %d has no scan", c.id)
			}
			return nil
		case marker == sos:
			if !d.progressive && d.unscanned() == nil {
				if _, err := d.segment(sos); err == nil {
					return errors.New("a scan behind the last")
				}
				return nil
			}
			err = d.readScan()
		default:
			err = d.readSegment(marker)
			if d.whole && errors.Is(err, errTruncated) {
				return nil
			}
		}
		if err != nil {
			return err
		}
	}
}

func (d *decoder) unscanned() *component {
	for _, c := range d.components {
		if !c.scanned {
			return c
		}
	}
	return nil
}

func (d *decoder) readScan() error {
	if d.scans++; d.scans > maxScans {
		return fmt.Errorf("more than %d scans", maxScans)
	}
	header, err := d.segment(sos)
	if err != nil {
		return err
	}
	s := &d.scan
	if err := d.readScanHeader(s, header); err != nil {
		return err
	}
	if len(s.components) == 1 {
		c := s.components[0]
		s.mcusX, s.mcusY = ceilDiv(c.width, 8), ceilDiv(c.height, 8)
	} else {
		s.mcusX, s.mcusY = d.mcusX, d.mcusY
	}
	if d.progressive {
		return d.progressiveScan(s)
	}
	return d.sequentialScan(s)
}

func (d *decoder) readScanHeader(s *scan, b []byte) error {
	if len(b) < 1 || b[0] < 1 || b[0] > 4 || len(b) != 4+2*int(b[0]) {
		return fmt.Errorf("a scan header of %d bytes", len(b))
	}
	n := int(b[0])
	s.components = s.array[:0]
	blocks := 0
	for i := range n {
		id, tables := b[1+2*i], b[2+2*i]
		c := d.find(id, s.components)
		if c == nil {
			return fmt.Errorf("a scan of component %d, which there is not, or twice", id)
		}
		c.dc, c.ac, c.last = d.table(0, tables>>4), d.table(1, tables&15), 0
		if !c.scanned {
			if c.table > 3 || !d.hasQ[c.table] {
				return fmt.Errorf("quantization table %d was not defined", c.table)
			}
			c.quant, c.scanned = d.quant[c.table], true
		}
		s.components = append(s.components, c)
		blocks += c.h * c.v
	}
	if n > 1 && blocks > 10 {
		return fmt.Errorf("%d blocks in an MCU; want at most 10", blocks)
	}
	s.ss, s.se, s.ah, s.al = int(b[1+2*n]), int(b[2+2*n]), int(b[3+2*n]>>4), int(b[3+2*n]&15)
	if !d.progressive {
		for _, c := range s.components {
			d.standard(c.dc)
			d.standard(c.ac)
		}
		return d.prepare(s, true, true)
	}
	bad := s.ss > s.se || s.se > 63 || s.ss == 0 && s.se > 0 || s.ss > 0 && n > 1 || s.ah > 0 && s.al != s.ah-1 || s.al > 13
	if bad {
		return fmt.Errorf("a progressive scan with Ss=%d, Se=%d, Ah=%d, Al=%d of %d components", s.ss, s.se, s.ah, s.al, n)
	}
	for _, c := range s.components {
		c.progress(s, d.scans == 1)
	}
	return d.prepare(s, s.ss == 0 && s.ah == 0, s.ss > 0)
}

// table returns nil for one that there cannot be, which is an error only if it is used.
func (d *decoder) table(class int, index uint8) *huffman {
	if index > 3 {
		return nil
	}
	return &d.huffman[class][index]
}

// find returns the next component of a scan. Some files give all the same number; then
// they follow each other, as libjpeg takes them.
func (d *decoder) find(id uint8, taken []*component) *component {
	for _, c := range d.components[min(len(taken), len(d.components)):] {
		if c.id == id {
			if slices.Contains(taken, c) {
				return nil
			}
			return c
		}
	}
	return nil
}

// prepare makes the Huffman tables of a scan ready.
func (d *decoder) prepare(s *scan, dc, ac bool) error {
	for _, c := range s.components {
		if dc {
			if err := c.dc.prepare(true); err != nil {
				return err
			}
		}
		if ac {
			if err := c.ac.prepare(false); err != nil {
				return err
			}
		}
	}
	return nil
}

var errTable = errors.New("a Huffman table was not defined, or is no prefix code")

// sequentialScan turns the blocks into samples as they come.
func (d *decoder) sequentialScan(s *scan) error {
	b := &d.bits
	b.missing, b.eobRun = false, 0
	b.start(d)
	left, expect := d.restart, uint8(0)
	single := len(s.components) == 1
	segment := 0 // the MCU after the last restart
	for my := range s.mcusY {
		for mx := range s.mcusX {
			if d.restart > 0 {
				if left == 0 {
					d.restartAt(s, expect)
					left, expect = d.restart, (expect+1)&7
					segment = my*s.mcusX + mx
				}
				left--
			}
			for _, c := range s.components {
				if single {
					d.sequentialBlock(c, mx, my)
					continue
				}
				for v := range c.v {
					for h := range c.h {
						d.sequentialBlock(c, mx*c.h+h, my*c.v+v)
					}
				}
			}
			if b.over() {
				if b.eof {
					return errTruncated
				}
				b.missing = true
			}
		}
	}
	if len(s.components) == len(d.components) {
		d.whole = !b.eof || d.wholeWithoutEnd(s, segment)
	}
	return nil
}

func (d *decoder) sequentialBlock(c *component, bx, by int) {
	last := 0
	if d.bits.missing {
		d.block[0] = 0
	} else {
		last = d.bits.readBlock(&d.block, c)
	}
	if c.needs(bx, by) {
		inverseDCT(c.plane[8*(by*c.stride()+bx):], c.stride(), &d.block, last)
	}
	if last > 0 {
		d.block = [64]int16{}
	}
}

// restartAt goes to the next restart marker, or does without, as libjpeg's
// jpeg_resync_to_restart.
func (d *decoder) restartAt(s *scan, expect uint8) {
	for _, c := range s.components {
		c.last = 0
	}
	b := &d.bits
	b.eobRun = 0
	for !b.eof {
		ahead := (b.marker - rst0 - expect) & 7
		switch {
		case b.marker < sof0, // no marker
			b.marker >= rst0 && b.marker <= rst7 && ahead >= 6: // one of before
			d.at += 2
			b.start(d)
			continue
		case b.marker < rst0, b.marker > rst7, // the next scan, or the end
			ahead == 1, ahead == 2: // one of after
			b.empty()
			return
		}
		d.at += 2
		b.missing = false
		b.start(d)
		return
	}
	b.empty()
}
