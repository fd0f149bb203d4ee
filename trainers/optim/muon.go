// SPDX-License-Identifier: MIT

package optim

import (
	"math"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/access"
	"github.com/stheno-go/stheno/internal/kernels"
)

// MuonAdjust is how [Muon] scales the learning rate of a matrix of n by m (adjust_lr_fn).
type MuonAdjust int

// The scales of [MuonAdjust].
const (
	MuonOriginal          MuonAdjust = iota // √max(1, n/m)
	MuonMatchRMSAdamW                       // 0.2*√max(n, m): the rates of AdamW fit
	MuonSpectralUnclamped                   // √(n/m)
)

// MuonConfig holds the settings of [Muon]. The zero value is torch's default.
type MuonConfig struct {
	WeightDecay    *float64    // nil: 0.1
	Momentum       *float64    // nil: 0.95
	Nesterov       *bool       // nil: true
	NSCoefficients *[3]float64 // of the iteration; nil: 3.4445, -4.7750 and 2.0315
	NSSteps        *int        // iterations; nil: 5
	Eps            *float64    // the least norm that is divided by; nil: 1e-7
	Adjust         MuonAdjust
	Groups         []GroupConfig // instead of params
}

// Muon makes the momentum of a matrix orthogonal before it steps (torch.optim.Muon; Jordan
// et al., 2024):
//
//	m = μ*m + (1-μ)*g
//	u = μ*m + (1-μ)*g // m without Nesterov
//	p = (1-lr*decay)*p - adjusted(lr) * orthogonal(u)
//
// orthogonal is the Newton-Schulz iteration, in bfloat16 as in torch. Muon is for the
// weights of hidden layers: parameters that do not have two dimensions are an error. Others
// need another optimizer, such as [NewAdamW].
type Muon struct{ withMomentum }

// NewMuon returns an optimizer of params with the learning rate lr; torch's default is 1e-3.
func NewMuon(params []*stheno.Variable, lr float64, c MuonConfig) *Muon {
	o := &muon{
		mu: orDefault(c.Momentum, 0.95), nesterov: orDefault(c.Nesterov, true), eps: orDefault(c.Eps, 1e-7), adjust: c.Adjust,
		coefficients: orDefault(c.NSCoefficients, [3]float64{3.4445, -4.7750, 2.0315}), steps: orDefault(c.NSSteps, 5),
	}
	return &Muon{withMomentum{newBase(o, params, c.Groups, common{lr, orDefault(c.WeightDecay, 0.1)})}}
}

type muon struct {
	mu, eps      float64
	nesterov     bool
	coefficients [3]float64
	steps        int
	adjust       MuonAdjust
}

func (o *muon) name() string { return "Muon" }

func (o *muon) check() error {
	if o.steps < 0 || o.steps >= 100 {
		return invalid("Number of steps must be less than 100 for computational efficiency, and not negative: %d", o.steps)
	}
	if o.adjust < MuonOriginal || o.adjust > MuonSpectralUnclamped {
		return invalid("Adjust learning rate function %d is not supported", o.adjust)
	}
	for _, c := range o.coefficients {
		if math.IsNaN(c) || math.IsInf(c, 0) {
			return invalid("Invalid coefficient of the Newton-Schulz iteration: %v", c)
		}
	}
	return firstError(nonNegative("momentum value", o.mu), nonNegative("epsilon value", o.eps))
}

func (o *muon) checkGroup(g *Group) error {
	for _, p := range g.Params {
		if access.Node(p).Dims().Len() != 2 {
			return invalid("Muon only supports 2D parameters whereas we found a parameter with size: %v", p.Shape())
		}
	}
	return nil
}

func (o *muon) momentum() float64           { return o.mu }
func (o *muon) setMomentum(m float64) error { return setMomentum(&o.mu, m) }

func (o *muon) slots(shape stheno.Shape, _ float64) []slot { return zeros(shape, "momentum_buffer") }

func (o *muon) step32(u *Update[float32]) { muonStep(o, u) }
func (o *muon) step64(u *Update[float64]) { muonStep(o, u) }

func muonStep[T kernels.Float](o *muon, u *Update[T]) {
	rows, cols := u.Shape[0], u.Shape[1]
	ratio := float64(rows) / float64(cols)
	switch o.adjust {
	case MuonOriginal:
		ratio = math.Sqrt(max(1, ratio))
	case MuonMatchRMSAdamW:
		ratio = 0.2 * math.Sqrt(float64(max(rows, cols)))
	default:
		ratio = math.Sqrt(ratio)
	}
	kernels.MuonStep(&kernels.Muon{
		LR: u.LR, Size: u.LR * ratio, Momentum: o.mu, WeightDecay: u.WeightDecay, Eps: o.eps,
		A: o.coefficients[0], B: o.coefficients[1], C: o.coefficients[2], Steps: o.steps, Nesterov: o.nesterov,
	}, u.Param, u.Grad, u.slot(0), rows, cols)
}
