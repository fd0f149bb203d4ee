// SPDX-License-Identifier: MIT

package datasets_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/datasets"
)

const houses = `size, colour ,rooms,sold
50,red,2,yes
70.5," light, blue",3,no
,red,NA,yes
1e2,green,4,yes
`

func TestReadCSV(t *testing.T) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, err := w.Write([]byte("\ufeff" + houses))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	path := filepath.Join(t.TempDir(), "houses.csv.gz")
	require.NoError(t, os.WriteFile(path, packed.Bytes(), 0o644))
	tab, err := datasets.OpenCSV(path, datasets.CSVConfig{})
	require.NoError(t, err)
	require.Equal(t, 4, tab.Len())
	require.Equal(t, []string{"size", "colour", "rooms", "sold"}, tab.Names())
	size, err := tab.Column("size")
	require.NoError(t, err)
	require.Equal(t, datasets.Number, size.Type)
	require.True(t, math.IsNaN(size.Numbers[2]))
	require.Equal(t, 1, size.Missing())
	colour, err := tab.Column("colour")
	require.NoError(t, err)
	require.Equal(t, []string{"green", "light, blue", "red"}, colour.Categories)
	require.Equal(t, []int64{2, 1, 2, 0}, colour.Codes)

	_, _, err = tab.Features("size", "rooms")
	require.EqualError(t, err, `datasets: csv: line 4, column "size": the value is missing; see Table.DropMissing and Fill`)
	whole := tab.DropMissing()
	require.Equal(t, 3, whole.Len())
	require.Equal(t, 4, tab.Len())
	x, names, err := whole.Features("size", "colour")
	require.NoError(t, err)
	require.Equal(t, []string{"size", "colour=green", "colour=light, blue", "colour=red"}, names)
	require.Equal(t, stheno.Shape{3, 4}, x.Shape())
	require.Equal(t, []float64{50, 0, 0, 1, 70.5, 0, 1, 0, 100, 1, 0, 0}, x.Floats())
	require.NoError(t, tab.Fill("size", 60))
	require.NoError(t, tab.Fill("rooms", 1))
	d, err := tab.Dataset("sold")
	require.NoError(t, err)
	require.Equal(t, []int{1, 0, 1, 1}, d.(datasets.Labelled).Targets())
	s, err := d.At(2, nil)
	require.NoError(t, err)
	require.Equal(t, []float64{60, 0, 0, 1, 1}, s.X.Floats())
	y, err := tab.Target("rooms")
	require.NoError(t, err)
	require.Equal(t, stheno.Shape{4, 1}, y.Shape())
	require.Equal(t, []float64{2, 3, 1, 4}, y.Floats())
	for b, err := range (&datasets.Loader{Dataset: d, BatchSize: 4}).All(context.Background()) {
		require.NoError(t, err)
		require.Equal(t, stheno.Shape{4, 5}, b.X.Shape())
	}
}

func TestCSVSettings(t *testing.T) {
	tab, err := datasets.ReadCSV(strings.NewReader("# of 2024\n10;b;1,5\n9;?;2\n10;a;?\n"), datasets.CSVConfig{
		NoHeader: true, Comma: ';', Comment: '#', Missing: []string{"?"},
		Types: map[string]datasets.ColumnType{"column 1": datasets.Category, "column 3": datasets.Category}, Categories: map[string][]string{"column 2": {"b", "c", "a"}},
	})
	require.NoError(t, err)
	require.Equal(t, []datasets.Column{
		{Name: "column 1", Type: datasets.Category, Codes: []int64{1, 0, 1}, Categories: []string{"9", "10"}},
		{Name: "column 2", Type: datasets.Category, Codes: []int64{0, -1, 2}, Categories: []string{"b", "c", "a"}},
		{Name: "column 3", Type: datasets.Category, Codes: []int64{0, 1, -1}, Categories: []string{"2", "1,5"}},
	}[:2], tab.Columns[:2])
	require.Equal(t, []string{"2", "1,5"}, tab.Columns[2].Categories)
	require.Equal(t, 1, tab.Columns[1].Missing())
	require.Zero(t, tab.DropMissing().Columns[0].Missing())
	require.NoError(t, tab.Fill("column 2", 1))
	require.Equal(t, []int64{0, 1, 2}, tab.Columns[1].Codes)
	require.ErrorContains(t, tab.Fill("column 2", 3), `column "column 2" has categories 0 to 2, got 3`)
	require.ErrorContains(t, tab.Fill("x", 3), `no column "x"; have column 1, column 2, column 3`)
}

