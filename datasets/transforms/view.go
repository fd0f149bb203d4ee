// SPDX-License-Identifier: MIT

package transforms

// crop crops the image to r, which must be within the image.
func (img *Image) crop(r rect) {
	c := img.content
	c.x -= r.x
	c.y -= r.y
	left, top := max(0, -c.x), max(0, -c.y)
	right, bottom := max(0, c.x+c.w-r.w), max(0, c.y+c.h-r.h)
	if left+right >= c.w || top+bottom >= c.h { // only fill
		left, right, top, bottom = c.w, 0, c.h, 0
		c.x, c.y = 0, 0
	} else {
		c.x += left
		c.y += top
	}
	if img.mirror {
		img.origin += right
	} else {
		img.origin += left
	}
	img.origin += top * img.stride
	c.w -= left + right
	c.h -= top + bottom
	img.content = c
	img.width, img.height = r.w, r.h
}

func (img *Image) flipHorizontal() {
	img.content.x = img.width - img.content.x - img.content.w
	img.mirror = !img.mirror
}

func (img *Image) flipVertical() {
	img.content.y = img.height - img.content.y - img.content.h
	img.origin += (img.content.h - 1) * img.stride
	img.stride = -img.stride
}

// surround pads the 8-bit image with fill.
func (img *Image) surround(left, top, right, bottom int, fill [maxChannels]uint8) {
	if fill != img.fill && img.content != (rect{0, 0, img.width, img.height}) {
		img.flatten() // turns previous fill into pixels
	}
	img.fill = fill
	img.content.x += left
	img.content.y += top
	img.width += left + right
	img.height += top + bottom
}

// flatten copies the image, if needed, so that isWhole is true.
func (img *Image) flatten() {
	_ = img.load() // an error stays in img
	if img.isWhole() {
		return
	}
	img.spare = growPixels(img.spare, img.width*img.height*img.channels)
	img.interleave(img.spare)
	img.pix, img.spare = img.spare, img.pix
	img.whole(img.width, img.height)
}

// bare removes fill and mirroring: all pixels are then in memory, and rows run from left to right.
// Strides may be longer than a row, or negative.
func (img *Image) bare() {
	_ = img.load()
	if img.mirror || img.content != (rect{0, 0, img.width, img.height}) {
		img.flatten()
	}
}

// interleave writes the pixels to dst, channels interleaved.
func (img *Image) interleave(dst []uint8) {
	c, n := img.content, img.channels
	row := img.width * n
	for y := range img.height {
		line := dst[y*row:][:row]
		if y < c.y || y >= c.y+c.h {
			img.fillPixels(line)
			continue
		}
		src := img.pix[(img.origin+(y-c.y)*img.stride)*n:][:c.w*n]
		in := line[c.x*n:][:c.w*n]
		img.fillPixels(line[:c.x*n])
		img.fillPixels(line[(c.x+c.w)*n:])
		switch {
		case !img.mirror:
			copy(in, src)
		case n == 3:
			for i, j := 0, len(src)-3; j >= 0; i, j = i+3, j-3 {
				d, s := in[i:i+3:i+3], src[j:j+3:j+3]
				d[0], d[1], d[2] = s[0], s[1], s[2]
			}
		default:
			for i, j := 0, len(src)-n; j >= 0; i, j = i+n, j-n {
				copy(in[i:i+n], src[j:j+n])
			}
		}
	}
}

func (img *Image) fillPixels(dst []uint8) {
	n := img.channels
	for i := 0; i+n <= len(dst); i += n {
		copy(dst[i:i+n], img.fill[:n])
	}
}

// rowFloats writes row y of channel c of planes, content only, to dst.
func (img *Image) rowFloats(dst []float32, c, y int) {
	src := img.real[c*img.area+img.origin+y*img.stride:][:len(dst)]
	if !img.mirror {
		copy(dst, src)
		return
	}
	for i, j := 0, len(src)-1; j >= 0; i, j = i+1, j-1 {
		dst[i] = src[j]
	}
}

// flattenFloats copies the image, if needed, so that real is the image in the order (C, H, W).
func (img *Image) flattenFloats() {
	if img.planes && img.isWhole() && img.area == img.width*img.height {
		return
	}
	area := img.width * img.height
	_ = img.load()
	img.next = grow(img.next, area*img.channels)
	img.copyFloats(img.next)
	img.real, img.next = img.next, img.real
	img.planes, img.area = true, area
	img.whole(img.width, img.height)
}
