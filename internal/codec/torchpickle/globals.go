// SPDX-License-Identifier: MIT

package torchpickle

import (
	"bytes"
	"strconv"

	"github.com/stheno-go/stheno/internal/codec/safetensors"
)

// storages are the classes of typed storages, with the dtypes of their elements.
var storages = map[global]string{
	"torch.DoubleStorage":   safetensors.F64,
	"torch.FloatStorage":    safetensors.F32,
	"torch.HalfStorage":     safetensors.F16,
	"torch.BFloat16Storage": safetensors.BF16,
	"torch.LongStorage":     safetensors.I64,
	"torch.IntStorage":      safetensors.I32,
	"torch.ShortStorage":    safetensors.I16,
	"torch.CharStorage":     safetensors.I8,
	"torch.ByteStorage":     safetensors.U8,
	"torch.BoolStorage":     safetensors.Bool,
}

// names are globals that stand for themselves: a dtype in a checkpoint is its name.
var names = map[global]bool{
	"torch.float64": true, "torch.float32": true, "torch.float16": true, "torch.bfloat16": true,
	"torch.int64": true, "torch.int32": true, "torch.int16": true, "torch.int8": true,
	"torch.uint8": true, "torch.bool": true, "torch.strided": true,
}

// calls are the globals that a pickle may call, and what stands for them here. There
// is no other way from a name in a file to code.
var calls = map[global]func(m *machine, args []any) (any, error){
	"collections.OrderedDict":         (*machine).orderedDict,
	"collections.Counter":             (*machine).counter,
	"torch.Size":                      (*machine).size,
	"torch.device":                    (*machine).device,
	"torch._utils._rebuild_tensor":    (*machine).rebuildTensor,
	"torch._utils._rebuild_tensor_v2": (*machine).rebuildTensorV2,
	"torch._utils._rebuild_parameter": (*machine).rebuildParameter,
	"torch.serialization._get_layout": (*machine).layout,
	"__builtin__.set":                 (*machine).size, // so protocol 2 writes sets
	"builtins.set":                    (*machine).size,
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
	g := global(module + "." + name)
	if storages[g] == "" && !names[g] && m.call(g) == nil && !(m.plain && plainNames[g]) {
		return refused(g)
	}
	m.push(g)
	return nil
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

func (m *machine) reduce() error {
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
	v, err := call(m, args.items)
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
		if err := d.set(pair.items[0], pair.items[1]); err != nil {
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
