// SPDX-License-Identifier: MIT

package models_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/layers"
	"github.com/stheno-go/stheno/models"
)

func TestNewKnowsItsNames(t *testing.T) {
	names := models.Names()
	require.Contains(t, names, "resnet18")
	require.Contains(t, names, "plain56_cifar")
	seen := map[string]bool{}
	for _, name := range names {
		require.False(t, seen[name], "%s is there twice", name)
		seen[name] = true
		m, err := models.Find(name)
		require.NoError(t, err)
		require.NotEmpty(t, m.About)
	}
	for _, name := range []string{"resnet20_cifar", "plain20_cifar", "lenet", "net", "mlp", "linear", "logistic", "softmax"} {
		info, err := models.Find(name)
		require.NoError(t, err)
		m, err := models.New(name, models.Config{})
		require.NoError(t, err, name)
		shape := append([]int{2}, info.Input(models.Config{})...)
		require.NoError(t, stheno.Run(m.Forward(stheno.Zeros(shape...))), name)
	}
}

func TestNewReportsMistakes(t *testing.T) {
	for _, c := range []struct {
		name, want string
		config     models.Config
	}{
		{name: "ResNet18", want: `models: no model "ResNet18" (did you mean "resnet18"?)`},
		{name: "resnet20-cifar", want: `did you mean "resnet20_cifar"?`},
		{name: "vgg", want: `models: no model "vgg"; have resnet18, `},
		{name: "lenet", config: models.Config{Groups: 2}, want: "models: lenet has no option Groups; it has Classes, Channels, Height, Width"},
		{name: "lenet", config: models.Config{Height: 8}, want: "at least 12x12"},
		{name: "resnet18", config: models.Config{Classes: -1}, want: "models: resnet18: Classes must be positive, got -1"},
		{name: "resnet18", config: models.Config{Groups: 32}, want: "BasicBlock only supports groups=1 and base_width=64"},
		{name: "resnet18", config: models.Config{Dilate: []bool{false, true, false}}, want: "Dilation > 1 not supported in BasicBlock"},
		{name: "resnet50", config: models.Config{Dilate: []bool{true}}, want: "replace_stride_with_dilation should be None or a 3-element tuple, got [True]"},
		{name: "mlp", config: models.Config{Features: 2, Height: 3}, want: "got both"},
		{name: "mlp", config: models.Config{Hidden: []int{3, 0}}, want: "got [784 3 0 10]"},
	} {
		m, err := models.New(c.name, c.config)
		require.ErrorContains(t, err, c.want, c.name)
		require.Nil(t, m)
	}
	require.ErrorIs(t, errOf(models.New("vgg", models.Config{})), stheno.ErrValue)
	require.ErrorContains(t, models.NewCIFARResNet(21, models.CIFARConfig{}).Check(), "depth must be 6n+2 (20, 32, 44, 56, 110), got 21")
	require.ErrorContains(t, stheno.Run(models.NewMLP(nil, 3).Forward(stheno.Zeros(1, 3))), "got [3]")
}

func errOf(_ stheno.Module, err error) error { return err }

func TestOptions(t *testing.T) {
	m, err := models.New("lenet", models.Config{Channels: 3, Height: 32, Width: 20, Classes: 7})
	require.NoError(t, err)
	require.Equal(t, stheno.Shape{2, 7}, m.Forward(stheno.Zeros(2, 3, 32, 20)).Shape())

	m, err = models.New("mlp", models.Config{Features: 5, Hidden: []int{4, 3}, Classes: 2})
	require.NoError(t, err)
	require.Len(t, stheno.Parameters(m), 6)
	require.Equal(t, stheno.Shape{1, 2}, m.Forward(stheno.Zeros(1, 5)).Shape())

	info, err := models.Find("mlp")
	require.NoError(t, err)
	require.Equal(t, []int{5}, info.Input(models.Config{Features: 5}))
	require.Equal(t, []int{1, 32, 28}, info.Input(models.Config{Height: 32}))

	norm := func(channels int) stheno.Module { return layers.NewGroupNorm(8, channels) }
	r := models.NewResNet18(models.ResNetConfig{ZeroInit: true, Norm: norm, Channels: 1, Classes: 2})
	require.NoError(t, r.Check())
	require.Equal(t, stheno.Shape{1, 2}, r.Forward(stheno.Zeros(1, 1, 32, 32)).Shape())
	block := r.Layer3[1].(*models.BasicBlock)
	require.Zero(t, sum(t, block.BN2.(*layers.GroupNorm).Weight))
	require.NotZero(t, sum(t, block.BN1.(*layers.GroupNorm).Weight))
}

func sum(t *testing.T, v *stheno.Variable) float64 {
	x, err := v.Detach().Abs().Sum().Item()
	require.NoError(t, err)
	return x
}

// TestZeroInitIsTheIdentity checks that a block with a zero last weight is the identity.
func TestZeroInitIsTheIdentity(t *testing.T) {
	m := models.NewResNet18(models.ResNetConfig{ZeroInit: true, Classes: 2})
	x := stheno.Rand(2, 64, 8, 8)
	require.Zero(t, sum(t, m.Layer1.Forward(x).Sub(x)))
	m = models.NewResNet18(models.ResNetConfig{Classes: 2})
	require.NotZero(t, sum(t, m.Layer1.Forward(x).Sub(x)))
}

