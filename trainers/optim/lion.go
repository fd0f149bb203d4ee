// SPDX-License-Identifier: MIT

package optim

import (
	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/kernels"
)

// LionConfig holds the settings of [Lion]. The zero value is the paper's default.
type LionConfig struct {
	Betas       *[2]float64 // nil: 0.9 and 0.99
	WeightDecay float64
	Maximize    bool
	Groups      []GroupConfig // instead of params
}

// Lion steps by the signs of a momentum. torch does not have it; this is the program in
// Chen et al., "Symbolic Discovery of Optimization Algorithms" (2023), and timm.optim.Lion
// without caution:
//
//	p *= 1 - lr*decay
//	p -= lr * sign(β1*m + (1-β1)*g)
//	m = β2*m + (1-β2)*g
//
// Rates are a third to a tenth of [Adam]'s, decays larger by as much. A NaN in the gradient
// makes the parameter NaN.
type Lion struct{ withMomentum }

// NewLion returns an optimizer of params with the learning rate lr; the paper's default is
// 1e-4.
func NewLion(params []*stheno.Variable, lr float64, c LionConfig) *Lion {
	o := &lion{c, orDefault(c.Betas, [2]float64{0.9, 0.99})}
	return &Lion{withMomentum{newBase(o, params, c.Groups, common{lr, c.WeightDecay})}}
}

type lion struct {
	LionConfig
	betas [2]float64
}

func (o *lion) name() string { return "Lion" }

func (o *lion) check() error { return validBetas(o.betas) }

func (o *lion) momentum() float64           { return o.betas[0] }
func (o *lion) setMomentum(m float64) error { return setBeta(&o.betas, m) }

func (o *lion) slots(shape stheno.Shape, _ float64) []slot { return zeros(shape, "exp_avg") }

func (o *lion) step32(u *Update[float32]) { lionStep(o, u) }
func (o *lion) step64(u *Update[float64]) { lionStep(o, u) }

func lionStep[T kernels.Float](o *lion, u *Update[T]) {
	kernels.LionStep(&kernels.Lion{
		LR: u.LR, Beta1: o.betas[0], Beta2: o.betas[1], WeightDecay: u.WeightDecay, Maximize: o.Maximize,
	}, u.Param, u.Grad, u.slot(0))
}
