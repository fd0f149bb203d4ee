// SPDX-License-Identifier: MIT

package safetensors

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// file puts a length before a header and data behind it.
func file(header string, data int) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	b = append(b, header...)
	return append(b, make([]byte, data)...)
}

func encode(t testing.TB, f *File) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, Encode(&b, f))
	return b.Bytes()
}

func TestEncodeBytes(t *testing.T) {
	f := &File{
		Tensors: []Tensor{
			{Name: "b", DType: F32, Shape: []int{2}, Data: []byte{0, 0, 128, 63, 0, 0, 0, 64}},
			{Name: "a<", DType: U8, Data: []byte{9}},
		},
		Metadata: map[string]string{"z": "1", "format": "pt"},
	}
	header := `{"__metadata__":{"format":"pt","z":"1"},"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a<":{"dtype":"U8","shape":[],"data_offsets":[8,9]}}`
	header += strings.Repeat(" ", 7-(len(header)+7)%8)
	want := append(file(header, 0), 0, 0, 128, 63, 0, 0, 0, 64, 9)
	got := encode(t, f)
	assert.Equal(t, string(want), string(got))
	assert.Zero(t, (len(got)-9)%8, "data must start at a multiple of 8")
}

func TestRoundTrip(t *testing.T) {
	for _, f := range []*File{
		{Tensors: []Tensor{}},
		{Tensors: []Tensor{}, Metadata: map[string]string{"only": "this"}},
		{Tensors: []Tensor{{Name: "", DType: Bool, Shape: []int{0, 5}, Data: []byte{}}}},
		{Tensors: []Tensor{
			{Name: "x", DType: F32, Shape: []int{0}, Data: []byte{}},
			{Name: "y", DType: F64, Shape: []int{}, Data: make([]byte, 8)},
			{Name: "w", DType: BF16, Shape: []int{3, 0, 2}, Data: []byte{}},
			{Name: "é\u2028\"\\\x00", DType: I16, Shape: []int{1, 2}, Data: []byte{1, 2, 3, 4}},
			{Name: "v", DType: I64, Shape: []int{0}, Data: []byte{}},
		}},
	} {
		got, err := Decode(encode(t, f))
		require.NoError(t, err)
		assert.Equal(t, f, got)
	}
}

func TestDecodeNullMetadata(t *testing.T) {
	got, err := Decode(file(`{"__metadata__":null}`, 0))
	require.NoError(t, err)
	assert.Equal(t, &File{Tensors: []Tensor{}}, got)
}

func TestSort(t *testing.T) {
	f := &File{Tensors: []Tensor{
		{Name: "b", DType: U8}, {Name: "z", DType: F32}, {Name: "a", DType: F32}, {Name: "m", DType: F64},
	}}
	f.Sort()
	got := ""
	for _, x := range f.Tensors {
		got += x.Name
	}
	assert.Equal(t, "mazb", got)
}

