// SPDX-License-Identifier: MIT

// Package parity trains the six networks of the fixture nets.safetensors and compares
// every loss, all parameters in the end, and an evaluation with what PyTorch computed.
// The tests of package layers and the command stheno verify run it.
package parity

import (
	"fmt"
	"math"
	"strings"
	"unsafe"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/codec/safetensors"
	"github.com/stheno-go/stheno/internal/golden"
	"github.com/stheno-go/stheno/trainers/optim"
)

// Result is how far a network is from PyTorch's: largest differences, each absolute up to
// 1 and relative above.
type Result struct {
	Net, DType            string
	Losses, Weights, Eval float64
	LossTol, Tol          float64 // what is borne: of the losses, and of the others
}

// Passed tells whether all differences are borne.
func (r Result) Passed() bool {
	return r.Losses <= r.LossTol && r.Weights <= r.Tol && r.Eval <= r.Tol
}

// fixture is the file by key.
type fixture map[string]*stheno.Tensor

func read() (fixture, error) {
	b, err := golden.Bytes("nets")
	if err != nil {
		return nil, err
	}
	file, err := safetensors.Decode(b)
	if err != nil {
		return nil, err
	}
	f := fixture{}
	for _, x := range file.Tensors {
		switch x.DType {
		case "F32":
			f[x.Name] = stheno.TensorOf(copied[float32](x.Data), x.Shape...)
		case "F64":
			f[x.Name] = stheno.TensorOf(copied[float64](x.Data), x.Shape...)
		case "I64":
			f[x.Name] = stheno.TensorOf(copied[int64](x.Data), x.Shape...)
		default:
			return nil, fmt.Errorf("parity: %s has type %s", x.Name, x.DType)
		}
		if len(x.Shape) == 0 {
			f[x.Name] = f[x.Name].Reshape()
		}
	}
	return f, nil
}

// copied returns little-endian bytes as numbers; all platforms of this module are
// little-endian.
func copied[T float32 | float64 | int64](b []byte) []T {
	out := make([]T, len(b)/int(unsafe.Sizeof(*new(T))))
	if len(out) > 0 {
		copy(unsafe.Slice((*byte)(unsafe.Pointer(&out[0])), len(b)), b)
	}
	return out
}

// Check trains a network of Nets for 20 steps in float32 or float64.
func Check(name string, dtype stheno.DType) (Result, error) {
	r := Result{Net: name, DType: "f32", LossTol: 1e-5, Tol: 1e-4}
	if dtype == stheno.Float64 {
		r.DType, r.LossTol, r.Tol = "f64", 1e-10, 1e-9
	}
	f, err := read()
	if err != nil {
		return r, err
	}
	n, ok := Nets[name]
	if !ok {
		return r, fmt.Errorf("parity: no net %q", name)
	}
	m := n.Model()
	var state []stheno.NamedTensor
	for key, x := range f {
		if own, ok := strings.CutPrefix(key, name+"/init/"); ok {
			state = append(state, stheno.NamedTensor{Name: own, Tensor: x})
		}
	}
	if err := stheno.LoadStateDict(m, state); err != nil {
		return r, err
	}
	if err := stheno.To(m, dtype); err != nil {
		return r, err
	}
	opt := optim.NewSGD(stheno.Parameters(m), optim.SGDConfig{LR: n.LR, Momentum: 0.9})
	xs, ys := stheno.Var(f[name+"/x"]), stheno.Var(f[name+"/y"])
	for step, want := range f[name+"/"+r.DType+"/losses"].Floats() {
		x, y := xs.Select(0, step).To(dtype), ys.Select(0, step)
		if y.DType().IsFloat() {
			y = y.To(dtype)
		}
		loss := n.Loss.Forward(stheno.Call(m, x), y)
		opt.ZeroGrad()
		if err := loss.Backward(); err != nil {
			return r, err
		}
		if err := opt.Step(); err != nil {
			return r, err
		}
		got, err := loss.Item()
		if err != nil {
			return r, err
		}
		r.Losses = farther(r.Losses, got, want)
	}
	final, err := stheno.StateDict(m)
	if err != nil {
		return r, err
	}
	for _, e := range final {
		if r.Weights, err = compare(r.Weights, e.Tensor, f[name+"/"+r.DType+"/final/"+e.Name]); err != nil {
			return r, fmt.Errorf("parity: %s: %s: %w", name, e.Name, err)
		}
	}
	stheno.Eval(m)
	y, err := stheno.Call(m, xs.Select(0, 0).To(dtype)).Tensor()
	if err != nil {
		return r, err
	}
	r.Eval, err = compare(0, y, f[name+"/"+r.DType+"/eval"])
	return r, err
}

// compare returns the larger of far and the largest difference between two tensors.
func compare(far float64, got, want *stheno.Tensor) (float64, error) {
	if want == nil {
		return far, fmt.Errorf("PyTorch has none")
	}
	if g, w := got.Shape().String(), want.Shape().String(); g != w {
		return far, fmt.Errorf("shape %s, PyTorch's is %s", g, w)
	}
	w := want.Floats()
	for i, g := range got.Floats() {
		far = farther(far, g, w[i])
	}
	return far, nil
}

func farther(far, got, want float64) float64 {
	d := math.Abs(got-want) / max(1, math.Abs(want))
	if math.IsNaN(d) {
		return math.Inf(1)
	}
	return max(far, d)
}
