// SPDX-License-Identifier: MIT

package datasets_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno/datasets"
)

// TestCSVGuess checks that a column of mostly numbers is an error and not a Category.
func TestCSVGuess(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		fields  string // of one column
		numbers []float64
		words   []string
		err     string
	}{
		{"1 2 3.5", []float64{1, 2, 3.5}, nil, ""},
		{"1 ? 3", []float64{1, nan, 3}, nil, ""},
		{"1 - 3", []float64{1, nan, 3}, nil, ""},
		{"1 -- . 3", []float64{1, nan, nan, 3}, nil, ""},
		{"1 #N/A NA nan 3", []float64{1, nan, nan, nan, 3}, nil, ""},
		{"NA #N/A", []float64{nan, nan}, nil, ""},
		{"+ - +", nil, []string{"+", "-"}, ""},
		{"e p ? e", nil, []string{"?", "e", "p"}, ""},
		{"? ?", nil, []string{"?"}, ""},
		{"A1 B2 7", nil, []string{"7", "A1", "B2"}, ""},
		{"2024-01-01 2024-01-02", nil, []string{"2024-01-01", "2024-01-02"}, ""},
		{"01.02.2024 02.02.2024", nil, []string{"01.02.2024", "02.02.2024"}, ""},
		{"1 2 missing 4", nil, nil, `line 4, column "c": "missing" is not a number, but 3 of the 4 fields of the column are`},
		{"1 x 3 y", nil, nil, `line 3, column "c": "x" is not a number`},
		{"1 #DIV/0! 3", nil, nil, `line 3, column "c": "#DIV/0!" is not a number`},
		{"0x10 0x1p4", nil, []string{"0x10", "0x1p4"}, ""},
		{"1 0x1p4", nil, nil, `"0x1p4" is not a number`},
		{"1,234 5,678", nil, nil, `line 2, column "c": "1,234" is not a number; write it as 1234.5`},
		{"1.234,56 7,5", nil, nil, `"1.234,56" is not a number`},
		{"1,5 2,5", nil, nil, `"1,5" is not a number`},
		{"1_000 2_000", nil, nil, `"1_000" is not a number`},
		{"12% 13%", nil, nil, `"12%" is not a number`},
		{"$12.50 $1,300.00", nil, nil, `"$12.50" is not a number`},
		{"12€ -3€", nil, nil, `"12€" is not a number`},
		{"12 1,234", nil, nil, `line 3, column "c": "1,234" is not a number`},
		{"1e400 1", nil, nil, `"1e400" is not a number`},
		{"1'000 2'000", nil, nil, `"1'000" is not a number`},
	} {
		text := "c;d\n"
		for _, f := range strings.Fields(c.fields) {
			text += f + ";0\n"
		}
		tab, err := datasets.ReadCSV(strings.NewReader(text), datasets.CSVConfig{Comma: ';'})
		if c.err != "" {
			require.ErrorContains(t, err, c.err, c.fields)
			continue
		}
		require.NoError(t, err, c.fields)
		got := tab.Columns[0]
		if c.words != nil {
			require.Equal(t, c.words, got.Categories, c.fields)
			continue
		}
		require.Equal(t, fmt.Sprint(c.numbers), fmt.Sprint(got.Numbers), c.fields)
	}
	// Missing replaces the default list.
	_, err := datasets.ReadCSV(strings.NewReader("a\n1\n?\n"), datasets.CSVConfig{Missing: []string{"none"}})
	require.ErrorContains(t, err, `"?" is not a number`)
	_, err = datasets.ReadCSV(strings.NewReader("a,b\n1,2\n?,3\n"), datasets.CSVConfig{Type: datasets.Number})
	require.NoError(t, err)
}

