// SPDX-License-Identifier: MIT

package torchpickle

import (
	"math"
	"slices"
	"strings"

	"github.com/stheno-go/stheno/internal/codec/safetensors"
)

// storage is a run of elements that tensors look at.
type storage struct {
	key       string
	dtype     string
	n         int64 // elements
	data      []byte
	big       bool // written on a big-endian machine
	quantized bool
	of        *storage // the untyped one whose bytes these are, read later in the legacy format
}

// all is the storage as a tensor.
func (s *storage) all() *view {
	return &view{s: s, shape: []int{int(s.n)}, stride: []int{1}, n: s.n}
}

// bytes returns the elements, nil if they are not in the file.
func (s *storage) bytes() []byte {
	if s.of != nil {
		return s.of.data[:min(int64(len(s.of.data)), s.n*int64(safetensors.Size(s.dtype)))]
	}
	return s.data
}

// view is a tensor: elements of a storage, by strides.
type view struct {
	s             *storage
	offset        int64
	shape, stride []int
	n             int64 // elements
	neg, conj     bool  // to be negated, conjugated
}

// rebuildTensor stands for torch._utils._rebuild_tensor(storage, storage_offset, size,
// stride).
func (m *machine) rebuildTensor(args []any) (any, error) {
	if len(args) != 4 {
		return nil, wrongArgs("_rebuild_tensor", args)
	}
	s, ok := args[0].(*storage)
	offset, ok1 := args[1].(int64)
	shape, ok2 := sizes(args[2])
	stride, ok3 := sizes(args[3])
	if !ok || !ok1 || !ok2 || !ok3 || len(shape) != len(stride) || offset < 0 {
		return nil, wrongArgs("_rebuild_tensor", args)
	}
	if s.quantized {
		return odd{"quantized", shape}, nil
	}
	v := &view{s: s, offset: offset, shape: shape, stride: stride}
	return v, v.check(m)
}

// withMetadata rebuilds a tensor and sets what its metadata say: a dictionary of the flags
// conj and neg, or None.
func (m *machine) withMetadata(args []any, metadata any) (any, error) {
	x, err := m.rebuildTensor(args)
	if err != nil || metadata == nil {
		return x, err
	}
	d, ok := metadata.(*dict)
	if !ok {
		return nil, bad("the metadata of a tensor are %s", describe(metadata))
	}
	for _, e := range d.entries {
		v, isView := x.(*view)
		flag, isFlag := e.Value.(bool)
		switch {
		case !isView || !isFlag:
			return nil, bad("a tensor has the metadata %s, which are not read", describe(e.Key))
		case e.Key == "neg":
			v.neg = flag
		case e.Key == "conj":
			v.conj = flag
		default:
			return nil, bad("a tensor has the metadata %s, which are not read", describe(e.Key))
		}
	}
	return x, nil
}

// rebuildTensorV2 stands for _rebuild_tensor_v2, which adds requires_grad, hooks and
// metadata. The metadata specifies whether a view is to be negated or conjugated.
func (m *machine) rebuildTensorV2(args []any) (any, error) {
	if len(args) < 6 || len(args) > 7 {
		return nil, wrongArgs("_rebuild_tensor_v2", args)
	}
	return m.withMetadata(args[:4], append(args, nil)[6])
}

// rebuildTensorV3 is rebuildTensorV2 of an untyped storage, with the dtype before the
// metadata.
func (m *machine) rebuildTensorV3(args []any) (any, error) {
	if len(args) < 7 || len(args) > 8 {
		return nil, wrongArgs("_rebuild_tensor_v3", args)
	}
	g, isGlobal := args[6].(global)
	s, isStorage := args[0].(*storage)
	if !isGlobal || !isStorage || dtypes[g] == "" && !names[g] {
		return nil, wrongArgs("_rebuild_tensor_v3", args)
	}
	dtype := dtypes[g]
	if dtype == "" {
		return m.oddTensor(strings.TrimPrefix(string(g), "torch."), args[2])
	}
	if s.big && safetensors.Size(dtype) > 1 {
		return nil, bad("storage %s was written on a big-endian machine without its dtype", quote(s.key))
	}
	if s.dtype != safetensors.U8 || s.of != nil {
		return nil, bad("storage %s is of %s, want one of bytes for a tensor of %s", quote(s.key), s.dtype, dtype)
	}
	typed := *s
	typed.dtype, typed.of = dtype, s
	typed.n /= int64(safetensors.Size(dtype))
	return m.withMetadata([]any{&typed, args[1], args[2], args[3]}, append(args, nil)[7])
}

