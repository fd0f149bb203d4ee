// SPDX-License-Identifier: MIT

package torchpickle

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno/internal/codec/safetensors"
)

// archived returns a file of torch.save with this pickle, and four bytes as storage 0.
func archived(t testing.TB, pickle string, more ...string) []byte {
	files := []string{"a/data.pkl", pickle, "a/byteorder", "little", "a/data/0", "\x01\x02\x03\x04"}
	return zipped(t, zip.Store, append(files, more...)...)
}

func zipped(t testing.TB, method uint16, pairs ...string) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(pairs); i += 2 {
		w, err := z.CreateHeader(&zip.FileHeader{Name: pairs[i], Method: method})
		require.NoError(t, err)
		_, err = w.Write([]byte(pairs[i+1]))
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	return b.Bytes()
}

const (
	rebuild = "ctorch._utils\n_rebuild_tensor\n"
	pidHead = "(U\x07storagectorch\nByteStorage\n"
	bytes4  = pidHead + "U\x010U\x03cpuK\x04tQ" // storage 0 of 4 uint8
)

func TestDecodeRejects(t *testing.T) {
	evil := "cposix\nsystem\n(U\x04truetR."
	legacy := fixture(t, "legacy.pth")
	cut := legacy[:len(legacy)-3]
	state := fixture(t, "state.pth")
	for _, c := range []struct {
		name string
		file []byte
		want string
	}{
		{"empty", nil, `it begins with ""`},
		{"text", []byte("hello"), `it begins with "hell", want a zip archive or a pickle`},
		{"plain pickle", []byte("\x80\x02K\x01."), "a pickle that torch.save did not write"},
		{"only the magic", legacy[:16], "in its protocol version"},
		{"legacy cut", cut, "truncated"},
		{"zip cut", state[:len(state)-30], "zip"},
		{"other zip", zipped(t, zip.Store, "readme.txt", "x"), `no file "data.pkl"; is it one of torch.save?`},
		{"compressed", zipped(t, zip.Deflate, "a/data.pkl", strings.Repeat("N", 1000)+"."), "is compressed, want it stored"},
		{"script", archived(t, "N.", "a/constants.pkl", ""), "TorchScript program"},
		{"byte order", zipped(t, zip.Store, "a/data.pkl", "N.", "a/byteorder", "bug"), `byte order "bug", want little or big`},
		{"name twice", archived(t, "N.", "a/data.pkl", "N."), `two files of the archive are named "a/data.pkl"`},

		{"system", archived(t, "\x80\x02"+evil), `the Python global "posix.system", which is not allowed`},
		{"stack global", archived(t, "\x8c\x05posix\x8c\x06system\x93."), `the Python global "posix.system"`},
		{"nested name", archived(t, "\x8c\x05torch\x8c\x10hub.load\x00\x00\x00\x00\x00\x00\x00\x00\x93."), `the Python global "torch.hub.load`},
		{"getattr", archived(t, "c__builtin__\ngetattr\n."), `the Python global "__builtin__.getattr"`},
		{"number of numpy", archived(t, "cnumpy.core.multiarray\nscalar\n."), `"numpy.core.multiarray.scalar"`},
		{"class", archived(t, "c__main__\nNet\n)\x81."), `"__main__.Net"`},
		{"inst", archived(t, "(iposix\nsystem\n."), "pickle opcode 0x69 is not read"},
		{"obj", archived(t, "(o."), "pickle opcode 0x6f is not read"},
		{"newobj", archived(t, "cargparse\nNamespace\n)\x81."), `"argparse.Namespace", which is not allowed`},
		{"storage of dates", archived(t, "cdatetime\ndate\n(K\x01tR."), `"datetime.date"`},
		{"extension", archived(t, "\x82\x01."), "pickle opcode 0x82 is not read"},
		{"call a number", archived(t, "K\x01)R."), "pickle calls a number"},
		{"call a dtype", archived(t, "ctorch\nfloat32\n)R."), "pickle calls torch.float32, which is no function here"},
		{"call with a list", archived(t, "ctorch\nSize\n]R."), "with a list or tuple, want a tuple"},
		{"endless global", archived(t, "ctorch\n_utils"), "the name of a global does not end"},
		{"global of numbers", archived(t, "K\x01K\x02\x93."), "the name of a global is a number and a number"},
		{"attributes", archived(t, "]Nb."), "sets attributes of a list or tuple"},

		{"no stop", archived(t, "N"), "truncated: pickle needs 1 bytes"},
		{"protocol", archived(t, "\x80\x06N."), "pickle protocol 6, want 2 to 5"},
		{"empty stack", archived(t, "."), "takes from an empty stack"},
		{"mark as value", archived(t, "(."), "where there is a mark"},
		{"no mark", archived(t, "]e."), "looks for a mark that is not there"},
		{"text too long", archived(t, "X\xff\xff\xff\xffabc."), "truncated: pickle needs 4294967295 bytes"},
		{"text far too long", archived(t, "\x8d\xff\xff\xff\xff\xff\xff\xff\xffabc."), "truncated: pickle needs 18446744073709551615 bytes"},
		{"recall", archived(t, "h\x07."), "recalls value 7, which it has not stored"},
		{"append to a number", archived(t, "K\x01K\x02a."), "appends to a number"},
		{"append to a tuple", archived(t, ")K\x02a."), "appends to a list or tuple"},
		{"odd items", archived(t, "}(K\x01u."), "without a value"},
		{"items of a list", archived(t, "]K\x01K\x02s."), "sets items of a list or tuple"},
		{"key", archived(t, "}]K\x02s."), "the key of a dictionary is a list or tuple"},
		{"persistent id", archived(t, "NQ."), "a persistent id is None, want a tuple"},
		{"persistent ids", archived(t, "K\x01K\x02\x86Q."), "a persistent id has 2 arguments that do not fit"},
		{"itself", archived(t, "]q\x00h\x00a."), "a list or dictionary holds itself"},
		{"deep", archived(t, strings.Repeat("]", 5000)+strings.Repeat("a", 4999)+"."), "nested deeper than 200"},

		{"no storage", archived(t, pidHead+"U\x019U\x03cpuK\x04tQ."), `no file "data/9"`},
		{"storage size", archived(t, pidHead+"U\x010U\x03cpuK\x05tQ."), "storage \"0\" of 5 U8 needs 5 bytes, but has 4"},
		{"storage overflow", archived(t, pidHead+"U\x010U\x03cpu\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7ftQ."), "overflows 64 bits"},
		{"storage negative", archived(t, pidHead+"U\x010U\x03cpuJ\xff\xff\xff\xfftQ."), "arguments that do not fit"},
		{"storage class", archived(t, "(U\x07storagectorch\nfloat32\nU\x010U\x03cpuK\x04tQ."), "class torch.float32, want a typed one"},
		{"storage view", archived(t, pidHead+"U\x010U\x03cpuK\x04)tQ."), "is a view of another"},
		{"typed storage", archived(t, "ctorch._utils\n_rebuild_tensor_v3\n((U\x07storagectorch\nFloatStorage\nU\x010U\x03cpuK\x01tQK\x00))\x89Nctorch\nfloat16\ntR."), "want one of bytes for a tensor of F16"},
		{"part of an element", archived(t, "ctorch._utils\n_rebuild_tensor_v3\n("+bytes4+"K\x00K\x01\x85K\x01\x85\x89Nctorch\nuint64\ntR."), "does not lie in storage"},
		{"type of a number", archived(t, "ctorch._tensor\n_rebuild_from_type_v2\n(ctorch\nSize\nctorch\nTensor\n)NtR."), "arguments that do not fit"},
		{"type of a type", archived(t, "ctorch._tensor\n_rebuild_from_type_v2\n(ctorch._utils\n_rebuild_tensor\nctorch\nfloat32\n)NtR."), "arguments that do not fit"},
		{"sparse of nothing", archived(t, "ctorch._utils\n_rebuild_sparse_tensor\n(U\x01x)tR."), "arguments that do not fit"},
		{"metadata", archived(t, "ctorch._utils\n_rebuild_tensor_v2\n("+bytes4+"K\x00))\x89N}U\x01xK\x01stR."), "has the metadata the string \"x\""},
		{"negated bytes", archived(t, "ctorch._utils\n_rebuild_tensor_v2\n("+bytes4+"K\x00K\x02\x85K\x01\x85\x89N}U\x03neg\x88stR."), "a tensor of U8 is a negated view"},
		{"outside", archived(t, rebuild+"("+bytes4+"K\x01K\x04\x85K\x01\x85tR."), "does not lie in storage \"0\" of 4 elements"},
		{"far outside", archived(t, rebuild+"("+bytes4+"K\x00\x8a\x05\x00\x00\x00\x00\x7f\x8a\x05\x00\x00\x00\x00\x7f\x86\x8a\x05\x00\x00\x00\x00\x7fK\x01\x86tR."), "does not lie in storage"},
		{"offset alone", archived(t, rebuild+"("+bytes4+"\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7fK\x02\x85K\x01\x85tR."), "does not lie in storage"},
		{"negative stride", archived(t, rebuild+"("+bytes4+"K\x03K\x04\x85J\xff\xff\xff\xff\x85tR."), "arguments that do not fit"},
		{"strides", archived(t, rebuild+"("+bytes4+"K\x00K\x04\x85)tR."), "arguments that do not fit"},
		{"rank", archived(t, rebuild+"("+bytes4+"K\x00("+strings.Repeat("K\x01", 65)+"t("+strings.Repeat("K\x01", 65)+"ttR."), "arguments that do not fit"},
		{"expanded", archived(t, rebuild+"("+bytes4+"K\x00J\x00\x00\x00\x7fK\x01\x86K\x00K\x01\x86tR."), "more memory than a file of"},
		{"all expanded", archived(t, rebuild+"("+bytes4+"K\x00(J\x00\x00\x00\x7fJ\x00\x00\x00\x7ft(K\x00K\x00ttR."), "more memory than a file of"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Decode(c.file)
			require.ErrorIs(t, err, ErrFormat)
			assert.ErrorContains(t, err, c.want)
		})
	}
}