func TestCSVEncodings(t *testing.T) {
	const text = "größe,name\r\n1.5,\"a, 𝄞\"\r\n2,b\r\n"
	wide := func(order binary.AppendByteOrder, mark bool) []byte {
		var b []byte
		if mark {
			b = order.AppendUint16(b, 0xfeff)
		}
		for _, u := range utf16.Encode([]rune(text)) {
			b = order.AppendUint16(b, u)
		}
		return b
	}
	packed := func(b []byte) []byte {
		var z bytes.Buffer
		w := gzip.NewWriter(&z)
		_, err := w.Write(b)
		require.NoError(t, err)
		require.NoError(t, w.Close())
		return z.Bytes()
	}
	for name, b := range map[string][]byte{
		"utf8": []byte(text), "utf8 with a mark": []byte("\ufeff" + text),
		"utf16le": wide(binary.LittleEndian, true), "utf16be": wide(binary.BigEndian, true), "packed": packed(wide(binary.BigEndian, true)),
	} {
		tab, err := datasets.ReadCSV(bytes.NewReader(b), datasets.CSVConfig{})
		require.NoError(t, err, name)
		require.Equal(t, []string{"größe", "name"}, tab.Names(), name)
		require.Equal(t, []float64{1.5, 2}, tab.Columns[0].Numbers, name)
		require.Equal(t, []string{"a, 𝄞", "b"}, tab.Columns[1].Categories, name)
	}
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		var b []byte
		for _, c := range "a,b\n1,2\n" {
			b = order.AppendUint16(b, uint16(c))
		}
		tab, err := datasets.ReadCSV(bytes.NewReader(b), datasets.CSVConfig{})
		require.NoError(t, err)
		require.Equal(t, []float64{2}, tab.Columns[1].Numbers)
	}
	for bad, want := range map[string]string{
		"a\ncaf\xe9\n": `line 2: column "a": "caf\xe9" is not UTF-8`, "caf\xe9\n1\n": "line 1: ", "a\n1\x002\n": "zero byte",
		"\xff\xfea\x00\n\x001": "ends within a character", "\xff\xfe\x00\xd8a\x00": "half of a surrogate pair", "\xff\xfe\x00\xd8": "unexpected EOF",
		"\xff\xfe\x00\x00a\x00\x00\x00": "UTF-32", "a,b\r1,2\r3,4\r": "carriage return",
	} {
		_, err := datasets.ReadCSV(strings.NewReader(bad), datasets.CSVConfig{})
		require.ErrorContains(t, err, want, "%q", bad)
	}
}

// zip returns n bytes of repeated text, packed.
func zipped(t *testing.T, text string, n int) *bytes.Reader {
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	block := strings.Repeat(text, 1<<20/len(text))
	for range n >> 20 {
		_, err := w.Write([]byte(block))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return bytes.NewReader(z.Bytes())
}

// TestCSVLimits checks that a small file cannot become a huge table.
func TestCSVLimits(t *testing.T) {
	for _, c := range []struct {
		text, want string
		cfg        datasets.CSVConfig
	}{
		{",", "more than 1048576 columns", datasets.CSVConfig{}},
		{"quoted", "more than 1048576 columns", datasets.CSVConfig{NoHeader: true}},
		{"1\n", "columns are more than the limit", datasets.CSVConfig{MaxBytes: 16 << 20}},
		{"1,1,1,1,1,1,1,1\n", "columns are more than the limit", datasets.CSVConfig{MaxBytes: 16 << 20, NoHeader: true}},
	} {
		if c.text == "quoted" {
			c.text = "\"\n\"" + strings.Repeat(",", 4000) // quoted line feeds do not end the line
		}
		in := zipped(t, c.text, 12<<20)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := datasets.ReadCSV(in, c.cfg)
		runtime.ReadMemStats(&after)
		require.Error(t, err, "%.20q", c.text)
		if !strings.Contains(err.Error(), "wrong number of fields") && !strings.Contains(err.Error(), "both called") {
			require.ErrorContains(t, err, c.want)
		}
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(300<<20), "%.20q", c.text)
	}
	_, err := datasets.ReadCSV(strings.NewReader("# \"\n"+strings.Repeat(",", 2<<20)), datasets.CSVConfig{Comment: '#'})
	require.ErrorContains(t, err, "more than 1048576 columns")
	tab, err := datasets.ReadCSV(strings.NewReader("a,b\nx,1\ny,2\nz,3\n"), datasets.CSVConfig{MaxBytes: 72})
	require.NoError(t, err)
	_, _, err = tab.Features("a", "b", "a")
	require.ErrorContains(t, err, "3 rows of 7 features are more than the limit of 18 values")
}

// TestCSVManyColumns checks that the time is linear in the number of columns.
func TestCSVManyColumns(t *testing.T) {
	var names, values strings.Builder
	const n = 100_000
	for c := range n {
		fmt.Fprintf(&names, "c%d,", c)
		values.WriteString("1,")
	}
	begun := time.Now()
	tab, err := datasets.ReadCSV(strings.NewReader(names.String()+"y\n"+values.String()+"2\n"), datasets.CSVConfig{})
	require.NoError(t, err)
	d, err := tab.Dataset("y")
	require.NoError(t, err)
	s, err := d.At(0, nil)
	require.NoError(t, err)
	require.Equal(t, n, s.X.Size())
	require.Less(t, time.Since(begun), 10*time.Second)
}