// The file testdata/python.safetensors comes from the Python package.
func TestPythonFile(t *testing.T) {
	b, err := os.ReadFile("testdata/python.safetensors")
	require.NoError(t, err)
	f, err := Decode(b)
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"über": "\u2028 <html>"}, f.Metadata)
	assert.Len(t, f.Tensors, 13)

	le := binary.LittleEndian
	for dtype, at := range map[string]func(b []byte, i int) float64{
		F64:  func(b []byte, i int) float64 { return math.Float64frombits(le.Uint64(b[8*i:])) },
		F32:  func(b []byte, i int) float64 { return float64(math.Float32frombits(le.Uint32(b[4*i:]))) },
		BF16: func(b []byte, i int) float64 { return float64(math.Float32frombits(uint32(le.Uint16(b[2*i:])) << 16)) },
		// 1, 2 and 3 and so on as IEEE half floats.
		F16: func(b []byte, i int) float64 {
			return math.Ldexp(float64(le.Uint16(b[2*i:])&1023|1024), int(le.Uint16(b[2*i:])>>10)-25)
		},
		I64:  func(b []byte, i int) float64 { return float64(int64(le.Uint64(b[8*i:]))) },
		I32:  func(b []byte, i int) float64 { return float64(int32(le.Uint32(b[4*i:]))) },
		I16:  func(b []byte, i int) float64 { return float64(int16(le.Uint16(b[2*i:]))) },
		I8:   func(b []byte, i int) float64 { return float64(int8(b[i])) },
		U8:   func(b []byte, i int) float64 { return float64(b[i]) },
		Bool: func(b []byte, i int) float64 { return float64(int(b[i]) * i) }, // all true but the first
	} {
		x := f.Lookup("t." + dtype)
		require.NotNil(t, x, dtype)
		assert.Equal(t, dtype, x.DType)
		assert.Equal(t, []int{2, 3}, x.Shape)
		require.Len(t, x.Data, 6*Size(dtype))
		for i := 1; i < 6; i++ {
			assert.Equal(t, float64(i), at(x.Data, i), "%s[%d]", dtype, i)
		}
	}
	assert.Equal(t, &Tensor{Name: "scalar", DType: F32, Shape: []int{}, Data: []byte{0, 0, 32, 64}}, f.Lookup("scalar"))
	assert.Equal(t, &Tensor{Name: "empty", DType: F32, Shape: []int{0, 3}, Data: []byte{}}, f.Lookup("empty"))
	assert.Equal(t, &Tensor{Name: "naïve \"name\"\n<&>", DType: U8, Shape: []int{1}, Data: []byte{7}}, f.Lookup("naïve \"name\"\n<&>"))
	assert.Nil(t, f.Lookup("scala"))
}

