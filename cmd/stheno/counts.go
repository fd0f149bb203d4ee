// SPDX-License-Identifier: MIT

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"

	"github.com/stheno-go/stheno/internal/atomicfile"
	"github.com/stheno-go/stheno/internal/regular"
	"github.com/stheno-go/stheno/trainers/metrics"
)

// maxCounts is the largest file of a confusion matrix in bytes.
const maxCounts = 1 << 30

// writeCounts writes a confusion matrix as JSON, one line per row. Rows are classes, columns
// predictions.
func writeCounts(path string, m *metrics.Confusion) error {
	return atomicfile.Write(path, func(w io.Writer) error {
		open := "[\n"
		for class := range m.Classes() {
			row := make([]int, m.Classes())
			for k := range row {
				row[k] = m.Count(class, k)
			}
			b, err := json.Marshal(row)
			if err == nil {
				_, err = fmt.Fprintf(w, "%s%s", open, b)
			}
			if err != nil {
				return err
			}
			open = ",\n"
		}
		_, err := fmt.Fprintln(w, "\n]")
		return err
	})
}

// readCounts reads the confusion matrix of a run.
func readCounts(dir string, classes int) (*metrics.Confusion, error) {
	path := filepath.Join(dir, countsName)
	b, err := regular.ReadFile(path, maxCounts)
	if err != nil {
		return nil, err
	}
	var rows [][]uint32
	if err := json.Unmarshal(b, &rows); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	var all []float64
	for _, row := range rows {
		if len(row) != len(rows) {
			return nil, fmt.Errorf("%s: a row has %d counts, expects %d", path, len(row), len(rows))
		}
		for _, n := range row {
			all = append(all, float64(n))
		}
	}
	m := metrics.NewConfusion(classes)
	if err := m.SetState(all); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}
