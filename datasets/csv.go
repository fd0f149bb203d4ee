// SPDX-License-Identifier: MIT

package datasets

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"unicode/utf8"

	"github.com/stheno-go/stheno/internal/absent"
	"github.com/stheno-go/stheno/internal/regular"
)

// CSVConfig holds the settings of [ReadCSV]. The zero value reads comma-separated values with a
// header and guesses the types of the columns.
type CSVConfig struct {
	NoHeader   bool                  // the first line has values; columns are named "column 1", "column 2", …
	Comma      rune                  // separator of fields; default ','
	Comment    rune                  // first character of a comment line; default: none
	Type       ColumnType            // type of the columns not in Types; default Guess
	Types      map[string]ColumnType // types of columns by name
	Categories map[string][]string   // categories of Category columns by name, in order; default: those that occur, sorted
	Missing    []string              // fields that stand for a missing value; default [MissingFields], and among numbers "?", "-", "--" and "."
	MaxBytes   int64                 // limit on the uncompressed text, and on the values, of 8 bytes each; default 1 GiB
}

// MissingFields returns the fields that stand for a missing value: those of pandas.
func MissingFields() []string {
	return []string{
		"", "NA", "N/A", "n/a", "<NA>", "NaN", "nan", "-NaN", "-nan", "NULL", "null", "None",
		"#N/A", "#N/A N/A", "#NA", "1.#IND", "-1.#IND", "1.#QNAN", "-1.#QNAN",
	}
}

// maxColumns is the largest number of columns of a table.
const maxColumns = 1 << 20

// OpenCSV reads a table from a file, plain or gzip. A leading ~ is the home folder.
func OpenCSV(path string, cfg CSVConfig) (*Table, error) {
	f, err := regular.Open(expandUser(path))
	if err != nil {
		return nil, fmt.Errorf("datasets: csv: %w", err)
	}
	defer f.Close()
	t, err := readCSV(f, cfg)
	if err != nil {
		return nil, fmt.Errorf("datasets: csv: %w", &fs.PathError{Op: "read", Path: path, Err: err})
	}
	return t, nil
}

// ReadCSV reads a table, plain or gzip, in UTF-8 or UTF-16, with fields as in RFC 4180. Spaces
// around fields are removed. All lines must have the same number of fields. Errors name line and
// column.
func ReadCSV(r io.Reader, cfg CSVConfig) (*Table, error) {
	t, err := readCSV(r, cfg)
	if err != nil {
		return nil, fmt.Errorf("datasets: csv: %w", err)
	}
	return t, nil
}

func readCSV(r io.Reader, cfg CSVConfig) (*Table, error) {
	if absent.Is(r) {
		return nil, errors.New("the reader is nil")
	}
	if cfg.MaxBytes <= 0 {
		cfg.MaxBytes = defaultMaxBytes
	}
	if cfg.Comma == 0 {
		cfg.Comma = ','
	}
	text, err := plainText(r)
	if err != nil {
		return nil, err
	}
	limited := &io.LimitedReader{R: text, N: cfg.MaxBytes + 1}
	in := csv.NewReader(&narrow{r: limited, comma: cfg.Comma, comment: cfg.Comment})
	in.ReuseRecord = true
	in.Comment = cfg.Comment
	in.Comma = cfg.Comma
	raw := &rawTable{max: cfg.MaxBytes}
	for {
		record, err := in.Read()
		if limited.N <= 0 {
			return nil, fmt.Errorf("the text is larger than the limit of %d bytes", cfg.MaxBytes)
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err // it names the line
		}
		line, _ := in.FieldPos(0)
		if err := raw.add(record, line, cfg.NoHeader); err != nil {
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
	}
	if len(raw.lines) == 0 {
		return nil, errors.New("the table has no rows")
	}
	return raw.table(cfg)
}

// checkField returns an error for a field that is not text.
func checkField(field string) error {
	if !utf8.ValidString(field) {
		return fmt.Errorf("%q is not UTF-8; save the table in UTF-8", field)
	}
	if strings.ContainsRune(field, 0) {
		return fmt.Errorf("%q contains a zero byte: this is not a table in UTF-8", field)
	}
	return nil
}