func TestDecodeRejects(t *testing.T) {
	one := func(dtype, shape, offsets string) string {
		return fmt.Sprintf(`{"x":{"dtype":%q,"shape":%s,"data_offsets":%s}}`, dtype, shape, offsets)
	}
	tooLong := file("{}", 0)
	binary.LittleEndian.PutUint64(tooLong, MaxHeader+1)
	longer := file("{}", 3)
	binary.LittleEndian.PutUint64(longer, 6)

	for _, c := range []struct {
		name string
		file []byte
		want string
	}{
		{"empty", nil, "truncated: 0 bytes, and the header length alone has 8"},
		{"seven bytes", make([]byte, 7), "truncated: 7 bytes, and the header length alone has 8"},
		{"header too long", tooLong, "header of 100000001 bytes is longer than the 100000000 allowed; is this a safetensors file?"},
		{"header longer than file", longer, "truncated: header of 6 bytes, but only 5 follow its length"},
		{"no header", file("", 0), "header does not begin with {"},
		{"space first", file(" {}", 0), "header does not begin with {"},
		{"not UTF-8", file("{\"\xff\":1}", 0), "header is not UTF-8"},
		{"not JSON", file("{x}", 0), `key of the header: header is not JSON: invalid character 'x'`},
		{"comma", file(`{"__metadata__":{},}`, 0), `header is not JSON: invalid character '}'`},
		{"cut off", file(`{"x":{"dtype":"F32"`, 0), `tensor "x": header is not JSON: unexpected EOF`},
		{"more header", file("{} {}", 0), "header continues after its closing }"},
		{"data without tensors", file("{}", 3), "the tensors have 0 bytes, but the file has 3 bytes of data"},
		{"tensor is a number", file(`{"x":1}`, 0), `tensor "x": want {, got the number "1"`},
		{"tensor is null", file(`{"x":null}`, 0), `tensor "x": want {, got null`},
		{"tensor is nested", file(`{"x":[[[[]]]]}`, 0), `tensor "x": want {, got [`},
		{"metadata list", file(`{"__metadata__":["a"]}`, 0), `__metadata__: want {, got [`},
		{"metadata number", file(`{"__metadata__":{"a":1}}`, 0), `__metadata__ "a": want a string, got the number "1"`},
		{"metadata twice", file(`{"__metadata__":{},"__metadata__":{}}`, 0), `the header has the key "__metadata__" twice`},
		{"metadata key twice", file(`{"__metadata__":{"a":"","\u0061":""}}`, 0), `__metadata__ has the key "a" twice`},
		{"name twice", file(`{"x":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"x":{}}`, 0), `the header has the key "x" twice`},
		{"field twice", file(`{"x":{"dtype":"U8","dtype":"F32"}}`, 0), `tensor "x" has the key "dtype" twice`},
		{"field unknown", file(`{"x":{"type":"U8"}}`, 0), `tensor "x" has the unknown field "type"; want dtype, shape, data_offsets`},
		{"field missing", file(`{"x":{"dtype":"U8","shape":[0]}}`, 0), `tensor "x" has 2 fields; want dtype, shape, data_offsets`},
		{"size of F8", file(one("F8_E4M3", "[2]", "[0,1]"), 1), `tensor "x" of F8_E4M3 (2) needs 2 bytes`},
		{"dtype unknown and too large", file(one("X", "[1]", "[0,4]"), 3), `tensor "x" has data_offsets [0, 4], but the file has 3 bytes of data`},
		{"dtype number", file(`{"x":{"dtype":1}}`, 0), `dtype of tensor "x": want a string, got the number "1"`},
		{"shape negative", file(one("F32", "[2,-1]", "[0,0]"), 0), `tensor "x" has shape with dimension -1; want at least 0`},
		{"shape fraction", file(one("F32", "[2.0]", "[0,8]"), 8), `shape of tensor "x": "2.0" is not a whole number of 64 bits`},
		{"shape too large", file(one("F32", "[9223372036854775808]", "[0,8]"), 8), `shape of tensor "x": "9223372036854775808" is not a whole number of 64 bits`},
		{"shape overflows", file(one("F32", "[2147483647,2147483647,4]", "[0,8]"), 8), `tensor "x" has shape (2147483647, 2147483647, 4) of F32, which overflows 64 bits`},
		{"shape a string", file(one("F32", `["2"]`, "[0,8]"), 8), `shape of tensor "x": want whole numbers, got the string "2"`},
		{"shape nested", file(one("F32", `[[2]]`, "[0,8]"), 8), `shape of tensor "x": want whole numbers, got [`},
		{"rank", file(one("F32", "["+strings.Repeat("1,", 64)+"1]", "[0,4]"), 4), `tensor "x" has more than 64 dimensions`},
		{"offsets one", file(one("U8", "[1]", "[0]"), 1), `tensor "x" has 1 data_offsets; want 2`},
		{"offsets three", file(one("U8", "[1]", "[0,1,2]"), 1), `tensor "x" has more than 2 data_offsets`},
		{"offsets negative", file(one("U8", "[1]", "[-1,0]"), 1), `tensor "x" has data_offset -1; want at least 0`},
		{"offsets backwards", file(one("U8", "[1]", "[1,0]"), 1), `tensor "x" has data_offsets [1, 0]: it ends before it begins`},
		{"offsets beyond", file(one("F32", "[1]", "[0,4]"), 3), `tensor "x" has data_offsets [0, 4], but the file has 3 bytes of data`},
		{"offsets far beyond", file(one("U8", "[1]", "[9223372036854775806,9223372036854775807]"), 3), `tensor "x" begins at data byte 9223372036854775806, beyond any file`},
		{"bytes", file(one("F32", "[2,3]", "[0,20]"), 20), `tensor "x" of F32 (2, 3) needs 24 bytes, but its data_offsets [0, 20] have 20`},
		{"gap at the start", file(one("U8", "[1]", "[1,2]"), 2), `gap: no tensor has the data bytes 0 to 1, before tensor "x"`},
		{"gap", file(`{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"y":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}`, 3), `gap: no tensor has the data bytes 1 to 2, before tensor "y"`},
		{"rest", file(one("U8", "[1]", "[0,1]"), 2), `the tensors have 1 bytes, but the file has 2 bytes of data`},
		{"overlap", file(`{"x":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"y":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}`, 3), `overlap: tensor "y" begins at data byte 1, but tensor "x" ends at 2`},
		{"same bytes", file(`{"x":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"y":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}`, 2), `overlap: tensor "y" begins at data byte 0, but tensor "x" ends at 2`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Decode(c.file)
			require.ErrorIs(t, err, ErrFormat)
			assert.ErrorContains(t, err, c.want)
			_, readerErr := NewReader(bytes.NewReader(c.file), int64(len(c.file)))
			assert.EqualError(t, readerErr, err.Error())
		})
	}
}