// parameter stands for _rebuild_parameter(data, requires_grad, hooks), and for the classes
// of parameters and buffers: the data are what counts.
func (m *machine) parameter(args []any) (any, error) {
	if len(args) > 0 {
		switch args[0].(type) {
		case *view, odd:
			return args[0], nil
		}
	}
	return nil, wrongArgs("Parameter", args)
}

// rebuildFromType stands for _rebuild_from_type_v2(function, type, arguments, attributes):
// a tensor with attributes, which do not matter.
func (m *machine) rebuildFromType(args []any) (any, error) {
	if len(args) == 4 {
		g, ok := args[0].(global)
		class, ok1 := args[1].(global)
		given, ok2 := args[2].(*list)
		if ok && ok1 && ok2 && given.tuple && strings.HasPrefix(string(g), "torch._utils._rebuild_") && calls[g] != nil &&
			(class == "torch.Tensor" || class == "torch.nn.parameter.Parameter" || class == "torch.nn.parameter.Buffer") {
			return calls[g](m, given.items)
		}
	}
	return nil, wrongArgs("_rebuild_from_type_v2", args)
}

// odd is a tensor that is no plain array. It is known what it is, so that the rest of the
// file can be read.
type odd struct {
	what  string
	shape []int
}

func (m *machine) oddTensor(what string, shape any) (any, error) {
	s, ok := sizes(shape)
	if !ok {
		return nil, bad("a tensor (%s) has a shape that is %s", what, describe(shape))
	}
	return odd{what, s}, nil
}

// quantized stands for _rebuild_qtensor(storage, offset, size, …).
func (m *machine) quantized(args []any) (any, error) {
	if len(args) < 5 {
		return nil, wrongArgs("_rebuild_qtensor", args)
	}
	return m.oddTensor("quantized", args[2])
}

// sparse stands for _rebuild_sparse_tensor(layout, (indices, values, size, …)).
func (m *machine) sparse(args []any) (any, error) {
	if len(args) == 2 {
		if parts, ok := args[1].(*list); ok && len(parts.items) >= 3 {
			for _, part := range parts.items[2:] {
				if l, ok := part.(*list); ok {
					return m.oddTensor("sparse", l)
				}
			}
		}
	}
	return nil, wrongArgs("_rebuild_sparse_tensor", args)
}

// meta stands for _rebuild_meta_tensor_no_storage(dtype, size, stride, requires_grad).
func (m *machine) meta(args []any) (any, error) {
	if len(args) != 4 {
		return nil, wrongArgs("_rebuild_meta_tensor_no_storage", args)
	}
	return m.oddTensor("meta", args[1])
}

// wrapper stands for _rebuild_wrapper_subclass(class, dtype, size, …).
func (m *machine) wrapper(args []any) (any, error) {
	if len(args) < 3 {
		return nil, wrongArgs("_rebuild_wrapper_subclass", args)
	}
	return m.oddTensor("subclass", args[2])
}

// fromCPU stands for _rebuild_device_tensor_from_cpu_tensor(data, dtype, device,
// requires_grad).
func (m *machine) fromCPU(args []any) (any, error) {
	if len(args) == 4 {
		v, ok := args[0].(*view)
		g, ok1 := args[1].(global)
		if ok && ok1 && dtypes[g] == v.s.dtype {
			return v, nil
		}
	}
	return nil, wrongArgs("_rebuild_device_tensor_from_cpu_tensor", args)
}

// sizes returns the numbers of a tuple, at least 0 each.
func sizes(v any) ([]int, bool) {
	l, ok := v.(*list)
	if !ok || len(l.items) > safetensors.MaxRank {
		return nil, false
	}
	out := make([]int, len(l.items))
	for i, x := range l.items {
		n, ok := x.(int64)
		if !ok || n < 0 || int64(int(n)) != n {
			return nil, false
		}
		out[i] = int(n)
	}
	return out, true
}

