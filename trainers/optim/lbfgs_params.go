// SPDX-License-Identifier: MIT

package optim

import (
	"math"

	"github.com/stheno-go/stheno/internal/dtype"
	"github.com/stheno-go/stheno/internal/kernels"
	"github.com/stheno-go/stheno/internal/storage"
)

// size returns the number of elements of all parameters.
func (m *lbfgs[T]) size() int {
	n := 0
	for _, p := range m.base.params {
		n += p.v.Size()
	}
	return n
}

// evaluate calls the closure and writes the gradient. Both have the sign of what is minimized.
func (m *lbfgs[T]) evaluate(closure func() (float64, error), grad []T) (float64, error) {
	loss, err := closure()
	if err != nil {
		return loss, err
	}
	if math.IsNaN(loss) {
		return loss, invalid("LBFGS: the loss is NaN")
	}
	at := 0
	for i, p := range m.base.params {
		part := grad[at:][:p.v.Size()]
		at += len(part)
		g := p.node.Gradient()
		switch {
		case p.node.Data().DType() != typeOf[T]():
			return loss, invalid("LBFGS: parameter %d has become %v", i, p.node.DType())
		case p.node.Data().Device() != storage.CPU:
			return loss, invalid("parameter %s is on %v: this optimizer works on host memory", p.name, p.v.Device())
		case g == nil:
			clear(part)
		default:
			copy(part, elements[T](g))
		}
	}
	if m.Maximize {
		loss = -loss
		kernels.MulScalar(grad, grad, -1)
	}
	return loss, nil
}

func typeOf[T kernels.Float]() dtype.DType {
	if _, ok := any(T(0)).(float32); ok {
		return dtype.Float32
	}
	return dtype.Float64
}

// move adds t times the direction to the parameters.
func (m *lbfgs[T]) move(t float64) {
	at := 0
	for _, p := range m.base.params {
		w := p.node.Data()
		x := elements[T](w)
		kernels.AddScaled(x, T(t), m.d[at:][:len(x)])
		at += len(x)
		w.Touch()
	}
}

// parameters returns a copy of all parameters.
func (m *lbfgs[T]) parameters() []T {
	var x []T
	for _, p := range m.base.params {
		x = append(x, elements[T](p.node.Data())...)
	}
	return x
}

// setParameters sets what parameters returned.
func (m *lbfgs[T]) setParameters(x []T) {
	for _, p := range m.base.params {
		w := p.node.Data()
		x = x[copy(elements[T](w), x):]
		w.Touch()
	}
}

// maxAbs returns the largest absolute value, NaN if there is one.
func maxAbs[T kernels.Float](x []T) (most T) {
	for _, v := range x {
		most = max(most, v, -v)
	}
	return most
}

func sumAbs[T kernels.Float](x []T) T {
	sum := 0.0
	for _, v := range x {
		sum += math.Abs(float64(v))
	}
	return T(sum)
}
