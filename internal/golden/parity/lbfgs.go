// SPDX-License-Identifier: MIT

package parity

import (
	"fmt"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/golden"
	"github.com/stheno-go/stheno/trainers/optim"
)

// LBFGSCase is the settings of an LBFGS.
type LBFGSCase struct {
	LR     float64
	Config optim.LBFGSConfig
}

// LBFGS has a row for every case of the fixture lbfgs.
var LBFGS = map[string]LBFGSCase{
	"lbfgs":                {0.5, optim.LBFGSConfig{MaxIter: 3}},
	"lbfgs_history":        {0.3, optim.LBFGSConfig{MaxIter: 4, HistorySize: 2}},
	"lbfgs_wolfe":          {1, optim.LBFGSConfig{MaxIter: 4, StrongWolfe: true}},
	"lbfgs_wolfe_evals":    {30, optim.LBFGSConfig{MaxIter: 3, MaxEval: 6, StrongWolfe: true}},
	"lbfgs_wolfe_maximize": {5, optim.LBFGSConfig{MaxIter: 3, StrongWolfe: true, Maximize: true}},
	"lbfgs_tolerances":     {0.5, optim.LBFGSConfig{ToleranceGrad: new(0.05), ToleranceChange: new(0.02)}},
}

// Closure evaluates the fixture's function of the parameters, for opt.
func Closure(list []*V, opt *optim.LBFGS, maximize bool) func() (float64, error) {
	return func() (float64, error) {
		opt.ZeroGrad()
		x := stheno.Cat(0, list[0].Reshape(-1), list[1].Reshape(-1))
		n := x.Dim(0)
		a, b := x.Slice(0, 0, n-1, 1), x.Slice(0, 1, n, 1)
		loss := b.Sub(a.Square()).Square().Sum().Add(a.Neg().Add(1).Square().Sum())
		if maximize {
			loss = loss.Neg()
		}
		if err := loss.Keep().Backward(); err != nil {
			return 0, err
		}
		return loss.Item()
	}
}

// Quasi takes the six steps of a case of LBFGS and compares parameters, losses and numbers of
// evaluations. An optimizer that loads the state takes the last three.
func Quasi(name string, dtype stheno.DType) *Check {
	c := &Check{Group: "optimizers", Case: name, DType: dtype, Bound: 1e-4} // rounding grows with the iterations
	if dtype == stheno.Float64 {
		c.Bound = 1e-10
	}
	if err := c.quasi(); err != nil {
		return c.fail(err)
	}
	return c
}

func (c *Check) quasi() error {
	f, err := golden.Open("lbfgs")
	if err != nil {
		return err
	}
	list, err := Parameters(c.Case, c.DType)
	if err != nil {
		return err
	}
	row, ok := LBFGS[c.Case]
	if !ok {
		return fmt.Errorf("no LBFGS %q", c.Case)
	}
	own := c.Case + "/" + short(c.DType) + "/"
	opt := optim.NewLBFGS(list, row.LR, row.Config)
	var losses, evals []float64
	for n := 1; n <= 6; n++ {
		if n == 4 {
			state := opt.State()
			opt = optim.NewLBFGS(list, row.LR, row.Config)
			if err := opt.LoadState(state); err != nil {
				return err
			}
		}
		loss, err := opt.Step(Closure(list, opt, row.Config.Maximize))
		if err != nil {
			return err
		}
		losses = append(losses, loss)
		for _, e := range opt.State() {
			if e.Name == "state.func_evals" {
				evals = append(evals, e.Tensor.Floats()[0])
			}
		}
		for i, p := range list {
			x, err := p.Tensor()
			if err != nil {
				return err
			}
			c.compare(fmt.Sprintf("step %d, p%d", n, i), x, f.Find(fmt.Sprintf("%sstep%d/p%d", own, n, i)))
		}
	}
	c.numbers("losses", losses, tensorOf(f.Find(own+"losses")).Floats(), atLeastOne)
	c.numbers("evaluations", evals, tensorOf(f.Find(own+"evals")).Floats(), atLeastOne)
	return nil
}