func TestEncodeRejects(t *testing.T) {
	ok := Tensor{Name: "x", DType: U8, Shape: []int{1}, Data: []byte{1}}
	for _, c := range []struct {
		name string
		file File
		want string
	}{
		{"twice", File{Tensors: []Tensor{ok, ok}}, `two tensors have the name "x"`},
		{"metadata name", File{Tensors: []Tensor{{Name: "__metadata__", DType: U8, Shape: []int{0}}}}, "a tensor cannot have the name __metadata__"},
		{"name bytes", File{Tensors: []Tensor{{Name: "\xff", DType: U8, Shape: []int{0}}}}, `tensor name "\xff" is not UTF-8`},
		{"metadata bytes", File{Metadata: map[string]string{"k": "\xff"}}, `__metadata__ "k" is not UTF-8`},
		{"dtype", File{Tensors: []Tensor{{Name: "x", DType: "int", Shape: []int{0}}}}, `tensor "x" has dtype "int"; want one of the known ones`},
		{"negative", File{Tensors: []Tensor{{Name: "x", DType: U8, Shape: []int{2, -1}}}}, `tensor "x" has shape (2, -1); dimension 1 is negative`},
		{"bytes", File{Tensors: []Tensor{{Name: "x", DType: F64, Shape: []int{2}, Data: make([]byte, 8)}}}, `tensor "x" of F64 (2) needs 16 bytes, but has 8`},
		{"rank", File{Tensors: []Tensor{{Name: "x", DType: U8, Shape: make([]int, 65)}}}, `tensor "x" has 65 dimensions; at most 64 are read`},
		{"long name", File{Tensors: []Tensor{{Name: strings.Repeat("n", 1000), DType: "?"}}}, `tensor "` + strings.Repeat("n", 100) + `"... has dtype`},
	} {
		t.Run(c.name, func(t *testing.T) {
			var b bytes.Buffer
			err := Encode(&b, &c.file)
			require.ErrorIs(t, err, ErrFormat)
			assert.ErrorContains(t, err, c.want)
			assert.Zero(t, b.Len(), "nothing may be written")
		})
	}
}

type failingWriter struct{ left int }

func (w *failingWriter) Write(p []byte) (int, error) {
	if w.left -= len(p); w.left < 0 {
		return 0, errors.New("disk full")
	}
	return len(p), nil
}

func TestEncodeWriteErrors(t *testing.T) {
	f := &File{Tensors: []Tensor{{Name: "x", DType: U8, Shape: []int{1}, Data: []byte{1}}}}
	n := len(encode(t, f))
	assert.EqualError(t, Encode(&failingWriter{n - 2}, f), "safetensors: writing the header: disk full")
	assert.EqualError(t, Encode(&failingWriter{n - 1}, f), `safetensors: writing tensor "x": disk full`)
	assert.NoError(t, Encode(&failingWriter{n}, f))
}

func TestReader(t *testing.T) {
	f := &File{
		Tensors: []Tensor{
			{Name: "a", DType: I32, Shape: []int{2}, Data: []byte{1, 2, 3, 4, 5, 6, 7, 8}},
			{Name: "b", DType: U8, Shape: []int{3}, Data: []byte{9, 10, 11}},
		},
		Metadata: map[string]string{"k": "v"},
	}
	b := encode(t, f)
	r, err := NewReader(bytes.NewReader(b), int64(len(b)))
	require.NoError(t, err)
	assert.Equal(t, f.Metadata, r.Metadata())
	require.Len(t, r.Entries(), 2)
	for i, e := range r.Entries() {
		want := f.Tensors[i]
		assert.Equal(t, Entry{Name: want.Name, DType: want.DType, Shape: want.Shape, Offset: e.Offset, Size: int64(len(want.Data))}, e)
		got := make([]byte, e.Size)
		require.NoError(t, r.Read(e.Name, got))
		assert.Equal(t, want.Data, got)
		var stream bytes.Buffer
		_, err := stream.ReadFrom(r.Open(e))
		require.NoError(t, err)
		assert.Equal(t, want.Data, stream.Bytes())
	}
	assert.EqualError(t, r.Read("b", make([]byte, 4)), `safetensors: tensor "b" has 3 bytes; the destination has 4`)
	assert.EqualError(t, r.Read("c", nil), `safetensors: no tensor "c" among the 2 of the file`)

	// A file that became shorter after its header was read.
	r, err = NewReader(bytes.NewReader(b[:len(b)-1]), int64(len(b)))
	require.NoError(t, err)
	assert.EqualError(t, r.Read("b", make([]byte, 3)), `safetensors: reading tensor "b": unexpected EOF`)
	_, err = NewReader(bytes.NewReader(b[:20]), int64(len(b)))
	assert.EqualError(t, err, "safetensors: reading the header: unexpected EOF")
}

