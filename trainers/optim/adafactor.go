// SPDX-License-Identifier: MIT

package optim

import (
	"math"
	"slices"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/kernels"
)

// AdafactorConfig holds the settings of [Adafactor]. The zero value is torch's default.
type AdafactorConfig struct {
	Beta2Decay  *float64 // power of the step that an estimate is replaced by; nil: -0.8
	Eps1        *float64 // least estimate; nil: the precision of the parameter's type
	Eps2        *float64 // least size of a parameter; nil: 1e-3
	D           float64  // largest size of an update, at least 1; 0: 1
	WeightDecay float64
	Maximize    bool
	Groups      []GroupConfig // instead of params
}

// Adafactor is an adaptive optimizer that keeps for a matrix the means of its rows and
// columns only (torch.optim.Adafactor; Shazeer and Stern, 2018). In step n, with the root
// mean square rms,
//
//	r += n^beta2Decay * (mean of g² over each row - r)
//	c += n^beta2Decay * (mean of g² over each column - c)
//	u = g / √(r*c/mean(r)) // g / √v of a vector, v as r of each element
//	p *= 1 - lr*decay
//	p -= min(lr, 1/√n) * max(eps2, rms(p)) * u / max(1, rms(u)/d)
//
// The last two dimensions are the matrix.
type Adafactor struct{ base }

// NewAdafactor returns an optimizer of params with the learning rate lr; torch's default is
// 1e-2.
func NewAdafactor(params []*stheno.Variable, lr float64, c AdafactorConfig) *Adafactor {
	o := &adafactor{c, orDefault(c.Beta2Decay, -0.8), orDefault(c.Eps2, 1e-3), c.D}
	if o.d == 0 {
		o.d = 1
	}
	return &Adafactor{newBase(o, params, c.Groups, common{lr, c.WeightDecay})}
}

type adafactor struct {
	AdafactorConfig
	beta2Decay, eps2, d float64
}

func (o *adafactor) name() string { return "Adafactor" }

func (o *adafactor) check() error {
	switch {
	case !sensible(-o.beta2Decay):
		return invalid("beta2_decay should be <= 0 but is: %v", o.beta2Decay)
	case o.Eps1 != nil && !sensible(*o.Eps1):
		return invalid("epsilon1 should be >= 0 but is: %v", *o.Eps1)
	case !sensible(o.eps2):
		return invalid("epsilon2 should be >= 0 but is: %v", o.eps2)
	case !(o.d >= 1 && sensible(o.d)):
		return invalid("Clipping threshold d should be >= 1 but is: %v", o.d)
	}
	return nil
}

func (o *adafactor) slots(shape stheno.Shape, _ float64) []slot {
	n := len(shape)
	if n < 2 {
		return zeros(shape, "variance")
	}
	row, col := slices.Clone(shape), slices.Clone(shape)
	row[n-1], col[n-2] = 1, 1
	return append(zeros(row, "row_var"), zeros(col, "col_var")...)
}

func (o *adafactor) step32(u *Update[float32]) { adafactorStep(o, u, 0x1p-23) }
func (o *adafactor) step64(u *Update[float64]) { adafactorStep(o, u, 0x1p-52) }

func adafactorStep[T kernels.Float](o *adafactor, u *Update[T], precision float64) {
	step := float64(u.Step)
	c := &kernels.Adafactor{
		LR: u.LR, WeightDecay: u.WeightDecay, Rate: min(u.LR, 1/math.Sqrt(step)), Rest: math.Pow(step, o.beta2Decay),
		Eps1: orDefault(o.Eps1, precision), Eps2: o.eps2, D: o.d, Maximize: o.Maximize,
	}
	n := len(u.Shape)
	if n < 2 {
		kernels.AdafactorStep(c, u.Param, u.Grad, nil, nil, u.slot(0), 0, 0)
		return
	}
	kernels.AdafactorStep(c, u.Param, u.Grad, u.slot(0), u.slot(1), nil, u.Shape[n-2], u.Shape[n-1])
}
