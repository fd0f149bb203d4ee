// SPDX-License-Identifier: MIT

package datasets

import (
	"cmp"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// ColumnType is the type of the values of a column.
type ColumnType uint8

// The types of columns.
const (
	// Guess is Number if every field that is not missing is a number, and Category if few are. A
	// column of mostly numbers, or of numbers with thousands separators, is an error.
	Guess    ColumnType = iota
	Number              // floating point
	Category            // one of a list of words
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
	// Numbers are the values of a Number column; NaN stands for a missing one.
	Numbers []float64
	// Codes are the values of a Category column as indices of Categories; -1 stands for a missing one.
	Codes      []int64
	Categories []string
}

// Missing returns the number of missing values.
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

// missingFields are the fields that stand for a missing value.
type missingFields struct {
	any     map[string]bool // in all columns
	numbers map[string]bool // only among numbers; elsewhere they may be words
}

func newMissing(fields []string) missingFields {
	m := missingFields{any: map[string]bool{}, numbers: map[string]bool{}}
	if fields == nil {
		fields = MissingFields()
		for _, field := range []string{"?", "-", "--", "."} {
			m.numbers[field] = true
		}
	}
	for _, field := range fields {
		m.any[field] = true
		m.numbers[field] = true
	}
	return m
}

// columnText is the fields of a column.
type columnText struct {
	texts
	rows    int
	missing missingFields
}

// column parses the fields. An error is that of the given row.
func (t columnText) column(kind ColumnType, categories []string) (c Column, row int, err error) {
	if kind == Guess {
		if kind, row, err = t.guess(); err != nil {
			return c, row, err
		}
	}
	switch kind {
	case Number:
		return t.numbers()
	case Category:
		return t.categories(categories)
	}
	return c, 0, fmt.Errorf("invalid column type %v", kind)
}

// guess returns Number or Category. It returns an error if most fields are numbers, or would be
// without separators and units, but not all are.
func (t columnText) guess() (kind ColumnType, row int, err error) {
	const sample = 1000 // number of words that are checked with almostNumber
	numbers, markers, words, almost := 0, 0, 0, 0
	word, strange := 0, 0 // the rows of the first
	for row, field := range t.all() {
		switch _, ok := parseNumber(field); {
		case t.missing.any[field]:
		case ok:
			numbers++
		case t.missing.numbers[field]:
			markers++
		default:
			if words == 0 {
				word = row
			}
			if words < sample && almostNumber.MatchString(field) {
				if almost == 0 {
					strange = row
				}
				almost++
			}
			words++
		}
	}
	switch all := numbers + words; {
	case words == 0 && (numbers > 0 || markers == 0):
		return Number, 0, nil
	case almost > 0 && 2*(numbers+almost*max(1, words/sample)) >= all:
		return 0, strange, fmt.Errorf("%q is not a number; write it as 1234.5, or set the type of the column in Types", t.field(strange))
	case numbers > 0 && 2*numbers >= all:
		return 0, word, fmt.Errorf("%q is not a number, but %d of the %d fields of the column are; set the type of the column in Types, or add the field to Missing", t.field(word), numbers, all)
	}
	return Category, 0, nil
}

// almostNumber matches a number with thousands separators, a decimal comma, or a sign of currency
// or percent.
var almostNumber = regexp.MustCompile(`^[+-]?\p{Sc}?\s?[+-]?(\d{1,3}([,.'’\s_]\d{3})+([.,]\d*)?|\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?\s?[\p{Sc}%]?$`)

func (t columnText) field(row int) string {
	for at, field := range t.all() {
		if at == row {
			return field
		}
	}
	return ""
}

// parseNumber reads a decimal number.
func parseNumber(field string) (float64, bool) {
	v, err := strconv.ParseFloat(field, 64)
	return v, err == nil && !math.IsNaN(v) && !strings.ContainsAny(field, "xX_") // forms of Go only
}

func (t columnText) numbers() (c Column, row int, err error) {
	c = Column{Type: Number, Numbers: make([]float64, t.rows)}
	for row, field := range t.all() {
		v, ok := parseNumber(field)
		switch {
		case t.missing.numbers[field]:
			v = math.NaN()
		case !ok:
			return c, row, fmt.Errorf("%q is not a number", field)
		}
		c.Numbers[row] = v
	}
	return c, 0, nil
}

// maxCategories is the largest number of categories of a column.
const maxCategories = 1 << 20

func (t columnText) categories(given []string) (c Column, row int, err error) {
	c = Column{Type: Category, Codes: make([]int64, t.rows), Categories: slices.Clone(given)}
	codes := map[string]int64{}
	if given == nil {
		for row, field := range t.all() {
			if _, ok := codes[field]; ok || t.missing.any[field] {
				continue
			}
			if len(c.Categories) == maxCategories {
				return c, row, fmt.Errorf("the column has more than %d categories", maxCategories)
			}
			field = strings.Clone(field)
			codes[field] = 0
			c.Categories = append(c.Categories, field)
		}
		sortCategories(c.Categories)
	}
	for code, category := range c.Categories {
		codes[category] = int64(code)
	}
	for row, field := range t.all() {
		code, ok := codes[field]
		if !ok {
			if !t.missing.any[field] {
				return c, row, fmt.Errorf("%q is not one of the categories %q", field, given)
			}
			code = -1
		}
		c.Codes[row] = code
	}
	return c, 0, nil
}

// sortCategories sorts numbers by value, then all others by bytes: 2, 10, a.
func sortCategories(list []string) {
	number := func(s string) float64 {
		if v, ok := parseNumber(s); ok {
			return v
		}
		return math.Inf(1)
	}
	slices.SortFunc(list, func(a, b string) int {
		return cmp.Or(cmp.Compare(number(a), number(b)), cmp.Compare(a, b))
	})
}
