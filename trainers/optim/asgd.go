// SPDX-License-Identifier: MIT

package optim

import (
	"math"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/kernels"
)

// ASGDConfig holds the settings of [ASGD]. The zero value is torch's default.
type ASGDConfig struct {
	Lambda      *float64 // decay of the parameters and of the rate (lambd); nil: 1e-4
	Alpha       *float64 // power by which the rate falls; nil: 0.75
	T0          *float64 // step at which averaging begins; nil: 1e6
	WeightDecay float64
	Maximize    bool
	Groups      []GroupConfig // instead of params
}

// ASGD is averaged stochastic gradient descent (torch.optim.ASGD; Polyak and Juditsky,
// 1992). In step n, with η = lr in the first one,
//
//	g += decay * p
//	p = (1-λη)*p - η*g
//	ax += (p-ax) / max(1, n-1-t0)
//	η = lr / (1+λ*lr*n)^α // of the next step
//
// The averages are the entries state.NAME.ax of State.
type ASGD struct{ base }

// NewASGD returns an optimizer of params with the learning rate lr; torch's default is 1e-2.
func NewASGD(params []*stheno.Variable, lr float64, c ASGDConfig) *ASGD {
	o := &asgd{c, orDefault(c.Lambda, 1e-4), orDefault(c.Alpha, 0.75), orDefault(c.T0, 1e6)}
	return &ASGD{newBase(o, params, c.Groups, common{lr, c.WeightDecay})}
}

type asgd struct {
	ASGDConfig
	lambda, alpha, t0 float64
}

func (o *asgd) name() string { return "ASGD" }

func (o *asgd) check() error {
	return firstError(nonNegative("lambd value", o.lambda), nonNegative("alpha value", o.alpha), nonNegative("t0 value", o.t0))
}

func (o *asgd) slots(shape stheno.Shape, lr float64) []slot {
	return append(zeros(shape, "ax"), slot{"eta", stheno.Shape{}, float64(float32(lr))}, slot{"mu", stheno.Shape{}, 1})
}

func (o *asgd) step32(u *Update[float32]) { asgdStep(o, u) }
func (o *asgd) step64(u *Update[float64]) { asgdStep(o, u) }

func asgdStep[T kernels.Float](o *asgd, u *Update[T]) {
	eta, mu := &u.slot(1)[0], &u.slot(2)[0]
	kernels.ASGDStep(&kernels.ASGD{
		Shrink: 1 - o.lambda*float64(*eta), Eta: float64(*eta), Mu: float64(*mu), WeightDecay: u.WeightDecay, Maximize: o.Maximize,
	}, u.Param, u.Grad, u.slot(0))
	// Both are float32 whatever the parameter is, as in torch.
	*eta = T(float32(u.LR / math.Pow(1+o.lambda*u.LR*float64(u.Step), o.alpha)))
	*mu = T(float32(1 / max(1, float64(u.Step)-o.t0)))
}