// TestMemory: a small hostile file must not cost much memory.
func TestMemory(t *testing.T) {
	const n = 100_000
	pairs := "](" + strings.Repeat("K\x01K\x02\x86", n) + "eq\x00"
	small := rebuild + "q\x01" + bytes4 + "q\x020"
	share := "h\x01(h\x02K\x00J\x00\x00\x10\x00K\x04\x86K\x00K\x01\x86tR"
	doubling := "]q\x000"
	for i := byte(0); i < 190; i++ {
		doubling += "(h" + string([]byte{i}) + "h" + string([]byte{i}) + "lq" + string([]byte{i + 1}) + "0"
	}
	doubling += "h" + string([]byte{190})
	for name, pickle := range map[string]string{
		"lists":               strings.Repeat("]", n),
		"dictionaries":        strings.Repeat("}NNs", n),
		"memo":                "N" + strings.Repeat("\x94", n),
		"far memo":            "Nr\xff\xff\xff\xff",
		"copied dictionaries": "ccollections\nOrderedDict\nq\x01" + pairs + strings.Repeat("h\x01h\x00\x85R", n),
		"shared expansion":    small + strings.Repeat(share, 1000),
		"doubling":            doubling,
		"long texts":          strings.Repeat("U\xff"+strings.Repeat("x", 255), n/250),
	} {
		t.Run(name, func(t *testing.T) {
			b := archived(t, pickle+".")
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			_, err := Decode(b)
			runtime.ReadMemStats(&after)
			total := after.TotalAlloc - before.TotalAlloc
			assert.Less(t, total, uint64(3*slack+200*len(b)))
			t.Logf("%d bytes: %.1f MB allocated, error %.120v", len(b), float64(total)/1e6, err)
		})
	}
}

