// SPDX-License-Identifier: MIT

// Package digits embeds 1,797 handwritten digits of 8x8 pixels (the test set of the
// UCI "Optical Recognition of Handwritten Digits" data, as scikit-learn ships it; see
// LICENSE), so that programs have real images to learn from with nothing downloaded.
package digits

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/csv"
	"fmt"
	"strconv"
)

//go:embed digits.csv.gz
var file []byte

// Side is the width and height of an image, Pixels its size and Classes the number of
// digits.
const (
	Side    = 8
	Pixels  = Side * Side
	Classes = 10
)

// Load returns the images, Pixels values in [0, 1] each, row by row, one after
// another, and the digit that each shows.
func Load() (images []float32, labels []int64, err error) {
	z, err := gzip.NewReader(bytes.NewReader(file))
	if err != nil {
		return nil, nil, err
	}
	rows, err := csv.NewReader(z).ReadAll()
	if err != nil {
		return nil, nil, err
	}
	for i, row := range rows {
		if len(row) != Pixels+1 {
			return nil, nil, fmt.Errorf("digits: row %d has %d fields, want %d", i, len(row), Pixels+1)
		}
		for j, field := range row {
			v, err := strconv.ParseFloat(field, 64)
			if err != nil {
				return nil, nil, fmt.Errorf("digits: row %d: %w", i, err)
			}
			if j == Pixels {
				labels = append(labels, int64(v))
				continue
			}
			images = append(images, float32(v/16))
		}
	}
	return images, labels, nil
}

// testDigits is the number of test digits. They are the last ones, by other writers than
// the rest.
const testDigits = 360

// Part is some of the digits: Pixels values an image, and their classes.
type Part struct {
	Images []float32
	Labels []int64
}

// Len returns the number of images.
func (p Part) Len() int { return len(p.Labels) }

// Select copies the images at index, and their classes.
func (p Part) Select(index []int) (images []float32, labels []int64) {
	images, labels = make([]float32, 0, len(index)*Pixels), make([]int64, 0, len(index))
	for _, i := range index {
		images, labels = append(images, p.Images[i*Pixels:(i+1)*Pixels]...), append(labels, p.Labels[i])
	}
	return images, labels
}

// Parts returns the digits to train on and those to test on.
func Parts() (train, test Part, err error) {
	images, labels, err := Load()
	if err != nil {
		return train, test, err
	}
	n := len(labels) - testDigits
	return Part{images[:n*Pixels], labels[:n]}, Part{images[n*Pixels:], labels[n:]}, nil
}
