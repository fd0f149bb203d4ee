// SPDX-License-Identifier: MIT

package optim

import (
	"math"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/kernels"
)

// AdamConfig holds the settings of [NewAdam] and [NewAdamW]. Zeros stand for torch's
// defaults: LR 1e-3, Betas 0.9 and 0.999, Eps 1e-8, and WeightDecay 0 for Adam, 1e-2
// for AdamW; see [Zero].
type AdamConfig struct {
	LR          float64
	Betas       [2]float64
	Eps         float64
	WeightDecay float64
	AMSGrad     bool
	Maximize    bool
	Groups      []Group // instead of a list of parameters
}

// Adam is the optimizer of Kingma and Ba (2015) and, with decoupled weight decay, of
// Loshchilov and Hutter (2019): torch.optim.Adam and AdamW. In step n
//
//	g += decay * p // AdamW: p *= 1 - lr*decay
//	m = β1*m + (1-β1)*g
//	v = β2*v + (1-β2)*g²
//	p -= lr/(1-β1ⁿ) * m / (√v/√(1-β2ⁿ) + eps)
//
// AMSGrad takes the largest v so far.
type Adam struct{ base }

// NewAdam returns an optimizer of params whose weight decay is part of the gradient.
func NewAdam(params []*stheno.Variable, c AdamConfig) *Adam { return newAdam(params, c, false) }

// NewAdamW returns an optimizer of params that shrinks the parameters themselves.
func NewAdamW(params []*stheno.Variable, c AdamConfig) *Adam {
	c.WeightDecay = orDefault(c.WeightDecay, 1e-2)
	return newAdam(params, c, true)
}

func newAdam(params []*stheno.Variable, c AdamConfig, decoupled bool) *Adam {
	c.LR, c.Eps = orDefault(c.LR, 1e-3), orDefault(c.Eps, 1e-8)
	c.Betas[0], c.Betas[1] = orDefault(c.Betas[0], 0.9), orDefault(c.Betas[1], 0.999)
	return &Adam{newBase(&adam{AdamConfig: c, decoupled: decoupled}, params, c.Groups, common{c.LR, c.WeightDecay})}
}

type adam struct {
	AdamConfig
	decoupled bool
	step      int        // that bias belongs to: mostly the same for all parameters
	bias      [2]float64 // 1-βⁿ
}

func (o *adam) name() string {
	if o.decoupled {
		return "AdamW"
	}
	return "Adam"
}

func (o *adam) check() error {
	if err := want("epsilon value", o.Eps); err != nil {
		return err
	}
	for i, b := range o.Betas {
		if !(b >= 0 && b < 1) {
			return invalid("Invalid beta parameter at index %d: %v", i, b)
		}
	}
	return nil
}

func (o *adam) slots() []string {
	if o.AMSGrad {
		return []string{"exp_avg", "exp_avg_sq", "max_exp_avg_sq"}
	}
	return []string{"exp_avg", "exp_avg_sq"}
}

func (o *adam) first(string) float64 { return 0 }

func (o *adam) step32(u *update[float32]) { adamStep(o, u) }
func (o *adam) step64(u *update[float64]) { adamStep(o, u) }

func adamStep[T kernels.Float](o *adam, u *update[T]) {
	if o.step != u.step {
		o.step = u.step
		for i, beta := range o.Betas {
			o.bias[i] = 1 - math.Pow(beta, float64(u.step))
		}
	}
	kernels.AdamStep(&kernels.Adam{
		LR: u.lr, Beta1: o.Betas[0], Beta2: o.Betas[1], Eps: o.Eps, WeightDecay: u.decay,
		Bias1: o.bias[0], Bias2: o.bias[1], Decoupled: o.decoupled, Maximize: o.Maximize,
	}, u.w, u.g, u.slot(0), u.slot(1), u.slot(2))
}
