// SPDX-License-Identifier: MIT

package torchpickle

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/stheno-go/stheno/internal/codec/safetensors"
)

// storages are the classes of typed storages, with the dtypes of their elements; those
// of quantized tensors have no name in safetensors.
var storages = map[global]string{
	"torch.DoubleStorage":        safetensors.F64,
	"torch.FloatStorage":         safetensors.F32,
	"torch.HalfStorage":          safetensors.F16,
	"torch.BFloat16Storage":      safetensors.BF16,
	"torch.LongStorage":          safetensors.I64,
	"torch.IntStorage":           safetensors.I32,
	"torch.ShortStorage":         safetensors.I16,
	"torch.CharStorage":          safetensors.I8,
	"torch.ByteStorage":          safetensors.U8,
	"torch.BoolStorage":          safetensors.Bool,
	"torch.ComplexFloatStorage":  safetensors.C64,
	"torch.ComplexDoubleStorage": safetensors.C128,

	"torch.QInt8Storage": safetensors.I8, "torch.QUInt8Storage": safetensors.U8, "torch.QInt32Storage": safetensors.I32,
	"torch.QUInt4x2Storage": safetensors.U8, "torch.QUInt2x4Storage": safetensors.U8,

	"torch.storage.UntypedStorage": safetensors.U8,
}

// dtypes are the names of torch's dtypes: as a value each is its name.
var dtypes = map[global]string{
	"torch.float64": safetensors.F64, "torch.float32": safetensors.F32, "torch.float16": safetensors.F16, "torch.bfloat16": safetensors.BF16,
	"torch.float8_e4m3fn": safetensors.F8E4M3, "torch.float8_e5m2": safetensors.F8E5M2, "torch.float8_e8m0fnu": safetensors.F8E8M0,
	"torch.float8_e4m3fnuz": safetensors.F8E4M3FNUZ, "torch.float8_e5m2fnuz": safetensors.F8E5M2FNUZ,
	"torch.int64": safetensors.I64, "torch.int32": safetensors.I32, "torch.int16": safetensors.I16, "torch.int8": safetensors.I8,
	"torch.uint64": safetensors.U64, "torch.uint32": safetensors.U32, "torch.uint16": safetensors.U16, "torch.uint8": safetensors.U8,
	"torch.bool": safetensors.Bool, "torch.complex32": safetensors.C32, "torch.complex64": safetensors.C64, "torch.complex128": safetensors.C128,
}

// names are other globals that stand for themselves.
var names = func() map[global]bool {
	m := map[global]bool{}
	for _, name := range []global{
		"qint8", "quint8", "qint32", "quint4x2", "quint2x4", "bits1x8", "bits2x4", "bits4x2", "bits8", "bits16", "float4_e2m1fn_x2", "bcomplex32",
		"uint1", "uint2", "uint3", "uint4", "uint5", "uint6", "uint7", "int1", "int2", "int3", "int4", "int5", "int6", "int7",
		"strided", "sparse_coo", "sparse_csr", "sparse_csc", "sparse_bsr", "sparse_bsc", "jagged",
		"per_tensor_affine", "per_tensor_symmetric", "per_channel_affine", "per_channel_symmetric", "per_channel_affine_float_qparams",
		"Tensor",
	} {
		m["torch."+name] = true
	}
	return m
}()

// calls are the globals that a pickle may call, and what stands for them here. There
// is no other way from a name in a file to code.
var calls map[global]func(m *machine, args []any) (any, error)

