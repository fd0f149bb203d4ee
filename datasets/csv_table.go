// SPDX-License-Identifier: MIT

package datasets

import (
	"fmt"
	"math"
	"slices"

	"github.com/stheno-go/stheno"
)

// Table is a table of [ReadCSV]. The fields must not be changed.
type Table struct {
	Columns []Column
	lines   []int32 // line of each row in the file
	max     int64   // limit on the bytes of a tensor
}

// Len returns the number of rows.
func (t *Table) Len() int { return len(t.lines) }

// Names returns the names of the columns.
func (t *Table) Names() []string {
	names := make([]string, len(t.Columns))
	for c := range t.Columns {
		names[c] = t.Columns[c].Name
	}
	return names
}

// Column returns the column with the given name.
func (t *Table) Column(name string) (*Column, error) {
	for c := range t.Columns {
		if t.Columns[c].Name == name {
			return &t.Columns[c], nil
		}
	}
	return nil, fmt.Errorf("datasets: csv: %w", errNoColumn(name, t.Names()))
}

// DropMissing returns a table of the rows without missing values.
func (t *Table) DropMissing() *Table {
	var rows []int
	for row := range t.lines {
		if !slices.ContainsFunc(t.Columns, func(c Column) bool { return c.missing(row) }) {
			rows = append(rows, row)
		}
	}
	out := &Table{Columns: slices.Clone(t.Columns), lines: pick(t.lines, rows), max: t.max}
	for c := range out.Columns {
		column := &out.Columns[c]
		if column.Type == Category {
			column.Codes = pick(column.Codes, rows)
		} else {
			column.Numbers = pick(column.Numbers, rows)
		}
	}
	return out
}

func pick[T any](from []T, rows []int) []T {
	out := make([]T, len(rows))
	for i, row := range rows {
		out[i] = from[row]
	}
	return out
}

// Fill replaces the missing values of a column. For a Category, value is an index of its
// Categories.
func (t *Table) Fill(column string, value float64) error {
	c, err := t.Column(column)
	if err != nil {
		return err
	}
	if c.Type == Category && (value != math.Trunc(value) || value < 0 || value >= float64(len(c.Categories))) {
		return fmt.Errorf("datasets: csv: fill: column %q has categories 0 to %d, got %g", column, len(c.Categories)-1, value)
	}
	for row := range t.lines {
		switch {
		case !c.missing(row):
		case c.Type == Category:
			c.Codes[row] = int64(value)
		default:
			c.Numbers[row] = value
		}
	}
	return nil
}

// Features returns columns as a float32 tensor (rows, features), and the names of the features. A
// Number is one feature; a Category is one-hot encoded, as a feature for each of its categories,
// named for example "color=red". A value that is missing, or not finite as a float32, is an error.
func (t *Table) Features(columns ...string) (x *stheno.Tensor, names []string, err error) {
	list := make([]*Column, len(columns))
	known := make(map[string]*Column, len(t.Columns))
	for c := range t.Columns {
		known[t.Columns[c].Name] = &t.Columns[c]
	}
	for i, name := range columns {
		if list[i] = known[name]; list[i] == nil {
			return nil, nil, fmt.Errorf("datasets: csv: %w", errNoColumn(name, t.Names()))
		}
		if list[i].Type == Number {
			names = append(names, name)
		}
		for _, category := range list[i].Categories {
			names = append(names, name+"="+category)
		}
	}
	if len(names) == 0 {
		return nil, nil, fmt.Errorf("datasets: csv: no features")
	}
	if most := min(t.max/4, math.MaxInt32); int64(t.Len()) > most/int64(len(names)) {
		return nil, nil, fmt.Errorf("datasets: csv: %d rows of %d features are more than the limit of %d values; see CSVConfig.MaxBytes", t.Len(), len(names), most)
	}
	data := make([]float32, t.Len()*len(names))
	at := 0
	for _, c := range list {
		for row := range t.lines {
			v, err := t.value(c, row)
			if err != nil {
				return nil, nil, err
			}
			if c.Type == Category {
				data[row*len(names)+at+int(c.Codes[row])] = 1
			} else {
				data[row*len(names)+at] = v
			}
		}
		at += max(1, len(c.Categories))
	}
	return stheno.TensorOf(data, t.Len(), len(names)), names, nil
}

// Target returns a column to predict: a Number as float32 (rows, 1), a Category as classes, int64
// (rows). A missing value is an error, as for [Table.Features].
func (t *Table) Target(column string) (*stheno.Tensor, error) {
	c, err := t.Column(column)
	if err != nil {
		return nil, err
	}
	values := make([]float32, t.Len())
	for row := range t.lines {
		if values[row], err = t.value(c, row); err != nil {
			return nil, err
		}
	}
	if c.Type == Category {
		return stheno.TensorOf(slices.Clone(c.Codes), t.Len()), nil
	}
	return stheno.TensorOf(values, t.Len(), 1), nil
}

// Dataset returns the rows as samples: X has the [Table.Features] of the columns, by default of all
// but the target, and Y the [Table.Target].
func (t *Table) Dataset(target string, columns ...string) (Dataset, error) {
	y, err := t.Target(target)
	if err != nil {
		return nil, err
	}
	if len(columns) == 0 {
		columns = slices.DeleteFunc(t.Names(), func(name string) bool { return name == target })
	}
	x, _, err := t.Features(columns...)
	if err != nil {
		return nil, err
	}
	return InMemory(x, y), nil
}

// value returns a value as a float32; 0 for a Category.
func (t *Table) value(c *Column, row int) (float32, error) {
	if c.missing(row) {
		return 0, fmt.Errorf("datasets: csv: line %d, column %q: the value is missing; see Table.DropMissing and Fill", t.lines[row], c.Name)
	}
	if c.Type == Category {
		return 0, nil
	}
	v := float32(c.Numbers[row])
	if math.IsInf(float64(v), 0) {
		return 0, fmt.Errorf("datasets: csv: line %d, column %q: %g is not a finite float32", t.lines[row], c.Name, c.Numbers[row])
	}
	return v, nil
}
