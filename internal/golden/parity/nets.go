// SPDX-License-Identifier: MIT

package parity

import (
	"fmt"
	"strings"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/golden"
	"github.com/stheno-go/stheno/trainers/optim"
)

// Net trains a network of Nets for 20 steps and compares every loss, all parameters in
// the end, and an evaluation.
func Net(name string, dtype stheno.DType) []*Check {
	check := func(what string, bound32, bound64 float64) *Check {
		c := &Check{Group: "networks: " + what, Case: name, DType: dtype, Bound: bound32}
		if dtype == stheno.Float64 {
			c.Bound = bound64
		}
		return c
	}
	losses, parameters := check("20 losses", 1e-5, 1e-10), check("parameters", 1e-4, 1e-9)
	evaluation := check("evaluation", 1e-4, 1e-9)
	list := []*Check{losses, parameters, evaluation}
	if err := train(name, dtype, losses, parameters, evaluation); err != nil {
		for _, c := range list {
			c.fail(err)
		}
	}
	return list
}

func train(name string, dtype stheno.DType, losses, parameters, evaluation *Check) error {
	f, err := golden.Open("nets")
	if err != nil {
		return err
	}
	n, ok := Nets[name]
	if !ok {
		return fmt.Errorf("no net %q", name)
	}
	m := n.Model()
	var state []stheno.NamedTensor
	for _, key := range f.Keys(name + "/init/") {
		state = append(state, stheno.NamedTensor{Name: strings.TrimPrefix(key, name+"/init/"), Tensor: tensorOf(f.Find(key))})
	}
	if err := stheno.LoadStateDict(m, state); err != nil {
		return err
	}
	if err := stheno.To(m, dtype); err != nil {
		return err
	}
	opt := optim.NewSGD(stheno.Parameters(m), n.LR, optim.SGDConfig{Momentum: 0.9})
	xs, ys := stheno.FromTensor(tensorOf(f.Find(name+"/x"))), stheno.FromTensor(tensorOf(f.Find(name+"/y")))
	own := name + "/" + short(dtype) + "/"
	want := f.Find(own + "losses")
	got := make([]float64, want.Len())
	for step := range got {
		x, y := xs.Select(0, step).To(dtype), ys.Select(0, step)
		if y.DType().IsFloat() {
			y = y.To(dtype)
		}
		loss := n.Loss.Forward(stheno.Call(m, x), y)
		opt.ZeroGrad()
		if err := loss.Backward(); err != nil {
			return err
		}
		if err := opt.Step(); err != nil {
			return err
		}
		if got[step], err = loss.Item(); err != nil {
			return err
		}
	}
	losses.numbers("loss", got, tensorOf(want).Floats(), atLeastOne)
	final, err := stheno.StateDict(m)
	if err != nil {
		return err
	}
	for _, e := range final {
		parameters.compare(e.Name, e.Tensor, f.Find(own+"final/"+e.Name))
	}
	stheno.Eval(m)
	y, err := stheno.Call(m, xs.Select(0, 0).To(dtype)).Tensor()
	if err != nil {
		return err
	}
	evaluation.compare("result", y, f.Find(own+"eval"))
	return nil
}