// check counts the elements and checks that all of them are in the storage.
func (v *view) check(m *machine) error {
	v.n = 1
	last, overflow := v.offset, false
	for i, d := range v.shape {
		if d == 0 {
			v.n = 0
			return nil
		}
		overflow = overflow || v.n > math.MaxInt64/int64(d)
		v.n *= int64(d)
		step := int64(v.stride[i])
		if d > 1 && step > 0 {
			overflow = overflow || int64(d-1) > (math.MaxInt64-last)/step
			last += int64(d-1) * step
		}
		if overflow {
			break
		}
	}
	if overflow || last >= v.s.n {
		return bad("a tensor of shape %v, strides %v and offset %d does not lie in storage %s of %d elements", v.shape, v.stride, v.offset, quote(v.s.key), v.s.n)
	}
	// A stride of 0 repeats an element, and many tensors may share a storage: the
	// bytes asked for have no limit but this.
	size := safetensors.Size(v.s.dtype)
	if v.n > int64(m.budget/max(size, 1)) {
		return m.spend(math.MaxInt)
	}
	return m.spend(int(v.n) * size)
}

// contiguous reports whether the elements lie one behind the other.
func (v *view) contiguous() bool {
	step := 1
	for i := len(v.shape) - 1; i >= 0; i-- {
		if v.shape[i] > 1 && v.stride[i] != step {
			return false
		}
		step *= v.shape[i]
	}
	return true
}

// tensor returns the elements in row-major order.
func (v *view) tensor() (*Tensor, error) {
	t, err := v.elements()
	if err != nil || !v.neg && !v.conj {
		return t, err
	}
	part, isComplex := safetensors.Size(t.DType), t.DType == safetensors.C64 || t.DType == safetensors.C128
	switch t.DType {
	case safetensors.C64, safetensors.C128:
		part /= 2
	case safetensors.F64, safetensors.F32, safetensors.F16, safetensors.BF16:
	default:
		return nil, bad("a tensor of %s is a negated view", t.DType)
	}
	t.Data = slices.Clone(t.Data)
	for i := part - 1; i < len(t.Data); i += part { // where the signs are
		imaginary := isComplex && i/part%2 == 1
		if v.neg != (v.conj && imaginary) {
			t.Data[i] ^= 0x80
		}
	}
	return t, nil
}

func (v *view) elements() (*Tensor, error) {
	t := &Tensor{DType: v.s.dtype, Shape: v.shape, Data: []byte{}}
	if v.n == 0 {
		return t, nil
	}
	size := safetensors.Size(v.s.dtype)
	data := v.s.bytes()
	if int64(len(data)) != v.s.n*int64(size) {
		return nil, bad("storage %s is not in the file", quote(v.s.key))
	}
	begin := int(v.offset) * size
	if v.contiguous() {
		end := begin + int(v.n)*size
		t.Data = data[begin:end:end]
		return t, nil
	}
	t.Data = make([]byte, 0, int(v.n)*size)
	at := make([]int, len(v.shape))
	for from := begin; ; {
		t.Data = append(t.Data, data[from:from+size]...)
		axis := len(at) - 1
		for ; axis >= 0; axis-- {
			at[axis]++
			from += v.stride[axis] * size
			if at[axis] < v.shape[axis] {
				break
			}
			from -= v.shape[axis] * v.stride[axis] * size
			at[axis] = 0
		}
		if axis < 0 {
			return t, nil
		}
	}
}

// newStorage reads a persistent id: ('storage', class, key, location, elements), and a
// sixth part in the legacy format. Where the storage was (cpu, cuda:0) does not matter.
func (m *machine) newStorage(id []any) (*storage, error) {
	if len(id) < 5 || len(id) > 6 || id[0] != "storage" {
		return nil, wrongArgs("a persistent id", id)
	}
	class, ok := id[1].(global)
	key, ok1 := id[2].(string)
	n, ok2 := id[4].(int64)
	if !ok || !ok1 || !ok2 || n < 0 {
		return nil, wrongArgs("a persistent id", id)
	}
	if len(id) == 6 && id[5] != nil {
		return nil, bad("storage %s is a view of another: a form of torch before 0.4, which is not read", quote(key))
	}
	dtype := storages[class]
	if dtype == "" {
		return nil, bad("a storage is of the class %s, want a typed one", class)
	}
	if n > math.MaxInt64/16 {
		return nil, bad("storage %s has %d elements, which overflows 64 bits", quote(key), n)
	}
	return &storage{key: key, dtype: dtype, n: n, quantized: strings.HasPrefix(string(class), "torch.Q")}, nil
}
