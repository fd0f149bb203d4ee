// SPDX-License-Identifier: MIT

package main

import (
	"fmt"
	"math"
	"slices"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/datasets"
)

// table is a table of numbers with a column to predict.
type table struct {
	features []string
	target   string
	x        []float64 // by row
	y        []float64
}

func (t *table) size() (rows, features int) { return len(t.y), len(t.features) }

func (t *table) row(i int) []float64 { d := len(t.features); return t.x[i*d : (i+1)*d] }

// readTable reads a CSV file with a header. Every field must be a number.
func readTable(path, target string) (*table, error) {
	csv, err := datasets.OpenCSV(path, datasets.CSVConfig{Type: datasets.Number})
	if err != nil {
		return nil, err
	}
	y, err := csv.Column(target)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	t := &table{target: target, y: y.Numbers, features: slices.DeleteFunc(csv.Names(), func(name string) bool { return name == target })}
	if len(t.features) == 0 {
		return nil, fmt.Errorf("%s: no column besides the target", path)
	}
	if _, err := csv.Dataset(target); err != nil { // a value is missing or not finite
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for row := range csv.Len() {
		for _, c := range csv.Columns {
			if c.Name != target {
				t.x = append(t.x, c.Numbers[row])
			}
		}
	}
	return t, nil
}

// moments returns the mean and standard deviation of a feature. It sums differences from the
// first value, so that the deviation of a constant feature is exactly 0.
func (t *table) moments(feature int) (mean, std float64) {
	n, _ := t.size()
	first := t.row(0)[feature]
	for i := range n {
		mean += (t.row(i)[feature] - first) / float64(n)
	}
	for i := range n {
		d := t.row(i)[feature] - first - mean
		std += d * d / float64(n)
	}
	return first + mean, math.Sqrt(std)
}

// standardize scales every feature to mean 0 and variance 1; a constant one becomes 0.
func (t *table) standardize() {
	n, d := t.size()
	for j := range d {
		mean, std := t.moments(j)
		for i := range n {
			t.row(i)[j] -= mean
			if std > 0 {
				t.row(i)[j] /= std
			}
		}
	}
}

// tensors returns the features (rows, features) and the target (rows, 1).
func (t *table) tensors() (x, y *stheno.Variable) {
	n, d := t.size()
	return stheno.New(single(t.x), n, d), stheno.New(single(t.y), n, 1)
}

func single(x []float64) []float32 {
	y := make([]float32, len(x))
	for i, v := range x {
		y[i] = float32(v)
	}
	return y
}
