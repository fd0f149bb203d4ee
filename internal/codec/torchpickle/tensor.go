// SPDX-License-Identifier: MIT

package torchpickle

import (
	"math"

	"github.com/stheno-go/stheno/internal/codec/safetensors"
)

// storage is a run of elements that tensors look at.
type storage struct {
	key   string
	dtype string
	n     int64 // elements
	data  []byte
}

// view is a tensor: elements of a storage, by strides.
type view struct {
	s             *storage
	offset        int64
	shape, stride []int
	n             int64 // elements
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
	v := &view{s: s, offset: offset, shape: shape, stride: stride}
	return v, v.check(m)
}

// rebuildTensorV2 stands for _rebuild_tensor_v2, which adds requires_grad, hooks and
// metadata. The metadata says whether a view is to be negated or conjugated.
func (m *machine) rebuildTensorV2(args []any) (any, error) {
	if len(args) < 6 || len(args) > 7 {
		return nil, wrongArgs("_rebuild_tensor_v2", args)
	}
	if len(args) == 7 {
		if d, ok := args[6].(*dict); args[6] != nil && (!ok || len(d.entries) > 0) {
			return nil, bad("a tensor is a lazily negated or conjugated view; save its clone()")
		}
	}
	return m.rebuildTensor(args[:4])
}

// rebuildParameter stands for _rebuild_parameter(data, requires_grad, hooks).
func (m *machine) rebuildParameter(args []any) (any, error) {
	if len(args) == 3 {
		if v, ok := args[0].(*view); ok {
			return v, nil
		}
	}
	return nil, wrongArgs("_rebuild_parameter", args)
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

// check counts the elements and wants all of them to lie in the storage.
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
	if v.n > int64(m.budget) {
		return m.spend(math.MaxInt)
	}
	return m.spend(int(v.n) * safetensors.Size(v.s.dtype))
}

// contiguous tells whether the elements lie one behind the other.
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
	t := &Tensor{DType: v.s.dtype, Shape: v.shape, Data: []byte{}}
	if v.n == 0 {
		return t, nil
	}
	size := safetensors.Size(v.s.dtype)
	if int64(len(v.s.data)) != v.s.n*int64(size) {
		return nil, bad("storage %s is not in the file", quote(v.s.key))
	}
	begin := int(v.offset) * size
	if v.contiguous() {
		end := begin + int(v.n)*size
		t.Data = v.s.data[begin:end:end]
		return t, nil
	}
	t.Data = make([]byte, 0, int(v.n)*size)
	at := make([]int, len(v.shape))
	for from := begin; ; {
		t.Data = append(t.Data, v.s.data[from:from+size]...)
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
	if n > math.MaxInt64/8 {
		return nil, bad("storage %s has %d elements, which overflows 64 bits", quote(key), n)
	}
	return &storage{key: key, dtype: dtype, n: n}, nil
}
