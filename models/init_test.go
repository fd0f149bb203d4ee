// SPDX-License-Identifier: MIT

package models_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/layers"
	"github.com/stheno-go/stheno/models"
)

// TestConvolutionsAreDrawnOnceTheNetworkIsThere computes the weights of the first and the last
// convolution by hand: they are drawn after those of all constructors.
func TestConvolutionsAreDrawnOnceTheNetworkIsThere(t *testing.T) {
	for name, c := range map[string]struct {
		make   func() stheno.Module
		fanOut bool
	}{
		"resnet18":       {func() stheno.Module { return models.NewResNet18(models.ResNetConfig{}) }, true},
		"resnet20_cifar": {func() stheno.Module { return models.NewCIFARResNet(20, models.CIFARConfig{}) }, false},
	} {
		stheno.Seed(5)
		m := c.make()
		_, draws := stheno.DefaultGenerator().State()
		var weights []*stheno.Variable
		linear := (*layers.Linear)(nil)
		for _, x := range stheno.NamedModules(m) {
			switch l := x.(type) {
			case *layers.Conv2d:
				weights = append(weights, l.Weight)
			case *layers.Linear:
				linear = l
			}
		}
		redrawn := uint64(len(weights))
		if !c.fanOut { // the last layer, too
			weights, redrawn = append(weights, linear.Weight), redrawn+1
		}
		require.Equal(t, draws, uint64(len(weights))+redrawn+map[bool]uint64{true: 2, false: 1}[c.fanOut], name)
		for i, w := range weights {
			stheno.DefaultGenerator().SetState(5, draws-redrawn+uint64(i))
			mode := layers.FanIn
			if c.fanOut {
				mode = layers.FanOut
			}
			want := layers.KaimingNormal(layers.KaimingConfig{Mode: mode}, w.Shape()...)
			got, err := w.Tensor()
			require.NoError(t, err)
			require.Equal(t, want.Floats(), got.Floats(), "%s, weight %d", name, i)
		}
		if c.fanOut { // torch.nn.Linear's own, drawn after one place for each convolution
			stheno.DefaultGenerator().SetState(5, redrawn)
			got, err := linear.Weight.Tensor()
			require.NoError(t, err)
			require.Equal(t, layers.KaimingUniform(layers.KaimingConfig{Nonlinearity: layers.LeakyReLU{Slope: new(math.Sqrt(5))}}, linear.Weight.Shape()...).Floats(), got.Floats(), name)
		}
	}
}
