// SPDX-License-Identifier: MIT

package parity

import (
	"maps"

	"github.com/stheno-go/stheno/trainers/optim"
)

func init() { maps.Copy(Optimizers, optimizersMore) }

// optimizersMore has a row for every case of the fixture optim_more.
var optimizersMore = map[string]func(p []*V) optim.Optimizer{
	"adadelta": func(p []*V) optim.Optimizer { return optim.NewAdadelta(p, 1, optim.AdadeltaConfig{}) },
	"adadelta_rho_eps_decay": func(p []*V) optim.Optimizer {
		return optim.NewAdadelta(p, 0.5, optim.AdadeltaConfig{Rho: new(0.8), Eps: new(1e-3), WeightDecay: 0.1})
	},
	"adadelta_maximize": func(p []*V) optim.Optimizer {
		return optim.NewAdadelta(p, 1, optim.AdadeltaConfig{WeightDecay: 0.1, Maximize: true})
	},
	"adamax": func(p []*V) optim.Optimizer { return optim.NewAdamax(p, 0.01, optim.AdamaxConfig{}) },
	"adamax_betas_eps_decay": func(p []*V) optim.Optimizer {
		return optim.NewAdamax(p, 0.01, optim.AdamaxConfig{Betas: &[2]float64{0.4, 0.95}, Eps: new(1e-3), WeightDecay: 0.1})
	},
	"adamax_maximize":  func(p []*V) optim.Optimizer { return optim.NewAdamax(p, 0.01, optim.AdamaxConfig{Maximize: true}) },
	"adamax_one_cycle": func(p []*V) optim.Optimizer { return optim.NewAdamax(p, 0.1, optim.AdamaxConfig{}) },
	"nadam":            func(p []*V) optim.Optimizer { return optim.NewNAdam(p, 0.01, optim.NAdamConfig{}) },
	"nadam_betas_eps_decay": func(p []*V) optim.Optimizer {
		return optim.NewNAdam(p, 0.01, optim.NAdamConfig{Betas: &[2]float64{0.8, 0.95}, Eps: new(1e-3), WeightDecay: 0.1, MomentumDecay: new(0.1)})
	},
	"nadam_decoupled": func(p []*V) optim.Optimizer {
		return optim.NewNAdam(p, 0.01, optim.NAdamConfig{WeightDecay: 0.1, Decoupled: true})
	},
	"nadam_maximize": func(p []*V) optim.Optimizer {
		return optim.NewNAdam(p, 0.01, optim.NAdamConfig{WeightDecay: 0.1, Maximize: true})
	},
	"nadam_one_cycle": func(p []*V) optim.Optimizer { return optim.NewNAdam(p, 0.1, optim.NAdamConfig{}) },
	"radam":           func(p []*V) optim.Optimizer { return optim.NewRAdam(p, 0.01, optim.RAdamConfig{}) },
	"radam_betas_eps_decay": func(p []*V) optim.Optimizer {
		return optim.NewRAdam(p, 0.01, optim.RAdamConfig{Betas: &[2]float64{0.8, 0.95}, Eps: new(1e-3), WeightDecay: 0.1})
	},
	"radam_short": func(p []*V) optim.Optimizer {
		return optim.NewRAdam(p, 0.01, optim.RAdamConfig{Betas: &[2]float64{0.9, 0.5}})
	},
	"radam_decoupled": func(p []*V) optim.Optimizer {
		return optim.NewRAdam(p, 0.01, optim.RAdamConfig{WeightDecay: 0.1, Decoupled: true})
	},
	"radam_maximize": func(p []*V) optim.Optimizer {
		return optim.NewRAdam(p, 0.01, optim.RAdamConfig{WeightDecay: 0.1, Maximize: true})
	},
	"radam_one_cycle": func(p []*V) optim.Optimizer { return optim.NewRAdam(p, 0.1, optim.RAdamConfig{}) },
	"asgd":            func(p []*V) optim.Optimizer { return optim.NewASGD(p, 0.1, optim.ASGDConfig{}) },
	"asgd_averages": func(p []*V) optim.Optimizer {
		return optim.NewASGD(p, 0.1, optim.ASGDConfig{Lambda: new(0.01), Alpha: new(0.9), T0: new(20.0), WeightDecay: 0.1})
	},
	"asgd_maximize": func(p []*V) optim.Optimizer {
		return optim.NewASGD(p, 0.1, optim.ASGDConfig{T0: new(1.0), WeightDecay: 0.1, Maximize: true})
	},
	"asgd_one_cycle": func(p []*V) optim.Optimizer { return optim.NewASGD(p, 0.1, optim.ASGDConfig{}) },
	"rprop":          func(p []*V) optim.Optimizer { return optim.NewRprop(p, 0.01, optim.RpropConfig{}) },
	"rprop_etas_sizes": func(p []*V) optim.Optimizer {
		return optim.NewRprop(p, 0.1, optim.RpropConfig{Etas: &[2]float64{0.3, 1.5}, StepSizes: &[2]float64{0.01, 0.5}})
	},
	"rprop_maximize": func(p []*V) optim.Optimizer { return optim.NewRprop(p, 0.01, optim.RpropConfig{Maximize: true}) },
	"lion":           func(p []*V) optim.Optimizer { return optim.NewLion(p, 0.01, optim.LionConfig{}) },
	"lion_betas_decay": func(p []*V) optim.Optimizer {
		return optim.NewLion(p, 0.01, optim.LionConfig{Betas: &[2]float64{0.8, 0.4}, WeightDecay: 0.1})
	},
	"lion_maximize": func(p []*V) optim.Optimizer {
		return optim.NewLion(p, 0.01, optim.LionConfig{WeightDecay: 0.1, Maximize: true})
	},
	"lion_one_cycle": func(p []*V) optim.Optimizer { return optim.NewLion(p, 0.1, optim.LionConfig{}) },
	"muon":           func(p []*V) optim.Optimizer { return optim.NewMuon(p, 0.01, optim.MuonConfig{}) },
	"muon_plain": func(p []*V) optim.Optimizer {
		return optim.NewMuon(p, 0.01, optim.MuonConfig{WeightDecay: new(0.0), Momentum: new(0.8), Nesterov: new(false)})
	},
	"muon_rms": func(p []*V) optim.Optimizer {
		return optim.NewMuon(p, 0.01, optim.MuonConfig{Adjust: optim.MuonMatchRMSAdamW, NSSteps: new(3), NSCoefficients: &[3]float64{2, -1.5, 0.5}})
	},
	"muon_spectral": func(p []*V) optim.Optimizer {
		return optim.NewMuon(p, 0.01, optim.MuonConfig{Adjust: optim.MuonSpectralUnclamped, Eps: new(1.0)})
	},
	"muon_one_cycle": func(p []*V) optim.Optimizer { return optim.NewMuon(p, 0.1, optim.MuonConfig{}) },
	"adafactor":      func(p []*V) optim.Optimizer { return optim.NewAdafactor(p, 0.01, optim.AdafactorConfig{}) },
	"adafactor_decay": func(p []*V) optim.Optimizer {
		return optim.NewAdafactor(p, 0.3, optim.AdafactorConfig{Beta2Decay: new(-0.5), WeightDecay: 0.1})
	},
	"adafactor_eps_d": func(p []*V) optim.Optimizer {
		return optim.NewAdafactor(p, 0.1, optim.AdafactorConfig{Eps1: new(1e-2), Eps2: new(0.5), D: 2})
	},
	"adafactor_maximize": func(p []*V) optim.Optimizer {
		return optim.NewAdafactor(p, 0.01, optim.AdafactorConfig{WeightDecay: 0.1, Maximize: true})
	},
}
