// SPDX-License-Identifier: MIT

package cases

import (
	"context"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/debug"
)

// inference runs f of x as a compiled program; the check is the root mean square of
// what it returns.
func inference(f func(*stheno.Variable) *stheno.Variable, x *stheno.Variable, work float64, unit string) *Task {
	p := stheno.Compile(func(in ...*stheno.Variable) []*stheno.Variable { return []*stheno.Variable{f(in[0])} })
	var y *stheno.Variable
	step := func() error {
		out, err := p.Run(context.Background(), x)
		if err == nil {
			y = out[0]
		}
		return err
	}
	return &Task{Step: step, Check: func() (float64, error) { return rms(y) }, Tolerance: 1e-4, WarmUp: 3, Work: work, Unit: unit,
		Memory: func() (debug.PlannedMemory, error) { return debug.Memory(p), nil }}
}