// TestObjects: a pickle in which each byte makes an object is refused before they are many.
func TestObjects(t *testing.T) {
	const n = 5 << 20
	for name, pickle := range map[string]string{
		"lists": strings.Repeat("]", n), "dictionaries": strings.Repeat("}", n), "tuples": strings.Repeat(")", n), "tuples in tuples": "N" + strings.Repeat("\x85", n),
		"memo": "N" + strings.Repeat("\x94", n), "entries": "}" + strings.Repeat("NNs", n/3), "calls": "ccollections\nOrderedDict\nq\x00" + strings.Repeat("h\x00)R", n/4),
	} {
		t.Run(name, func(t *testing.T) {
			b := archived(t, pickle+".")
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := Decode(b)
			runtime.ReadMemStats(&after)
			require.ErrorIs(t, err, ErrFormat)
			require.ErrorContains(t, err, "want more memory than a pickle of")
			require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(300<<20))
		})
	}
}

func FuzzDecode(f *testing.F) {
	for _, name := range []string{"state.pth", "legacy.pth", "protocol4.pth", "checkpoint.pt"} {
		f.Add(fixture(f, name))
	}
	f.Add(archived(f, rebuild+"("+bytes4+"K\x00K\x02K\x02\x86K\x01K\x01\x86tR."))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := Decode(b)
		if err != nil {
			require.ErrorIs(t, err, ErrFormat)
			return
		}
		state, err := State(v)
		if err != nil {
			require.ErrorIs(t, err, ErrFormat)
			return
		}
		for _, x := range state {
			if checkTensor(x) != nil {
				return // a name that is no UTF-8
			}
		}
		requireSame(t, state)
	})
}

