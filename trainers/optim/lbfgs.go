// SPDX-License-Identifier: MIT

package optim

import (
	"math"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/dtype"
	"github.com/stheno-go/stheno/internal/kernels"
)

// LBFGSConfig holds the settings of [LBFGS]. The zero value is torch's default.
type LBFGSConfig struct {
	MaxIter         int      // iterations of a step; 0: 20
	MaxEval         int      // evaluations of the closure in a step; 0: 5/4 of MaxIter
	ToleranceGrad   *float64 // largest gradient of a minimum; nil: 1e-7
	ToleranceChange *float64 // smallest change of the loss or of a parameter; nil: 1e-9
	HistorySize     int      // 0: 100
	StrongWolfe     bool     // search along each direction (line_search_fn)
	Maximize        bool
}

// LBFGS is the quasi-Newton method of limited memory (torch.optim.LBFGS; Liu and Nocedal,
// 1989). It evaluates the loss several times in a step, and is for losses of all the data: its
// Step takes a closure, so that it is not an [Optimizer]. The learning rate is the length of
// a step relative to the Newton step; torch's default is 1.
//
// All parameters have one type. There is one group, without weight decay.
type LBFGS struct {
	base base
	core lbfgsCore
}

// lbfgsCore is the arithmetic in one type.
type lbfgsCore interface {
	step(closure func() (float64, error)) (float64, error)
	state() []stheno.NamedTensor
	load(given map[string]*stheno.Tensor)
}

// NewLBFGS returns an optimizer of params with the learning rate lr.
func NewLBFGS(params []*stheno.Variable, lr float64, c LBFGSConfig) *LBFGS {
	r := &lbfgsRule{c, orDefault(c.ToleranceGrad, 1e-7), orDefault(c.ToleranceChange, 1e-9)}
	r.MaxIter = zeroIs(c.MaxIter, 20)
	r.MaxEval = zeroIs(c.MaxEval, r.MaxIter*5/4)
	r.HistorySize = zeroIs(c.HistorySize, 100)
	o := &LBFGS{base: newBase(r, params, nil, common{lr, 0})}
	if o.base.err != nil {
		return o
	}
	for i, p := range o.base.params {
		if p.node.DType() != o.base.params[0].node.DType() {
			o.base.err = invalid("LBFGS expects parameters of one type: parameter %d is %v, parameter 0 is %v", i, p.node.DType(), o.base.params[0].node.DType())
			return o
		}
	}
	if o.base.params[0].node.DType() == dtype.Float32 {
		o.core = &lbfgs[float32]{lbfgsRule: r, base: &o.base}
	} else {
		o.core = &lbfgs[float64]{lbfgsRule: r, base: &o.base}
	}
	return o
}

// zeroIs returns def for 0.
func zeroIs(v, def int) int {
	if v == 0 {
		return def
	}
	return v
}

// lbfgsRule is the settings; a base does not step by it.
type lbfgsRule struct {
	LBFGSConfig
	tolGrad, tolChange float64
}

func (o *lbfgsRule) name() string { return "LBFGS" }

func (o *lbfgsRule) check() error {
	if o.MaxIter < 0 || o.MaxEval < 0 || o.HistorySize < 0 {
		return invalid("MaxIter %d, MaxEval %d and HistorySize %d must not be negative", o.MaxIter, o.MaxEval, o.HistorySize)
	}
	return firstError(nonNegative("tolerance_grad value", o.tolGrad), nonNegative("tolerance_change value", o.tolChange))
}

func (o *lbfgsRule) slots(stheno.Shape, float64) []slot { return nil }
func (o *lbfgsRule) step32(*Update[float32])            {}
func (o *lbfgsRule) step64(*Update[float64])            {}

// Step minimizes the loss that closure returns. closure removes the gradients, computes the
// loss, calls Backward on it and returns its value; it is called at least once, and again
// wherever the method looks. Step returns the first value. An error of closure ends it; so
// does a loss that is NaN. With StrongWolfe the parameters are then what they were before
// the search.
func (o *LBFGS) Step(closure func() (float64, error)) (float64, error) {
	switch {
	case o.base.err != nil:
		return 0, o.base.err
	case o.core == nil:
		return 0, errZero
	case closure == nil:
		return 0, invalid("LBFGS: the closure is nil")
	}
	if err := nonNegative("learning rate", o.LR()); err != nil {
		return 0, err
	}
	return o.core.step(closure)
}