// A hostile header must not cost much more memory than its own size.
func TestDecodeMemory(t *testing.T) {
	const tensors = 5000
	list := func(shape string) string {
		var h strings.Builder
		for i := range tensors {
			fmt.Fprintf(&h, `,"%d":{"dtype":"U8","shape":[%s],"data_offsets":[0,0]}`, i, shape)
		}
		return "{" + h.String()[1:] + "}"
	}
	var metadata strings.Builder
	for i := range tensors {
		fmt.Fprintf(&metadata, `,"%x":""`, i)
	}
	for _, c := range []struct{ name, header string }{
		{"many tensors", list("0")},
		{"many dimensions", list(strings.Repeat("0,", MaxRank-1) + "0")},
		{"huge dimensions", list("0,9223372036854775807")},
		{"deep", "{" + strings.Repeat(`"x":{`, 100_000)},
		{"long shape", `{"x":{"shape":[` + strings.Repeat("0,", 500_000) + "0]}}"},
		{"many metadata", `{"__metadata__":{` + metadata.String()[1:] + "}}"},
		{"long name", `{"` + strings.Repeat("n", 1<<20) + `":3}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := file(c.header, 0)
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			f, err := Decode(b)
			runtime.ReadMemStats(&after)
			total := float64(after.TotalAlloc-before.TotalAlloc) / float64(len(b))
			runtime.GC()
			runtime.ReadMemStats(&after)
			held := (float64(after.HeapAlloc) - float64(before.HeapAlloc)) / float64(len(b))
			// The JSON tokens are garbage at once; a dimension written in two
			// bytes takes eight in a shape.
			assert.Less(t, total, 100.0, "bytes allocated in total for a byte of header")
			assert.Less(t, held, 10.0, "bytes held for a byte of header")
			t.Logf("a byte of header: %.1f bytes in total, %.1f held; error: %.100v", total, held, err)
			runtime.KeepAlive(f)
		})
	}
	t.Run("huge tensor", func(t *testing.T) {
		b := file(`{"x":{"dtype":"F64","shape":[1000000000000],"data_offsets":[0,8000000000000]}}`, 0)
		_, err := Decode(b)
		require.ErrorContains(t, err, "but the file has 0 bytes of data")
	})
}

func FuzzDecode(f *testing.F) {
	python, err := os.ReadFile("testdata/python.safetensors")
	require.NoError(f, err)
	f.Add(python)
	f.Add(file(`{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"y":{"dtype":"F32","shape":[0,2],"data_offsets":[1,1]}}`, 1))
	f.Add(file(`{"__metadata__":{"a":"\u0000\ud800"},"x":{"dtype":"F64","shape":[],"data_offsets":[0,8]}}  `, 8))
	f.Add(file(`{"x":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}`, 2))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		want, err := Decode(b)
		r, readerErr := NewReader(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			require.ErrorIs(t, err, ErrFormat)
			require.EqualError(t, readerErr, err.Error())
			return
		}
		require.NoError(t, readerErr)
		for i, e := range r.Entries() {
			got := make([]byte, e.Size)
			require.NoError(t, r.Read(e.Name, got))
			require.Equal(t, want.Tensors[i].Data, got)
		}
		again := encode(t, want)
		got, err := Decode(again)
		require.NoError(t, err)
		require.Equal(t, want, got)
		require.Equal(t, again, encode(t, got), "the same file must give the same bytes")
	})
}