func TestFineTuning(t *testing.T) {
	stheno.Seed(3)
	m := models.NewCIFARResNet(8, models.CIFARConfig{})
	body, old := m.Conv1.Weight, m.Linear
	require.NoError(t, models.ReplaceHead(m, 3))
	require.NoError(t, models.FreezeBody(m))
	require.NotSame(t, old, m.Linear)
	require.Same(t, body, m.Conv1.Weight)

	y := m.Forward(stheno.Rand(2, 3, 8, 8))
	require.Equal(t, stheno.Shape{2, 3}, y.Shape())
	require.NoError(t, layers.CrossEntropyLoss{}.Forward(y, stheno.New([]int64{0, 2}, 2)).Backward())
	for name, p := range stheno.NamedParameters(m) {
		head := name == "linear.weight" || name == "linear.bias"
		require.Equal(t, head, p.RequiresGrad(), name)
		require.Equal(t, head, p.Grad() != nil, name)
	}
	require.ErrorContains(t, models.ReplaceHead(layers.ReLU{}, 3), "layers.ReLU has no methods Head() stheno.Module and SetHead(")
	require.ErrorContains(t, models.ReplaceHead(m, 0), "the number of classes must be positive, got 0")
	require.ErrorContains(t, models.FreezeBody(models.NewMLP(nil, 3)), "got [3]")
	require.ErrorContains(t, models.FreezeBody(&models.MLP{}), "mlp: the head is nil")
}

// headed are all networks with a head, the shape of an input and the name of the head.
func headed() map[string]struct {
	net   models.Headed
	input []int
	key   string
} {
	c := models.CIFARConfig{Classes: 4}
	return map[string]struct {
		net   models.Headed
		input []int
		key   string
	}{
		"resnet":    {models.NewResNet([4]int{1, 1, 1, 1}, false, models.ResNetConfig{Classes: 4}), []int{2, 3, 32, 32}, "fc"},
		"cifar":     {models.NewCIFARResNet(8, c), []int{2, 3, 8, 8}, "linear"},
		"resnet18":  {models.NewResNet18CIFAR(c), []int{2, 3, 8, 8}, "linear"},
		"preact":    {models.NewPreActResNet18(c), []int{2, 3, 8, 8}, "linear"},
		"lenet":     {models.NewLeNet(1, 28, 28, 4), []int{2, 1, 28, 28}, "fc3"},
		"mlp":       {models.NewMLP(nil, 5, 6, 4), []int{2, 5}, "layers.1"},
		"linear":    {models.NewLinearRegression(5, 4), []int{2, 5}, "linear"},
		"logistics": {models.NewLogisticRegression(5, 4), []int{2, 5}, "linear"},
	}
}

// TestAnyModuleIsAHead checks that a custom head is called, named after its field, trained and saved.
func TestAnyModuleIsAHead(t *testing.T) {
	for name, c := range headed() {
		t.Run(name, func(t *testing.T) {
			first := c.net.Head().(*layers.Linear)
			in := first.Weight.Dim(1)
			drop := layers.NewDropout(0.5)
			head := layers.Sequential{layers.NewLinear(in, 7), layers.ReLU{}, drop, layers.NewLinear(7, 3)}
			c.net.SetHead(head)
			require.NoError(t, stheno.Check(c.net))
			require.NoError(t, stheno.Eval(c.net))
			x := stheno.Rand(c.input...)
			y := c.net.Forward(x)
			require.Equal(t, stheno.Shape{2, 3}, y.Shape())
			require.NoError(t, models.FreezeBody(c.net))
			var trained []string
			for key, p := range stheno.NamedParameters(c.net) {
				if p.RequiresGrad() {
					trained = append(trained, key)
				}
			}
			require.Equal(t, []string{c.key + ".0.weight", c.key + ".0.bias", c.key + ".3.weight", c.key + ".3.bias"}, trained)

			other := layers.Sequential{layers.NewLinear(in, 7), layers.ReLU{}, drop, layers.NewLinear(7, 3)}
			before, err := y.Tensor()
			require.NoError(t, err)
			state, err := stheno.StateDict(c.net)
			require.NoError(t, err)
			c.net.SetHead(other)
			require.NoError(t, stheno.LoadStateDict(c.net, state))
			after, err := c.net.Forward(x).Tensor()
			require.NoError(t, err)
			require.Equal(t, before.Floats(), after.Floats(), "a head has the key of its field")

			require.ErrorContains(t, models.ReplaceHead(c.net, 2), "is a layers.Sequential, expects a *layers.Linear; use SetHead for other modules")
			c.net.SetHead(layers.ReLU{})
			require.ErrorContains(t, models.FreezeBody(c.net), "a layers.ReLU, has no parameters")
		})
	}
}

// TestANilHead checks that a nil head, typed or untyped, is an error.
func TestANilHead(t *testing.T) {
	const want = "the head is nil; set it with SetHead"
	for name, c := range headed() {
		for _, none := range []stheno.Module{nil, (*layers.Linear)(nil)} {
			c.net.SetHead(none)
			require.ErrorContains(t, stheno.Check(c.net), want, name)
			require.ErrorContains(t, c.net.Forward(stheno.Rand(c.input...)).Err(), want, name)
			require.ErrorContains(t, models.ReplaceHead(c.net, 3), want, name)
			require.ErrorContains(t, models.FreezeBody(c.net), want, name)
		}
	}
	require.ErrorContains(t, models.ReplaceHead(&headless{}, 3), "models_test.headless: the head is nil")
}

// headless is a custom network without Check.
type headless struct{ FC stheno.Module }

func (h *headless) Forward(x *stheno.Variable) *stheno.Variable { return stheno.Call(h.FC, x) }
func (h *headless) Head() stheno.Module                         { return h.FC }
func (h *headless) SetHead(m stheno.Module)                     { h.FC = m }