// ZeroGrad removes the gradients of all parameters.
func (o *LBFGS) ZeroGrad() { o.base.ZeroGrad() }

// LR returns the learning rate.
func (o *LBFGS) LR() float64 { return o.base.LR() }

// SetLR sets the learning rate.
func (o *LBFGS) SetLR(lr float64) { o.base.SetLR(lr) }

// Parameters returns the parameters.
func (o *LBFGS) Parameters() []*stheno.Variable { return o.base.Parameters() }

// Err returns the error of the constructor.
func (o *LBFGS) Err() error { return o.base.err }

// lbfgs is the method in T. Vectors are over all parameters.
type lbfgs[T kernels.Float] struct {
	*lbfgsRule
	base         *base
	iter, evals  int
	d, grad      []T
	prev         []T // gradient of the iteration before
	dirs, steps  [][]T
	ro           []T
	diag         T // of the first approximation of the inverse Hessian
	t            float64
	prevLoss     float64
	coefficients []T
}

func (m *lbfgs[T]) step(closure func() (float64, error)) (float64, error) {
	m.grad = make([]T, m.size())
	loss, err := m.evaluate(closure, m.grad)
	if err != nil {
		return loss, err
	}
	first := loss
	if m.Maximize {
		first = -loss
	}
	evals := 1
	m.evals++
	if maxAbs(m.grad) <= T(m.tolGrad) {
		return first, nil
	}
	for n := 1; n <= m.MaxIter; n++ {
		m.iter++
		m.direct()
		m.prev = append(m.prev[:0], m.grad...)
		m.prevLoss = loss
		m.t = m.base.LR()
		if m.iter == 1 {
			m.t = float64(min(1, 1/sumAbs(m.grad)) * T(m.t))
		}
		slope := T(kernels.Dot(m.grad, m.d))
		if slope > -T(m.tolChange) {
			break
		}
		optimal, more := false, 0
		if m.StrongWolfe {
			s := &wolfe[T]{m: m, closure: closure, x: m.parameters()}
			if loss, more, err = s.search(loss, slope, m.MaxEval-evals); err != nil {
				return first, err
			}
			m.move(m.t)
			optimal = maxAbs(m.grad) <= T(m.tolGrad)
		} else {
			m.move(m.t)
			if n < m.MaxIter { // of the last point the next step learns
				if loss, err = m.evaluate(closure, m.grad); err != nil {
					return first, err
				}
				optimal, more = maxAbs(m.grad) <= T(m.tolGrad), 1
			}
		}
		evals += more
		m.evals += more
		if evals >= m.MaxEval || optimal || T(m.t)*maxAbs(m.d) <= T(m.tolChange) || math.Abs(loss-m.prevLoss) < m.tolChange {
			break
		}
	}
	return first, nil
}

// direct sets the direction of an iteration and updates the history.
func (m *lbfgs[T]) direct() {
	d := make([]T, len(m.grad))
	kernels.AddScaled(d, -1, m.grad)
	if m.iter == 1 {
		m.d, m.dirs, m.steps, m.ro, m.diag = d, nil, nil, nil, 1
		return
	}
	y, s := make([]T, len(d)), m.d // the old direction becomes the step
	copy(y, m.grad)
	kernels.AddScaled(y, -1, m.prev)
	kernels.MulScalar(s, s, T(m.t))
	if ys := T(kernels.Dot(y, s)); ys > 1e-10 {
		if len(m.dirs) == m.HistorySize {
			m.dirs, m.steps, m.ro = m.dirs[1:], m.steps[1:], m.ro[1:]
		}
		m.dirs, m.steps, m.ro = append(m.dirs, y), append(m.steps, s), append(m.ro, 1/ys)
		m.diag = ys / T(kernels.Dot(y, y))
	}
	if len(m.coefficients) < len(m.dirs) {
		m.coefficients = make([]T, m.HistorySize)
	}
	al := m.coefficients
	for i := len(m.dirs) - 1; i >= 0; i-- {
		al[i] = T(kernels.Dot(m.steps[i], d)) * m.ro[i]
		kernels.AddScaled(d, -al[i], m.dirs[i])
	}
	kernels.MulScalar(d, d, m.diag)
	for i := range m.dirs {
		be := T(kernels.Dot(m.dirs[i], d)) * m.ro[i]
		kernels.AddScaled(d, al[i]-be, m.steps[i])
	}
	m.d = d
}
