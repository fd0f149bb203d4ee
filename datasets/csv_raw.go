// SPDX-License-Identifier: MIT

package datasets

import (
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"math"
	"strings"
	"unsafe"
)

// rawTable is the fields of a table, by column.
type rawTable struct {
	max    int64 // limit on the bytes of the values
	names  []string
	fields []texts
	lines  []int32 // of each row
}

// texts are the fields of a column, concatenated, each with its length as a prefix, since most are
// shorter than the header of a string.
type texts struct{ b []byte }

func (t *texts) add(field string) {
	t.b = binary.AppendUvarint(t.b, uint64(len(field)))
	t.b = append(t.b, field...)
}

// all returns an iterator over rows and fields. The strings are parts of t and must be cloned to
// be kept.
func (t *texts) all() iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		b := t.b
		for row := 0; len(b) > 0; row++ {
			n, size := binary.Uvarint(b)
			field := b[size:][:n]
			b = b[size:][n:]
			if !yield(row, unsafe.String(unsafe.SliceData(field), len(field))) {
				return
			}
		}
	}
}

func (t *rawTable) add(record []string, line int, noHeader bool) error {
	if t.names == nil {
		if err := t.header(record, noHeader); err != nil || !noHeader {
			return err
		}
	}
	if rows := int64(len(t.lines)) + 1; rows > t.max/8/int64(len(t.names)) {
		return fmt.Errorf("%d rows of %d columns are more than the limit of %d bytes, at 8 bytes for each value", rows, len(t.names), t.max)
	}
	if line > math.MaxInt32 {
		return errors.New("the table has too many lines")
	}
	for c, field := range record {
		if err := checkField(field); err != nil {
			return fmt.Errorf("column %q: %w", t.names[c], err)
		}
		t.fields[c].add(strings.TrimSpace(field))
	}
	t.lines = append(t.lines, int32(line))
	return nil
}

// header names the columns.
func (t *rawTable) header(record []string, noHeader bool) error {
	t.names = make([]string, len(record))
	t.fields = make([]texts, len(record))
	known := make(map[string]int, len(record))
	for c, field := range record {
		if err := checkField(field); err != nil {
			return err
		}
		name := strings.TrimSpace(field)
		if noHeader || name == "" {
			name = fmt.Sprintf("column %d", c+1)
		}
		if before, ok := known[name]; ok {
			return fmt.Errorf("columns %d and %d are both named %q", before+1, c+1, name)
		}
		if strings.ContainsRune(name, '\r') {
			return fmt.Errorf("the name %q contains a carriage return: lines must end in a line feed", name[:min(len(name), 100)])
		}
		t.names[c], known[name] = strings.Clone(name), c
	}
	return nil
}

// table gives each column its type.
func (t *rawTable) table(cfg CSVConfig) (*Table, error) {
	for _, names := range []int{len(cfg.Types), len(cfg.Categories)} {
		if names > len(t.names) {
			return nil, fmt.Errorf("the configuration names %d columns, but the table has %d: %s", names, len(t.names), someNames(t.names))
		}
	}
	out := &Table{lines: t.lines, max: cfg.MaxBytes, Columns: make([]Column, 0, len(t.names))}
	index := make(map[string]int, len(t.names))
	for c, name := range t.names {
		index[name] = c
	}
	for name := range cfg.Types {
		if _, ok := index[name]; !ok {
			return nil, errNoColumn(name, t.names)
		}
	}
	for name := range cfg.Categories {
		if _, ok := index[name]; !ok {
			return nil, errNoColumn(name, t.names)
		}
	}
	missing := newMissing(cfg.Missing)
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
		in := columnText{t.fields[c], len(t.lines), missing}
		column, row, err := in.column(kind, cfg.Categories[name])
		if err != nil {
			return nil, fmt.Errorf("line %d, column %q: %w", t.lines[row], name, err)
		}
		column.Name = name
		out.Columns = append(out.Columns, column)
		t.fields[c] = texts{}
	}
	return out, nil
}

func errNoColumn(name string, have []string) error {
	return fmt.Errorf("no column %q; have %s", name, someNames(have))
}

// someNames lists names for an error.
func someNames(list []string) string {
	const most = 50
	if len(list) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(list[:most], ", "), len(list)-most)
	}
	return strings.Join(list, ", ")
}
