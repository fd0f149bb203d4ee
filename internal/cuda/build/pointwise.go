// SPDX-License-Identifier: MIT

package build

import "fmt"

// Threads is the size of the blocks of Pointwise kernels.
const Threads = 256

// Operation is an elementwise operation: it writes the instructions for one element.
type Operation func(k *Kernel, in []Value) Value

// Input is how a pointwise kernel reads an operand: element i of the result takes element
// (i/Inner)%Size of the operand, or element i if Size is 0.
type Input struct{ Inner, Size int }

// Step is an operation of a chain. Args are numbers of inputs, then of steps before it.
type Step struct {
	Op   Operation
	Args []int
}

// Pointwise writes a chain of elementwise operations over n float32. Its parameters are the inputs'
// addresses and the result's. Each thread computes vec neighbours, 1, 2 or 4; then n must be a
// multiple of vec and the addresses of operands of full size aligned to vec elements. The grid may
// have any size.
func Pointwise(name string, n int, inputs []Input, steps []Step, vec int) (*Kernel, error) {
	if err := limit(name, n); err != nil {
		return nil, err
	}
	if vec != 1 && vec != 2 && vec != 4 || n%vec != 0 {
		return nil, fmt.Errorf("build: %s: %d elements in groups of %d", name, n, vec)
	}
	for i, in := range inputs {
		if in.Size < 0 || in.Size > 0 && in.Inner < 1 {
			return nil, fmt.Errorf("build: %s: input %d is %+v", name, i, in)
		}
	}
	for i, s := range steps {
		for _, a := range s.Args {
			if a < 0 || a >= len(inputs)+i {
				return nil, fmt.Errorf("build: %s: step %d takes value %d", name, i, a)
			}
		}
	}
	k := New(name, Threads)
	pointers := make([]Value, len(inputs))
	for i := range inputs {
		pointers[i] = k.Pointer()
	}
	out := k.Pointer()
	width := k.Special("ntid.x")
	start := k.Op(B32, "mad.lo.u32", k.Special("ctaid.x"), width, k.Special("tid.x"))
	stride := k.Op(B32, "mul.lo.u32", k.Special("nctaid.x"), width)
	k.Range(start, Int(n/vec), stride, func(i Value) {
		if vec > 1 {
			i = k.Op(B32, "mul.lo.u32", i, Int(vec))
		}
		vals := make([][]Value, len(inputs)) // by input or step, then by neighbour
		for l, in := range inputs {
			vals[l] = k.input(pointers[l], i, in, vec)
		}
		for _, s := range steps {
			list := make([]Value, vec)
			for v := range list {
				var args []Value
				for _, a := range s.Args {
					args = append(args, vals[a][v])
				}
				list[v] = s.Op(k, args)
			}
			vals = append(vals, list)
		}
		k.Do("st.global"+suffix(vec), At(k.Element(out, i, 4), 0), group(vals[len(vals)-1]))
	})
	return k, nil
}

// input loads the elements i to i+vec-1 of an operand.
func (k *Kernel) input(p, i Value, in Input, vec int) []Value {
	if in.Size == 0 {
		list := k.Regs(F32, vec)
		k.Do("ld.global"+suffix(vec), group(list), At(k.Element(p, i, 4), 0))
		return list
	}
	list := make([]Value, vec)
	for v := range list {
		e := i
		if v > 0 {
			e = k.Op(B32, "add.u32", i, Int(v))
		}
		if in.Inner > 1 {
			e = k.Op(B32, "div.u32", e, Int(in.Inner))
		}
		e = k.Op(B32, "rem.u32", e, Int(in.Size))
		list[v] = k.Op(F32, "ld.global.f32", At(k.Element(p, e, 4), 0))
	}
	return list
}

func suffix(vec int) string {
	if vec == 1 {
		return ".f32"
	}
	return fmt.Sprintf(".v%d.f32", vec)
}

func group(v []Value) Value {
	if len(v) == 1 {
		return v[0]
	}
	return Vector(v...)
}
