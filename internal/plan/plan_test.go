// SPDX-License-Identifier: MIT

package plan_test

import (
	"context"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/debug"
	"github.com/stheno-go/stheno/layers"
	"github.com/stheno-go/stheno/models"
)

// inference returns the plan of m in evaluation.
func inference(t *testing.T, m stheno.Module, shape ...int) string {
	stheno.Eval(m)
	p := stheno.Compile(func(in ...*stheno.Variable) []*stheno.Variable {
		return []*stheno.Variable{m.Forward(in[0])}
	})
	_, err := p.Run(context.Background(), stheno.Randn(shape...))
	require.NoError(t, err)
	return debug.Plan(p)
}

// training returns the plan of a training step of m.
func training(t *testing.T, m stheno.Module, shape ...int) string {
	stheno.Train(m)
	s, err := debug.BackwardPlan(m.Forward(stheno.Randn(shape...)).Mean())
	require.NoError(t, err)
	return s
}

// count returns how many instructions of the plan match.
func count(plan, pattern string) int {
	return len(regexp.MustCompile(`(?m)^ *\d+  \S+ = `+pattern).FindAllString(plan, -1))
}

// figure returns the number that the pattern's group finds.
func figure(t *testing.T, plan, pattern string) float64 {
	m := regexp.MustCompile(pattern).FindStringSubmatch(plan)
	require.NotNil(t, m, plan)
	x, err := strconv.ParseFloat(m[1], 64)
	require.NoError(t, err)
	return x
}

// TestInferenceIsConvolutions: batch norm, residual and ReLU are computed by the
// convolution before them, nothing is converted between two convolutions, and all packed
// weights are kept.
func TestInferenceIsConvolutions(t *testing.T) {
	s := inference(t, models.NewResNet18(models.ResNetConfig{}), 1, 3, 64, 64)
	assert.Equal(t, 20, count(s, `conv2d`))
	assert.Equal(t, 8, count(s, `conv2d\[.*\] \w+\+mul\+add\+add\+relu\(`), "those that end a block")
	assert.Equal(t, 9, count(s, `conv2d\[.*\] \w+\+mul\+add\+relu\(`), "the others but the downsamples")
	assert.Equal(t, 3, count(s, `conv2d\[.*\] \w+\+mul\+add\(`), "the downsamples")
	assert.Zero(t, count(s, `relu\(`))
	assert.Zero(t, count(s, `(to|from)_blocked`), s)
	assert.Equal(t, 20, len(regexp.MustCompile(`(?m)  kept\d+ = pack_weights`).FindAllString(s, -1)))
}

// TestTrainingStaysBlocked: nothing but small things is converted in a whole step.
func TestTrainingStaysBlocked(t *testing.T) {
	s := training(t, models.NewResNet18(models.ResNetConfig{}), 2, 3, 64, 64)
	assert.Equal(t, 1, strings.Count(s, "to_blocked"), "the gradient of the average over the last images")
	assert.NotContains(t, s, "from_blocked")
	assert.Equal(t, 20, count(s, `batch_norm(\+add)?(\+relu)?\(`), s)
	assert.Equal(t, 20, count(s, `batch_norm_stats`))
	assert.Zero(t, count(s, `(add\+)?relu\(`), "every ReLU is computed by a batch norm")
	assert.Equal(t, 9, count(s, `batch_norm_grad_input\+pass_positive\(`), "those of ReLUs without a residual")
	assert.Equal(t, 9, count(s, `batch_norm_grad_stats\+pass_positive\(`))
	assert.NotContains(t, s, "kept0 =", "what is packed of weights that this step changes is not kept")
}