func init() { // rebuildFromType looks into the map itself
	calls = map[global]func(m *machine, args []any) (any, error){
		"collections.OrderedDict":                             (*machine).orderedDict,
		"collections.Counter":                                 (*machine).counter,
		"torch.Size":                                          (*machine).size,
		"torch.device":                                        (*machine).device,
		"torch.nn.parameter.Parameter":                        (*machine).parameter,
		"torch.nn.parameter.Buffer":                           (*machine).parameter,
		"torch._tensor._rebuild_from_type_v2":                 (*machine).rebuildFromType,
		"torch._utils._rebuild_tensor":                        (*machine).rebuildTensor,
		"torch._utils._rebuild_tensor_v2":                     (*machine).rebuildTensorV2,
		"torch._utils._rebuild_tensor_v3":                     (*machine).rebuildTensorV3,
		"torch._utils._rebuild_parameter":                     (*machine).parameter,
		"torch._utils._rebuild_parameter_with_state":          (*machine).parameter,
		"torch._utils._rebuild_qtensor":                       (*machine).quantized,
		"torch._utils._rebuild_sparse_tensor":                 (*machine).sparse,
		"torch._utils._rebuild_meta_tensor_no_storage":        (*machine).meta,
		"torch._utils._rebuild_wrapper_subclass":              (*machine).wrapper,
		"torch._utils._rebuild_device_tensor_from_cpu_tensor": (*machine).fromCPU,
		"torch.serialization._get_layout":                     (*machine).layout,
		"_codecs.encode":                                      (*machine).encode,
		"builtins.bytes":                                      (*machine).newBytes,
		"builtins.bytearray":                                  (*machine).newBytes,
		"builtins.complex":                                    (*machine).complex,
		"builtins.set":                                        (*machine).set0,
	}
}

// global pushes a global, if it is on the white list.
func (m *machine) global(op byte) error {
	var module, name string
	if op == opGlobal {
		lines := bytes.SplitN(m.in[m.at:], []byte("\n"), 3)
		if len(lines) < 3 {
			return bad("truncated: the name of a global does not end")
		}
		m.at += len(lines[0]) + len(lines[1]) + 2
		module, name = string(lines[0]), string(lines[1])
	} else {
		pair, err := m.top(false, 2)
		if err != nil {
			return err
		}
		var ok, ok2 bool
		module, ok = pair[0].(string)
		name, ok2 = pair[1].(string)
		if !ok || !ok2 {
			return bad("the name of a global is %s and %s", describe(pair[0]), describe(pair[1]))
		}
	}
	g := known(module, name)
	if storages[g] == "" && dtypes[g] == "" && !names[g] && m.call(g) == nil && !(m.plain && plainNames[g]) {
		return refused(global(module + "." + name))
	}
	m.push(g)
	return nil
}

// known returns the name of a global by today's names.
func known(module, name string) global {
	switch module {
	case "__builtin__": // Python 2, and protocol 2
		module = "builtins"
	case "torch.cuda": // a storage that lay there
		if strings.HasSuffix(name, "Storage") {
			module = "torch"
		}
	}
	return global(module + "." + name)
}

// call returns what stands for a function, nil for one that may not be called.
func (m *machine) call(g global) func(*machine, []any) (any, error) {
	if f := plainCalls[g]; m.plain && f != nil {
		return f
	}
	return calls[g]
}

func refused(g global) error {
	return bad("it uses the Python global %s, which is not allowed: only tensors and plain values are read, and nothing of a file is executed", quote(string(g)))
}

func (m *machine) reduce(op byte) error {
	pair, err := m.top(false, 2)
	if err != nil {
		return err
	}
	g, ok := pair[0].(global)
	if !ok {
		return bad("pickle calls %s", describe(pair[0]))
	}
	args, ok := pair[1].(*list)
	if !ok || !args.tuple {
		return bad("pickle calls %s with %s, want a tuple", g, describe(pair[1]))
	}
	call := m.call(g)
	if call == nil {
		return bad("pickle calls %s, which is no function here", g)
	}
	given := args.items
	if op == opNewObj && g == "collections.OrderedDict" { // its __new__ takes no notice of them
		given = nil
	}
	if err := m.grow(costOfDict); err != nil {
		return err
	}
	v, err := call(m, given)
	if err != nil {
		return err
	}
	m.push(v)
	return nil
}

// build fills an array and ignores the attributes of a dictionary (a state dict has
// _metadata) and of a dtype; nothing else can have some.
func (m *machine) build() error {
	state, err := m.pop()
	if err != nil {
		return err
	}
	switch v := m.peek().(type) {
	case *dict, elements:
		return nil
	case *array:
		return m.fillArray(v, state)
	}
	return bad("pickle sets attributes of %s", describe(m.peek()))
}

