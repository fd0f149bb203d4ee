// SPDX-License-Identifier: MIT

package datasets

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
)

// CSVConfig says how a table is read. The zero value reads comma-separated values with a
// header, whose columns are what their fields look like.
type CSVConfig struct {
	NoHeader   bool                  // the first line has values; columns are called "column 1", "column 2", …
	Comma      rune                  // between fields; default ','
	Comment    rune                  // begins a line that is left out; default: none
	Type       ColumnType            // of the columns that Types does not name; default Guess
	Types      map[string]ColumnType // of columns by name
	Categories map[string][]string   // of Category columns by name, in their order; default: those that come, sorted
	Missing    []string              // fields that stand for no value; default [MissingFields]
	MaxBytes   int64                 // largest text, unpacked; default 1 GiB
}

// MissingFields are the fields that stand for a missing value: the most usual ones of
// pandas.
func MissingFields() []string {
	return []string{"", "NA", "N/A", "n/a", "<NA>", "NaN", "nan", "NULL", "null", "None"}
}

// OpenCSV reads a table from a file, plain or gzip. A leading ~ is the home folder.
func OpenCSV(path string, cfg CSVConfig) (*Table, error) {
	f, err := os.Open(expandUser(path))
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

// ReadCSV reads a table, plain or gzip: fields as RFC 4180 has them, spaces around them
// left out, the same number in each line. Errors name line and column.
func ReadCSV(r io.Reader, cfg CSVConfig) (*Table, error) {
	t, err := readCSV(r, cfg)
	if err != nil {
		return nil, fmt.Errorf("datasets: csv: %w", err)
	}
	return t, nil
}

func readCSV(r io.Reader, cfg CSVConfig) (*Table, error) {
	if cfg.MaxBytes <= 0 {
		cfg.MaxBytes = defaultMaxBytes
	}
	if cfg.Missing == nil {
		cfg.Missing = MissingFields()
	}
	text, err := plainText(r)
	if err != nil {
		return nil, err
	}
	limited := &io.LimitedReader{R: text, N: cfg.MaxBytes + 1}
	in := csv.NewReader(limited)
	in.ReuseRecord = true
	in.Comment = cfg.Comment
	if cfg.Comma != 0 {
		in.Comma = cfg.Comma
	}
	raw := &rawTable{}
	for {
		record, err := in.Read()
		if limited.N <= 0 {
			return nil, fmt.Errorf("the text is larger than the limit of %d bytes", cfg.MaxBytes)
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err // names the line
		}
		line, _ := in.FieldPos(0)
		if err := raw.add(record, line, cfg.NoHeader); err != nil {
			return nil, err
		}
	}
	if len(raw.lines) == 0 {
		return nil, errors.New("wants at least one row of values")
	}
	return raw.table(cfg)
}

// plainText unpacks r if it is compressed, and leaves out a byte order mark.
func plainText(r io.Reader) (io.Reader, error) {
	b := bufio.NewReader(r)
	if start, _ := b.Peek(2); bytes.Equal(start, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(b)
		if err != nil {
			return nil, err
		}
		b = bufio.NewReader(z)
	}
	if start, _ := b.Peek(3); string(start) == "\ufeff" {
		_, _ = b.Discard(3) // they are in the buffer
	}
	return b, nil
}

// rawTable is the fields of a table, by column.
type rawTable struct {
	names  []string
	fields [][]string
	lines  []int // of each row
}

func (t *rawTable) add(record []string, line int, noHeader bool) error {
	if t.names == nil {
		t.names = make([]string, len(record))
		t.fields = make([][]string, len(record))
		for c := range record {
			if name := strings.TrimSpace(record[c]); name != "" && !noHeader {
				t.names[c] = name
			} else {
				t.names[c] = fmt.Sprintf("column %d", c+1)
			}
			if before := slices.Index(t.names[:c], t.names[c]); before >= 0 {
				return fmt.Errorf("line %d: columns %d and %d are both called %q", line, before+1, c+1, t.names[c])
			}
		}
		if !noHeader {
			return nil
		}
	}
	for c, field := range record {
		t.fields[c] = append(t.fields[c], strings.TrimSpace(field))
	}
	t.lines = append(t.lines, line)
	return nil
}

// table gives each column its type.
func (t *rawTable) table(cfg CSVConfig) (*Table, error) {
	for _, names := range []int{len(cfg.Types), len(cfg.Categories)} {
		if names > len(t.names) {
			return nil, fmt.Errorf("%d columns are named, but the table has %d: %s", names, len(t.names), strings.Join(t.names, ", "))
		}
	}
	for name := range cfg.Types {
		if !slices.Contains(t.names, name) {
			return nil, errNoColumn(name, t.names)
		}
	}
	for name := range cfg.Categories {
		if !slices.Contains(t.names, name) {
			return nil, errNoColumn(name, t.names)
		}
	}
	missing := make(map[string]bool, len(cfg.Missing))
	for _, field := range cfg.Missing {
		missing[field] = true
	}
	out := &Table{lines: t.lines}
	for c, name := range t.names {
		kind, ok := cfg.Types[name]
		if !ok {
			kind = cfg.Type
		}
		if categories := cfg.Categories[name]; categories != nil {
			if ok && kind != Category {
				return nil, fmt.Errorf("column %q has Categories, but its type is %v", name, kind)
			}
			kind = Category
		}
		column, row, err := newColumn(name, kind, cfg.Categories[name], t.fields[c], missing)
		if err != nil {
			return nil, fmt.Errorf("line %d, column %q: %w", t.lines[row], name, err)
		}
		out.Columns = append(out.Columns, column)
		t.fields[c] = nil
	}
	return out, nil
}

func errNoColumn(name string, have []string) error {
	return fmt.Errorf("there is no column %q; have %s", name, strings.Join(have, ", "))
}
