// SPDX-License-Identifier: MIT

package jpeg

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Markers, ITU T.81 table B.1.
const (
	sof0, sof1, sof2 = 0xc0, 0xc1, 0xc2
	dht, dac, sof15  = 0xc4, 0xcc, 0xcf
	rst0, rst7       = 0xd0, 0xd7
	soi, eoi         = 0xd8, 0xd9
	sos, dqt         = 0xda, 0xdb
	dnl, dri         = 0xdc, 0xdd
	app0, app14      = 0xe0, 0xee
	app15, com       = 0xef, 0xfe
	tem              = 0x01
)

// maxScans bounds the time that a small file with many scans takes. Real files have about 10.
const maxScans = 500

// next goes behind the next marker. Bytes that belong to none are skipped.
func (d *decoder) next() (marker uint8, err error) {
	for i := d.at; i+1 < len(d.data); i++ {
		if d.data[i] == 0xff && d.data[i+1] != 0 && d.data[i+1] != 0xff {
			d.at = i + 2
			return d.data[i+1], nil
		}
	}
	return 0, errTruncated
}

// segment is what stands behind a marker.
func (d *decoder) segment(marker uint8) ([]byte, error) {
	if len(d.data)-d.at < 2 {
		return nil, errTruncated
	}
	n := int(binary.BigEndian.Uint16(d.data[d.at:]))
	if marker >= app0 && marker <= app15 || marker == com || marker == dnl {
		n = max(n, 2) // as in libjpeg
	}
	if n < 2 {
		return nil, fmt.Errorf("marker %02x has length %d", marker, n)
	}
	if len(d.data)-d.at < n {
		return nil, errTruncated
	}
	s := d.data[d.at+2 : d.at+n]
	d.at += n
	return s, nil
}

func bare(marker uint8) bool { return marker >= rst0 && marker <= rst7 || marker == tem }

// readTables reads a file without a picture.
func (d *decoder) readTables() error {
	if len(d.data) < 2 || d.data[0] != 0xff || d.data[1] != soi {
		return errors.New("tables are not a JPEG file")
	}
	d.at = 2
	for {
		marker, err := d.next()
		if err != nil || marker == eoi {
			return err
		}
		if marker != dqt && marker != dht && (marker < app0 || marker > app15) {
			return fmt.Errorf("marker %02x among tables", marker)
		}
		if err := d.readSegment(marker); err != nil {
			return err
		}
	}
}

// readFrame reads up to the frame header, which has the size.
func (d *decoder) readFrame() error {
	if len(d.data) < 2 || d.data[0] != 0xff || d.data[1] != soi {
		return errors.New("not a JPEG file")
	}
	d.at = 2
	for len(d.components) == 0 {
		marker, err := d.next()
		if err != nil {
			return err
		}
		switch marker {
		case eoi:
			return errors.New("no picture before the end")
		case sos:
			return errors.New("a scan before the frame header")
		}
		if err := d.readSegment(marker); err != nil {
			return err
		}
	}
	return nil
}

// readSegment reads all segments but scans.
func (d *decoder) readSegment(marker uint8) error {
	if bare(marker) {
		return nil
	}
	if marker == soi {
		return errors.New("a second start of image")
	}
	if marker < sof0 || marker > dri && marker < app0 || marker > app15 && marker != com {
		return fmt.Errorf("marker %02x is none", marker)
	}
	if len(d.components) > 0 && marker <= sof15 && marker != dht && marker != dac {
		return errors.New("a second frame")
	}
	s, err := d.segment(marker)
	if err != nil {
		return err
	}
	switch {
	case marker == dqt:
		return d.readQuant(s)
	case marker == dht:
		return d.readHuffman(s)
	case marker == dri:
		if len(s) != 2 {
			return fmt.Errorf("restart interval has %d bytes; want 2", len(s))
		}
		d.restart = int(binary.BigEndian.Uint16(s))
	case marker == app0:
		d.jfif = d.jfif || len(s) >= 14 && string(s[:5]) == "JFIF\x00"
	case marker == app14:
		if len(s) >= 12 && string(s[:5]) == "Adobe" {
			d.adobe, d.transform = true, s[11]
		}
	case marker == sof0 || marker == sof1 || marker == sof2:
		d.progressive = marker == sof2
		return d.readSize(s)
	case marker >= 0xc9 && marker <= 0xcf:
		return errors.New("arithmetic coding is not implemented")
	case marker >= 0xc3 && marker <= 0xc8:
		return fmt.Errorf("frame type %02x is not implemented; want baseline, extended or progressive", marker)
	}
	return nil
}

func (d *decoder) readSize(s []byte) error {
	if len(s) < 6 {
		return errors.New("the frame header is too short")
	}
	n := int(s[5])
	d.height, d.width = int(binary.BigEndian.Uint16(s[1:])), int(binary.BigEndian.Uint16(s[3:]))
	switch {
	case s[0] != 8:
		return fmt.Errorf("samples have %d bits; want 8", s[0])
	case d.width == 0 || d.height == 0:
		return fmt.Errorf("the picture is %dx%d", d.width, d.height)
	case n != 1 && n != 3 && n != 4:
		return fmt.Errorf("%d components; want 1, 3 or 4", n)
	case len(s) != 6+3*n:
		return fmt.Errorf("the frame header has %d bytes; want %d for %d components", len(s), 6+3*n, n)
	}
	for i := range n {
		c, b := &d.memory[i], s[6+3*i:]
		c.id, c.h, c.v, c.table = b[0], int(b[1]>>4), int(b[1]&15), b[2]
		if c.h < 1 || c.h > 4 || c.v < 1 || c.v > 4 {
			return fmt.Errorf("sampling factors %dx%d; want 1 to 4", c.h, c.v)
		}
		d.hMax, d.vMax = max(d.hMax, c.h), max(d.vMax, c.v)
		c.known, c.before = allUnknown, allUnknown
		d.components = append(d.components, c)
	}
	return nil
}

func (d *decoder) readQuant(s []byte) error {
	for len(s) > 0 {
		index, wide := s[0]&15, s[0]>>4 != 0
		size := 64
		if wide {
			size = 128
		}
		if s = s[1:]; index > 3 || len(s) < size {
			return fmt.Errorf("quantization table %d of %d bytes; want 0 to 3, %d bytes", index, len(s), size)
		}
		q := &d.quant[index]
		for i := range q {
			if wide {
				q[i] = binary.BigEndian.Uint16(s[2*i:])
			} else {
				q[i] = uint16(s[i])
			}
		}
		d.hasQ[index], s = true, s[size:]
	}
	return nil
}

func (d *decoder) readHuffman(s []byte) error {
	for len(s) > 0 {
		if len(s) < 17 {
			return errors.New("a Huffman table is too short")
		}
		class, index := s[0]>>4, s[0]&15
		if class > 1 || index > 3 {
			return fmt.Errorf("Huffman table %02x; want 00 to 03 or 10 to 13", s[0])
		}
		n := 0
		for _, k := range s[1:17] {
			n += int(k)
		}
		if n > 256 || n > len(s)-17 {
			return fmt.Errorf("Huffman table %02x has %d values, %d bytes are left", s[0], n, len(s)-17)
		}
		d.huffman[class][index].define(s[1:17], s[17:][:n])
		s = s[17+n:]
	}
	return nil
}
