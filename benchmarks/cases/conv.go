// SPDX-License-Identifier: MIT

package cases

import (
	"math"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/layers"
)

// conv is a row of equal convolutions without bias, as in a network: what is between
// them stays in the layout that the library likes. The check is the root mean square of
// the output, in training of the first weight's gradient.
func (c Case) conv() (*Task, error) {
	net := make(layers.Sequential, c.Depth)
	for i := range net {
		l := layers.NewConv2d(c.In, c.Out, c.Kernel, layers.Stride(c.Stride), layers.Padding(c.Padding), layers.Bias(false))
		l.Weight = stheno.NewParameter(noise(uint32(i+1), math.Sqrt(3/float64(c.In*c.Kernel*c.Kernel)), c.Out, c.In, c.Kernel, c.Kernel))
		net[i] = l
	}
	x := stheno.FromTensor(noise(100, 1, c.Batch, c.In, c.Image, c.Image))
	size := (c.Image+2*c.Padding-c.Kernel)/c.Stride + 1
	work := 2 * float64(c.Depth*c.Batch*c.Out*size*size) * float64(c.In*c.Kernel*c.Kernel)
	if !c.Train {
		return inference(net.Forward, x, work, "FLOP"), nil
	}
	x = x.WithGrad()
	seed := stheno.FromTensor(noise(200, 1, c.Batch, c.Out, size, size))
	step := func() error {
		x.ZeroGrad()
		for _, p := range stheno.Parameters(net) {
			p.ZeroGrad()
		}
		return net.Forward(x).Backward(seed)
	}
	check := func() (float64, error) { return rms(stheno.Parameters(net)[0].Grad()) }
	return &Task{Step: step, Check: check, Tolerance: 1e-4, WarmUp: 3, Work: 3 * work, Unit: "FLOP"}, nil
}