// FuzzPickle spends all its efforts on the machine.
func FuzzPickle(f *testing.F) {
	a, err := openArchive(fixture(f, "checkpoint.pt"))
	require.NoError(f, err)
	pickle, err := a.read("data.pkl")
	require.NoError(f, err)
	f.Add(pickle)
	f.Add([]byte(rebuild + "(" + bytes4 + "K\x00K\x02K\x02\x86K\x01K\x01\x86tR."))
	f.Fuzz(func(t *testing.T, pickle []byte) {
		m := newMachine(pickle, nil)
		m.budget = 1 << 20
		m.persistent = func(id []any) (any, error) {
			s, err := m.newStorage(id)
			if err == nil && s.n < 1000 {
				s.data = make([]byte, int(s.n)*safetensors.Size(s.dtype))
			}
			return s, err
		}
		v, err := m.run()
		if err == nil {
			_, err = (&plain{map[any]any{}}).value(v, 0)
		}
		if err != nil {
			require.ErrorIs(t, err, ErrFormat)
		}
	})
}

// FuzzRoundTrip reads back what was written.
func FuzzRoundTrip(f *testing.F) {
	f.Add("weight", uint8(1), uint16(3), uint16(70), []byte{1, 2, 3})
	f.Add("", uint8(8), uint16(0), uint16(300), []byte{})
	f.Fuzz(func(t *testing.T, name string, dtype uint8, rows, columns uint16, seed []byte) {
		kinds := []string{safetensors.F64, safetensors.F32, safetensors.F16, safetensors.BF16, safetensors.I64, safetensors.I32, safetensors.I16, safetensors.I8, safetensors.U8, safetensors.Bool}
		x := Tensor{Name: name, DType: kinds[int(dtype)%len(kinds)], Shape: []int{int(rows % 300), int(columns % 300)}}
		x.Data = make([]byte, x.Shape[0]*x.Shape[1]*safetensors.Size(x.DType))
		for i := range x.Data {
			x.Data[i] = byte(i)
			if len(seed) > 0 {
				x.Data[i] ^= seed[i%len(seed)]
			}
		}
		scalar := Tensor{Name: name + "2", DType: safetensors.I64, Shape: []int{}, Data: binary.LittleEndian.AppendUint64(nil, uint64(len(seed)))}
		if checkTensor(x) != nil {
			require.ErrorIs(t, Encode(&bytes.Buffer{}, []Tensor{x}), ErrFormat)
			return
		}
		requireSame(t, []Tensor{x, scalar})
	})
}

func requireSame(t *testing.T, state []Tensor) {
	v, err := Decode(encode(t, state))
	require.NoError(t, err)
	got, err := State(v)
	require.NoError(t, err)
	require.Equal(t, len(state), len(got))
	for i := range state {
		require.Equal(t, state[i], got[i])
	}
}
