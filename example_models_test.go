// SPDX-License-Identifier: MIT

package stheno_test

import (
	"fmt"
	"log"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/layers"
	"github.com/stheno-go/stheno/trainers/optim"
)

// The linear regression of the README.
func Example() {
	stheno.Seed(1)
	x := stheno.Randn(256, 1)
	y := x.Mul(3).Add(2).Add(stheno.Randn(256, 1).Mul(0.1)) // y = 3x + 2 + noise

	model, mse := layers.NewLinear(1, 1), layers.MSELoss{}
	opt := optim.NewSGD(stheno.Parameters(model), 0.1, optim.SGDConfig{})
	for range 100 {
		opt.ZeroGrad()
		if err := mse.Forward(model.Forward(x), y).Backward(); err != nil {
			log.Fatal(err)
		}
		if err := opt.Step(); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Println(model.Weight, model.Bias)
	// Output:
	// [[2.994]] [1.997]
}

// Logistic regression: the probability of the second of two classes.
func Example_logisticRegression() {
	stheno.Seed(1)
	x := stheno.Randn(100, 2)
	y := x.Sum(1).Gt(0).To(stheno.Float32).Unsqueeze(1) // class 1 above the line x1 + x2 = 0

	model, bce := layers.NewLinear(2, 1), layers.BCELoss{}
	opt := optim.NewSGD(stheno.Parameters(model), 1, optim.SGDConfig{Momentum: 0.9})
	for range 100 {
		opt.ZeroGrad()
		if err := bce.Forward(model.Forward(x).Sigmoid(), y).Backward(); err != nil {
			log.Fatal(err)
		}
		if err := opt.Step(); err != nil {
			log.Fatal(err)
		}
	}
	right := model.Forward(x).Gt(0).Eq(y.Gt(0)).To(stheno.Float32).Mean()
	fmt.Println("accuracy", right)
	// Output: accuracy 1
}

// TwoConvolutions is a module of two convolutions.
type TwoConvolutions struct {
	Conv1, Conv2 *layers.Conv2d
}

func (m *TwoConvolutions) Forward(x *stheno.Variable) *stheno.Variable {
	x = m.Conv1.Forward(x).ReLU()
	return m.Conv2.Forward(x).ReLU()
}

// A module is a struct: its parameters are found and named by its fields.
func ExampleModule() {
	m := &TwoConvolutions{layers.NewConv2d(1, 20, 5), layers.NewConv2d(20, 20, 5)}
	for name, p := range stheno.NamedParameters(m) {
		fmt.Println(name, p.Shape())
	}
	fmt.Println(m.Forward(stheno.Zeros(1, 1, 28, 28)).Shape())
	// Output:
	// conv1.weight (20,1,5,5)
	// conv1.bias (20)
	// conv2.weight (20,20,5,5)
	// conv2.bias (20)
	// (1,20,20,20)
}

type Net struct {
	Conv1, Conv2 *layers.Conv2d // conv1.weight, conv1.bias, conv2.weight, conv2.bias
	FC           *layers.Linear // fc.weight, fc.bias
}

func (n *Net) Forward(x *stheno.Variable) *stheno.Variable {
	x = n.Conv1.Forward(x).ReLU().MaxPool2d(stheno.Pool2dConfig{Kernel: [2]int{2, 2}})
	x = n.Conv2.Forward(x).ReLU()
	return n.FC.Forward(x.Flatten(1))
}

func TestTheNetOfTheReadme(t *testing.T) {
	n := &Net{layers.NewConv2d(3, 4, 3), layers.NewConv2d(4, 5, 3), layers.NewLinear(5*5*5, 10)}
	got, err := n.Forward(stheno.Ones(2, 3, 16, 16)).Sum().Item()
	require.NoError(t, err)
	require.False(t, math.IsNaN(got))
}

// TestSnippets holds the Go of the README to what this package compiles and runs: each
// block stands in a test file, line by line, and so does the output that is shown.
func TestSnippets(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	code, err := os.ReadFile("example_models_test.go")
	require.NoError(t, err)
	have := strings.Join(trimmed(string(code)), "\n")
	blocks := strings.Split(string(readme), "```go\n")[1:]
	require.NotEmpty(t, blocks)
	for _, b := range blocks {
		b, _, _ = strings.Cut(b, "```")
		lines := trimmed(b)
		require.Contains(t, have, strings.Join(lines, "\n"))
	}
	outputs := strings.Split(string(readme), "```text\n")[1:]
	require.NotEmpty(t, outputs)
	for _, o := range outputs {
		o, _, _ = strings.Cut(o, "```")
		require.Contains(t, have, "// Output:\n// "+strings.Join(trimmed(o), "\n// "))
	}
}

// trimmed returns the lines of s that are not blank, without the space around them.
func trimmed(s string) []string {
	var lines []string
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}
