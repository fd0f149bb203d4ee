// SPDX-License-Identifier: MIT

package torchpickle

import (
	"bytes"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno/internal/codec/safetensors"
)

// python2 is what Python 2 wrote for {"data": array}, as in CIFAR-10's own files.
func python2(shape, dtype, order, data string) []byte {
	return []byte("\x80\x02}q\x01(U\x04dataq\x06cnumpy.core.multiarray\n_reconstruct\nq\x07cnumpy\nndarray\nq\x08K\x00\x85U\x01b\x87Rq\x0b(K\x01" +
		shape + "cnumpy\ndtype\nq\x0cU\x02" + dtype + "K\x00K\x01\x87Rq\x0f(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb" + order +
		"T" + string([]byte{byte(len(data)), byte(len(data) >> 8), 0, 0}) + data + "tbu.")
}

func TestDecodePlain(t *testing.T) {
	want := &Tensor{DType: safetensors.U8, Shape: []int{3, 4}, Data: []byte{0, 23, 46, 69, 92, 115, 138, 161, 184, 207, 230, 253}}
	for _, name := range []string{"plain2.pkl", "plain4.pkl"} {
		v, err := DecodePlain(fixture(t, name))
		require.NoError(t, err, name)
		require.Equal(t, &Dict{[]Entry{
			{"batch_label", "training batch 1 of 5"}, {"labels", []any{int64(6), int64(9), int64(300)}}, {"data", want}, {"text", "é"},
			{"empty", &Tensor{DType: safetensors.U8, Shape: []int{0, 4}, Data: []byte{}}},
		}}, v, name)
	}
	v, err := DecodePlain(python2("K\x03K\x04\x86", "u1", "\x89", string(want.Data)))
	require.NoError(t, err)
	require.Equal(t, &Dict{[]Entry{{"data", want}}}, v)
}

func TestDecodePlainRejects(t *testing.T) {
	data := strings.Repeat("x", 12)
	for want, file := range map[string][]byte{
		"type \"f4\", want u1":       python2("K\x03K\x04\x86", "f4", "\x89", data),
		"in Fortran order":           python2("K\x03K\x04\x86", "u1", "\x88", data),
		"shape [3 5] has 12":         python2("K\x03K\x05\x86", "u1", "\x89", data),
		"shape [2 4] has 12":         python2("K\x02K\x04\x86", "u1", "\x89", data),
		"an array is not filled":     []byte("\x80\x02cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R."),
		"filled with a number":       []byte("\x80\x02cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87RK\x01b."),
		"_reconstruct has 1":         []byte("\x80\x02cnumpy.core.multiarray\n_reconstruct\nK\x01\x85R."),
		"numpy.dtype has 1":          []byte("\x80\x02cnumpy\ndtype\nK\x01\x85R."),
		"_codecs.encode has 2":       []byte("\x80\x02c_codecs\nencode\nU\x01aU\x04utf8\x86R."),
		"a byte of a string is 8364": []byte("\x80\x02c_codecs\nencode\nX\x03\x00\x00\x00€U\x06latin1\x86R."),
		"a persistent id":            []byte("\x80\x02)Q."),
		"\"posix.system\"":           []byte("\x80\x02cposix\nsystem\n."),
		"truncated":                  []byte("\x80\x02C\x10abc"),
	} {
		_, err := DecodePlain(file)
		require.ErrorIs(t, err, ErrFormat)
		require.ErrorContains(t, err, want)
	}
	// Torch's files still may not have them.
	for _, pickle := range []string{"cnumpy\nndarray\n.", "cnumpy\ndtype\n."} {
		_, err := Decode(archived(t, pickle))
		require.ErrorIs(t, err, ErrFormat)
	}
}

// Arrays that share a string are copies: those must be counted.
func TestDecodePlainMemory(t *testing.T) {
	data := strings.Repeat("x", 60000)
	var b bytes.Buffer
	b.WriteString("\x80\x02](cnumpy.core.multiarray\n_reconstruct\nq\x000")
	b.WriteString("cnumpy\nndarray\nq\x010cnumpy\ndtype\nU\x02u1\x85Rq\x020T\x60\xea\x00\x00" + data + "q\x030")
	for range 20000 {
		b.WriteString("h\x00h\x01K\x00\x85U\x01b\x87R(K\x01M\x60\xea\x85h\x02\x89h\x03tb")
	}
	b.WriteString("e.")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := DecodePlain(b.Bytes())
	runtime.ReadMemStats(&after)
	require.ErrorContains(t, err, "want more memory than a file")
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(200<<20))
}

func FuzzDecodePlain(f *testing.F) {
	for _, name := range []string{"plain2.pkl", "plain4.pkl"} {
		f.Add(fixture(f, name))
	}
	f.Add(python2("K\x03K\x04\x86", "u1", "\x89", "abcdefghijkl"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := DecodePlain(b); err != nil {
			require.ErrorIs(t, err, ErrFormat)
		}
	})
}