func TestCSVErrors(t *testing.T) {
	number := datasets.CSVConfig{Type: datasets.Number}
	for _, c := range []struct {
		text, want string
		cfg        datasets.CSVConfig
	}{
		{"", "the table has no rows", datasets.CSVConfig{}},
		{"a,b\n", "the table has no rows", datasets.CSVConfig{}},
		{"a,b\n1\n", "record on line 2: wrong number of fields", datasets.CSVConfig{}},
		{"a,a\n1,2\n", `line 1: columns 1 and 2 are both named "a"`, datasets.CSVConfig{}},
		{"a,b\n1,2\n3,x\n", `line 3, column "b": "x" is not a number`, number},
		{"a,b\n\n\n1,\"x", `extraneous or missing " in quoted-field`, number},
		{"a,b\n1,2\n", `no column "c"; have a, b`, datasets.CSVConfig{Types: map[string]datasets.ColumnType{"c": datasets.Number}}},
		{"a,b\n1,2\n", `no column "c"; have a, b`, datasets.CSVConfig{Categories: map[string][]string{"c": {"x"}}}},
		{"a\n1\n", `the configuration names 2 columns, but the table has 1: a`, datasets.CSVConfig{Types: map[string]datasets.ColumnType{"c": datasets.Number, "a": datasets.Number}}},
		{"a\n1\n2\n", `line 3, column "a": "2" is not one of the categories ["1"]`, datasets.CSVConfig{Categories: map[string][]string{"a": {"1"}}}},
		{"a\n1\n", `column "a" has Categories, but its type is Number`, datasets.CSVConfig{Categories: map[string][]string{"a": {"1"}}, Types: map[string]datasets.ColumnType{"a": datasets.Number}}},
		{"a\n1\n", `invalid column type ColumnType(9)`, datasets.CSVConfig{Type: 9}},
		{"a\n123456\n", "larger than the limit of 5 bytes", datasets.CSVConfig{MaxBytes: 5}},
		{"\x1f\x8bnot gzip", "gzip: invalid header", datasets.CSVConfig{}},
		{"a;b\n1;2\n", "csv: invalid field or comment delimiter", datasets.CSVConfig{Comma: '\n'}},
	} {
		_, err := datasets.ReadCSV(strings.NewReader(c.text), c.cfg)
		require.ErrorContains(t, err, c.want)
		require.ErrorContains(t, err, "datasets: csv: ")
	}
	_, err := datasets.OpenCSV("nothing.csv", number)
	require.ErrorContains(t, err, "nothing.csv")
	path := filepath.Join(t.TempDir(), "bad.csv")
	require.NoError(t, os.WriteFile(path, []byte("a\nx\n"), 0o644))
	_, err = datasets.OpenCSV(path, number)
	require.EqualError(t, err, "datasets: csv: read "+path+`: line 2, column "a": "x" is not a number`)

	tab, err := datasets.ReadCSV(strings.NewReader("a,b,empty\ninf,1,\n2,1e39,\n"), number)
	require.NoError(t, err)
	_, _, err = tab.Features("a")
	require.ErrorContains(t, err, `line 2, column "a": +Inf is not a finite float32`)
	_, err = tab.Target("b")
	require.ErrorContains(t, err, `line 3, column "b": 1e+39 is not a finite float32`)
	_, _, err = tab.Features()
	require.ErrorContains(t, err, "no features")
	_, _, err = tab.Features("c")
	require.ErrorContains(t, err, `no column "c"`)
	_, err = tab.Dataset("c")
	require.ErrorContains(t, err, `no column "c"`)
	_, err = tab.Dataset("empty")
	require.ErrorContains(t, err, "is missing")
	require.Zero(t, tab.DropMissing().Len())
}

func FuzzReadCSV(f *testing.F) {
	f.Add([]byte(houses), false)
	f.Add([]byte("1,2\n3,\"4\n\"\n"), true)
	f.Add([]byte("\ufeffa\r\nnan\r\n"), false)
	f.Fuzz(func(t *testing.T, text []byte, noHeader bool) {
		tab, err := datasets.ReadCSV(bytes.NewReader(text), datasets.CSVConfig{NoHeader: noHeader, MaxBytes: 1 << 12})
		if err != nil {
			return
		}
		tab = tab.DropMissing()
		for _, c := range tab.Columns {
			require.Zero(t, c.Missing())
			_, names, err := tab.Features(c.Name)
			if err == nil {
				require.Len(t, names, max(1, len(c.Categories)))
				_, err = tab.Target(c.Name)
				require.NoError(t, err)
			}
		}
	})
}
