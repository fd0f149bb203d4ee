// SPDX-License-Identifier: MIT

package main

import (
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/stheno-go/stheno"
)

// table is numbers with a column to predict.
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
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(rows) < 2 {
		return nil, fmt.Errorf("%s: wants a header and at least one row, got %d lines", path, len(rows))
	}
	header := rows[0]
	for i := range header {
		header[i] = strings.TrimSpace(header[i])
	}
	column := slices.Index(header, target)
	if column < 0 {
		return nil, fmt.Errorf("%s: no column %q; have %s", path, target, strings.Join(header, ", "))
	}
	if len(header) < 2 {
		return nil, fmt.Errorf("%s: no column but the target", path)
	}
	t := &table{target: target, features: slices.Delete(slices.Clone(header), column, column+1)}
	for i, row := range rows[1:] {
		for j, field := range row {
			v, err := strconv.ParseFloat(strings.TrimSpace(field), 64)
			if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, fmt.Errorf("%s: line %d, column %q: %q is not a finite number", path, i+2, header[j], field)
			}
			if j == column {
				t.y = append(t.y, v)
			} else {
				t.x = append(t.x, v)
			}
		}
	}
	return t, nil
}

// moments returns the mean and standard deviation of a feature.
func (t *table) moments(feature int) (mean, std float64) {
	n, _ := t.size()
	for i := range n {
		mean += t.row(i)[feature] / float64(n)
	}
	for i := range n {
		d := t.row(i)[feature] - mean
		std += d * d / float64(n)
	}
	return mean, math.Sqrt(std)
}

// standardize gives every feature mean 0 and variance 1; a constant one becomes 0.
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
