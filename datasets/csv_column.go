// SPDX-License-Identifier: MIT

package datasets

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
)

// ColumnType is what the fields of a column are.
type ColumnType uint8

// The types of columns.
const (
	Guess    ColumnType = iota // Number if every field that is there is one, else Category
	Number                     // floating point
	Category                   // one of a list of words
)

// String returns the name of the type.
func (t ColumnType) String() string {
	switch t {
	case Guess:
		return "Guess"
	case Number:
		return "Number"
	case Category:
		return "Category"
	}
	return fmt.Sprintf("ColumnType(%d)", uint8(t))
}

// Column is one column of a [Table].
type Column struct {
	Name string
	Type ColumnType // Number or Category
	// Numbers is the values of a Number, NaN where one is missing.
	Numbers []float64
	// Codes is the values of a Category as indices of Categories, -1 where one is missing.
	Codes      []int64
	Categories []string
}

// Missing returns how many values are missing.
func (c *Column) Missing() int {
	n := 0
	for row := range max(len(c.Numbers), len(c.Codes)) {
		if c.missing(row) {
			n++
		}
	}
	return n
}

func (c *Column) missing(row int) bool {
	if c.Type == Category {
		return c.Codes[row] < 0
	}
	return math.IsNaN(c.Numbers[row])
}

// newColumn reads the fields of a column; an error belongs to that row.
func newColumn(name string, kind ColumnType, categories, fields []string, missing map[string]bool) (c Column, row int, err error) {
	switch kind {
	case Number, Guess:
		c = Column{Name: name, Type: Number, Numbers: make([]float64, len(fields))}
		for row, field := range fields {
			v, err := strconv.ParseFloat(field, 64)
			switch {
			case missing[field]:
				v = math.NaN()
			case err != nil || math.IsNaN(v):
				if kind == Guess {
					return newColumn(name, Category, categories, fields, missing)
				}
				return c, row, fmt.Errorf("%q is not a number", field)
			}
			c.Numbers[row] = v
		}
		return c, 0, nil
	case Category:
		return newCategories(name, categories, fields, missing)
	}
	return c, 0, fmt.Errorf("there is no column type %v", kind)
}

func newCategories(name string, categories, fields []string, missing map[string]bool) (c Column, row int, err error) {
	c = Column{Name: name, Type: Category, Codes: make([]int64, len(fields)), Categories: slices.Clone(categories)}
	codes := map[string]int64{}
	if categories == nil {
		for _, field := range fields {
			if _, ok := codes[field]; !ok && !missing[field] {
				codes[field] = 0
				c.Categories = append(c.Categories, field)
			}
		}
		sortCategories(c.Categories)
	}
	for code, category := range c.Categories {
		codes[category] = int64(code)
	}
	for row, field := range fields {
		code, ok := codes[field]
		if !ok {
			if !missing[field] {
				return c, row, fmt.Errorf("%q is none of the categories %q", field, categories)
			}
			code = -1
		}
		c.Codes[row] = code
	}
	return c, 0, nil
}

// sortCategories sorts numbers by value, everything else by bytes behind them: 2, 10, a.
func sortCategories(list []string) {
	number := func(s string) float64 {
		if v, err := strconv.ParseFloat(s, 64); err == nil && !math.IsNaN(v) {
			return v
		}
		return math.Inf(1)
	}
	slices.SortFunc(list, func(a, b string) int {
		return cmp.Or(cmp.Compare(number(a), number(b)), cmp.Compare(a, b))
	})
}