func wrongArgs(function string, args []any) error {
	kinds := make([]string, len(args))
	for i, a := range args[:min(len(args), 8)] {
		kinds[i] = describe(a)
	}
	return bad("%s has %d arguments that do not fit: %q", function, len(args), kinds)
}

// orderedDict makes a dictionary: empty, or of a list of pairs, as Python 2 wrote it.
func (m *machine) orderedDict(args []any) (any, error) {
	d := &dict{}
	if len(args) == 0 {
		return d, nil
	}
	pairs, ok := args[0].(*list)
	if !ok || len(args) != 1 {
		return nil, wrongArgs("OrderedDict", args)
	}
	if err := m.spend(100 * len(pairs.items)); err != nil {
		return nil, err
	}
	for _, p := range pairs.items {
		pair, ok := p.(*list)
		if !ok || len(pair.items) != 2 {
			return nil, bad("OrderedDict of %s, want pairs", describe(p))
		}
		if err := m.set(d, pair.items[0], pair.items[1]); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// counter makes a dictionary of a dictionary.
func (m *machine) counter(args []any) (any, error) {
	if len(args) == 0 {
		return &dict{}, nil
	}
	d, ok := args[0].(*dict)
	if !ok || len(args) != 1 {
		return nil, wrongArgs("Counter", args)
	}
	return d, nil
}

// size makes a list of a list.
func (m *machine) size(args []any) (any, error) {
	if len(args) == 1 {
		if l, ok := args[0].(*list); ok {
			return l, nil
		}
	}
	return nil, wrongArgs("torch.Size", args)
}

// set0 makes a set of a list, or an empty one.
func (m *machine) set0(args []any) (any, error) {
	if len(args) == 0 {
		return &list{}, nil
	}
	return m.size(args)
}

// complex stands for complex(real, imaginary).
func (m *machine) complex(args []any) (any, error) {
	if len(args) == 2 {
		re, ok := args[0].(float64)
		im, ok2 := args[1].(float64)
		if ok && ok2 {
			return complex(re, im), nil
		}
	}
	return nil, wrongArgs("complex", args)
}

// encode stands for _codecs.encode(text, "latin1"): how protocol 2 writes bytes.
func (m *machine) encode(args []any) (any, error) {
	text, ok := "", false
	if len(args) == 2 && (args[1] == "latin1" || args[1] == "latin-1") {
		text, ok = args[0].(string)
	}
	if !ok {
		return nil, wrongArgs("_codecs.encode", args)
	}
	if err := m.spend(len(text)); err != nil {
		return nil, err
	}
	out := make([]byte, 0, len(text))
	for _, r := range text {
		if r > 0xff {
			return nil, bad("a byte of a string is %d", r)
		}
		out = append(out, byte(r))
	}
	return m.byteString(out), nil
}

// newBytes stands for bytes() and bytearray(): of nothing, of bytes, or of a text.
func (m *machine) newBytes(args []any) (any, error) {
	switch len(args) {
	case 0:
		return m.byteString(nil), nil
	case 1:
		if b, ok := args[0].(Bytes); ok {
			return b, nil
		}
	case 2:
		return m.encode(args)
	}
	return nil, wrongArgs("bytes", args)
}

// device names a device as torch prints it: cpu, cuda:0.
func (m *machine) device(args []any) (any, error) {
	if len(args) == 1 || len(args) == 2 {
		kind, ok := args[0].(string)
		if ok && len(args) == 1 {
			return kind, nil
		}
		if i, isInt := args[len(args)-1].(int64); ok && isInt {
			if err := m.spend(len(kind) + 20); err != nil {
				return nil, err
			}
			return kind + ":" + strconv.FormatInt(i, 10), nil
		}
	}
	return nil, wrongArgs("torch.device", args)
}

func (m *machine) layout(args []any) (any, error) {
	if len(args) == 1 {
		if name, ok := args[0].(string); ok {
			return name, nil
		}
	}
	return nil, wrongArgs("_get_layout", args)
}
