// SPDX-License-Identifier: MIT

package jpeg

// progressiveScan improves the coefficients by one scan.
func (d *decoder) progressiveScan(s *scan) error {
	b := &d.bits
	b.missing, b.eobRun = false, 0
	b.start(d)
	left, expect := d.restart, uint8(0)
	single := len(s.components) == 1
	for my := range s.mcusY {
		for mx := range s.mcusX {
			if !b.missing {
				d.lastGood = my
				if single {
					d.lastGood = my / s.components[0].v
				}
			}
			if d.restart > 0 {
				if left == 0 {
					d.restartAt(s, expect)
					left, expect = d.restart, (expect+1)&7
				}
				left--
			}
			if b.missing {
				continue
			}
			for _, c := range s.components {
				if single {
					d.progressiveBlock(s, c, mx, my)
					continue
				}
				for v := range c.v {
					for h := range c.h {
						d.progressiveBlock(s, c, mx*c.h+h, my*c.v+v)
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
	return nil
}

func (d *decoder) progressiveBlock(s *scan, c *component, bx, by int) {
	block := (*[64]int16)(c.coefficients[64*(by*c.blocksX+bx):])
	b := &d.bits
	switch {
	case s.ss == 0 && s.ah == 0:
		size := b.symbol(c.dc)
		c.last += b.signed(size)
		block[0] = int16(c.last << uint(s.al))
	case s.ss == 0:
		if b.take(1) == 1 {
			block[0] |= 1 << uint(s.al)
		}
	case s.ah == 0:
		b.first(block, s, c.ac)
	default:
		b.refine(block, s, c.ac)
	}
}

// first reads coefficients for the first time, T.81 figure G.3.
func (b *bits) first(block *[64]int16, s *scan, t *huffman) {
	if b.eobRun > 0 {
		b.eobRun--
		return
	}
	for k := s.ss; k <= s.se; k++ {
		var run, size int
		var v int32
		if b.n < 32 {
			b.fill()
		}
		if e := t.look[b.acc>>(64-lookBits)]; e != 0 {
			run, size, v = int(e>>8&15), int(e>>12&15), int32(e)>>16
			b.acc <<= uint(e & 63)
			b.n -= int(e & 63)
		} else {
			symbol := b.symbol(t)
			run, size = symbol>>4, symbol&15
		}
		if size > 0 {
			v = b.signed(size)
		}
		if v == 0 {
			if run < 15 {
				b.eobRun = 1<<uint(run) + b.take(run) - 1
				return
			}
			k += 15
			continue
		}
		k = min(k+run, 63) // a broken file can ask for more
		block[k] = int16(v << uint(s.al))
	}
}

// refine reads one more bit of the coefficients that are not 0 and the first of others,
// T.81 figure G.7.
func (b *bits) refine(block *[64]int16, s *scan, t *huffman) {
	bit := int16(1) << uint(s.al)
	k := s.ss
	if b.eobRun == 0 {
		for ; k <= s.se; k++ {
			symbol := b.symbol(t)
			run, size := symbol>>4, symbol&15
			var v int16
			if size > 0 { // 1, in valid files
				v = -bit
				if b.take(1) == 1 {
					v = bit
				}
			} else if run < 15 {
				b.eobRun = 1<<uint(run) + b.take(run)
				break
			}
			k = b.pass(block, k, s.se, run, bit)
			if v != 0 {
				block[min(k, 63)] = v // a broken file can ask for more
			}
		}
	}
	if b.eobRun > 0 {
		b.pass(block, k, s.se, 64, bit)
		b.eobRun--
	}
}

// pass refines the coefficients from k on that are not 0, and passes run that are; it
// returns the index of the next that is 0, or the one after se.
func (b *bits) pass(block *[64]int16, k, se, run int, bit int16) int {
	for ; k <= se; k++ {
		for run >= 4 && k+3 <= se && block[k]|block[k+1]|block[k+2]|block[k+3] == 0 {
			k += 4
			run -= 4
		}
		if k > se {
			break
		}
		c := block[k]
		if c == 0 {
			if run == 0 {
				break
			}
			run--
			continue
		}
		if b.n < 1 {
			b.fill()
		}
		correct := int64(b.acc) < 0
		b.acc <<= 1
		b.n--
		if correct && c&bit == 0 {
			if c >= 0 {
				block[k] = c + bit
			} else {
				block[k] = c - bit
			}
		}
	}
	return k
}