// TestArenaIsShared: the memory of dead values is used again.
// TestGradientsOfBranches: where two branches meet, the convolution that computes one's
// gradient adds the other's and takes both back through the ReLU before.
func TestGradientsOfBranches(t *testing.T) {
	s := training(t, models.NewResNet18(models.ResNetConfig{}), 1, 3, 64, 64)
	assert.Equal(t, 7, count(s, `conv2d\S*\[.*\] \w+\+add\+pass_positive\(`), "blocks that another precedes:\n%s", s)
	assert.Equal(t, 1, count(s, `conv2d\S*\[.*\] \w+\+add\(`), "the first block")
	assert.Equal(t, 1, count(s, `(add\+)?pass_positive\(`), "the last block, which only the pooling reads:\n%s", s)
}

func TestArenaIsShared(t *testing.T) {
	s := training(t, models.NewCIFARResNet(20, models.CIFARConfig{}), 16, 3, 32, 32)
	arena, all := figure(t, s, `arena ([\d.]+) MiB`), figure(t, s, `for values of ([\d.]+) MiB`)
	assert.Less(t, arena, all/2)
}

// TestDeadCode checks that unused values are not computed.
func TestDeadCode(t *testing.T) {
	x := stheno.Randn(3, 4).WithGrad()
	_ = x.Exp().Sum()
	s, err := debug.BackwardPlan(x.Mul(x).Sum())
	require.NoError(t, err)
	assert.NotContains(t, s, "exp")
}

// TestElementwiseIsOnePass: a chain of elementwise operations and its sum are one
// instruction.
func TestElementwiseIsOnePass(t *testing.T) {
	p := stheno.Compile(func(in ...*stheno.Variable) []*stheno.Variable {
		return []*stheno.Variable{in[0].Mul(2).Add(1).Tanh().Mul(in[0]).Sum()}
	})
	_, err := p.Run(context.Background(), stheno.Randn(100))
	require.NoError(t, err)
	assert.Equal(t, 1, count(debug.Plan(p), `.*`), debug.Plan(p))
}

// TestFewChannels: blocks that channels do not fill hold zeros, also after operations
// that make something else of zero.
func TestFewChannels(t *testing.T) {
	m := layers.Sequential{layers.NewConv2d(3, 5, 3), layers.Sigmoid{}, layers.NewConv2d(5, 20, 3)}
	s := inference(t, m, 2, 3, 9, 9)
	assert.Equal(t, 1, count(s, `sigmoid\(`))
	assert.Zero(t, count(s, `to_blocked`), s)
}

// TestLoneConvolutionIsNotConverted: a 1×1 convolution between values in torch's order is
// computed where they lie; between others it goes with them.
func TestLoneConvolutionIsNotConverted(t *testing.T) {
	one := func(in, out int) *layers.Conv2d { return layers.NewConv2d(in, out, 1) }
	s := inference(t, one(64, 96), 2, 64, 28, 28)
	assert.Equal(t, 1, count(s, `conv2d`))
	assert.Equal(t, 1, count(s, `.*`), s)

	s = inference(t, layers.Sequential{layers.NewConv2d(64, 64, 3), one(64, 96), layers.NewConv2d(96, 64, 3)}, 2, 64, 28, 28)
	assert.Equal(t, 1, strings.Count(s, "to_blocked"), s)
	assert.NotContains(t, s, "from_blocked", "the last convolution writes torch's order")

	x := stheno.Randn(2, 64, 28, 28).WithGrad()
	s, err := debug.BackwardPlan(one(64, 96).Forward(x).Flatten(1).LogSoftmax(1).Sum())
	require.NoError(t, err)
	assert.Equal(t, 3, count(s, `conv2d`), s)
	assert.NotContains(t, s, "_blocked")
}

// TestMaxPoolKeepsIndices: the gradient of the stem's pooling reads bytes that the pooling
// has kept; without a gradient it keeps none.
func TestMaxPoolKeepsIndices(t *testing.T) {
	s := training(t, models.NewResNet18(models.ResNetConfig{}), 2, 3, 64, 64)
	assert.Equal(t, 1, count(s, `max_pool2d\+indices`))
	assert.Equal(t, 1, count(s, `max_pool2d_grad\+indices`))
	assert.NotContains(t, inference(t, models.NewResNet18(models.ResNetConfig{}), 1, 3, 64, 64), "+indices")
}
