// SPDX-License-Identifier: MIT

package stheno_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
)

// plainNumbers are the exported numbers of structs of settings and of layers that are not
// pointers, though their zero could be meant, and why: docs/api.md has the rule. A new one
// belongs here only if 0 is its default, or is not legal.
var plainNumbers = map[string]string{
	"layers.CrossEntropyLoss.LabelSmoothing": "0 is the default",
	"layers.Threshold.Limit":                 "there is no other default",
	"layers.Threshold.Value":                 "there is no other default",
	"datasets.Padding.X":                     "0 is the default",
	"datasets.Padding.Y":                     "0 is the default",
	"optim.SGDConfig.Momentum":               "0 is the default",
	"optim.SGDConfig.Dampening":              "0 is the default",
	"optim.SGDConfig.WeightDecay":            "0 is the default",
	"optim.RMSpropConfig.WeightDecay":        "0 is the default",
	"optim.RMSpropConfig.Momentum":           "0 is the default",
	"optim.AdagradConfig.LRDecay":            "0 is the default",
	"optim.AdagradConfig.WeightDecay":        "0 is the default",
	"optim.AdagradConfig.InitialAccumulator": "0 is the default",
	"optim.AdadeltaConfig.WeightDecay":       "0 is the default",
	"optim.AdamaxConfig.WeightDecay":         "0 is the default",
	"optim.NAdamConfig.WeightDecay":          "0 is the default",
	"optim.RAdamConfig.WeightDecay":          "0 is the default",
	"optim.ASGDConfig.WeightDecay":           "0 is the default",
	"optim.LionConfig.WeightDecay":           "0 is the default",
	"optim.AdafactorConfig.WeightDecay":      "0 is the default",
	"optim.AdafactorConfig.D":                "0 is not legal",
	"optim.CyclicConfig.Up":                  "0 is not legal",
	"optim.CyclicConfig.Down":                "0 is not legal",
	"trainers.LRRangeConfig.From":            "0 is not legal",
	"trainers.LRRangeConfig.To":              "0 is not legal",
	"trainers.LRRangeConfig.Diverge":         "0 is not legal",
	"trainers.LRRange.Suggestion":            "a result",
	"optim.PlateauConfig.MinLR":              "0 is the default",
	"optim.CustomConfig.WeightDecay":         "0 is the default",
	"optim.Update.LR":                        "it is given",
	"optim.Update.WeightDecay":               "it is given",
	"optim.Group.LR":                         "it is what it is now",
	"optim.Group.WeightDecay":                "it is what it is now",
	"optim.Group.InitialLR":                  "it is what it is now",
	"trainers.EarlyStoppingConfig.MinDelta":  "0 is the default",
	"trainers.Trainer.ClipNorm":              "0 is off",
	"trainers.Trainer.ClipValue":             "0 is off",
	"trainers.Trainer.EMA":                   "a decay of 0 is no average",
	"trainers.State.Loss":                    "a result",
	"trainers.State.Seconds":                 "a result",
	"trainers.Record.Seconds":                "a result",
}

// TestNumbersWhoseZeroCouldBeMeant finds floats in exported structs that nobody has
// thought about: a zero that stands for another number is a wrong number without a word.
func TestNumbersWhoseZeroCouldBeMeant(t *testing.T) {
	seen := map[string]bool{}
	for _, dir := range []string{".", "layers", "models", "datasets", "datasets/transforms", "trainers", "trainers/optim"} {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		require.NoError(t, err)
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			p, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
			require.NoError(t, err)
			name := p.Name.Name
			ast.Inspect(p, func(n ast.Node) bool {
				spec, ok := n.(*ast.TypeSpec)
				if !ok {
					return true
				}
				s, ok := spec.Type.(*ast.StructType)
				if !ok || !spec.Name.IsExported() {
					return true
				}
				for _, f := range s.Fields.List {
					kind, ok := f.Type.(*ast.Ident)
					if !ok || kind.Name != "float64" && kind.Name != "float32" {
						continue
					}
					for _, field := range f.Names {
						if key := name + "." + spec.Name.Name + "." + field.Name; field.IsExported() {
							seen[key] = true
							require.NotEmpty(t, plainNumbers[key], "%s: make it a pointer, unless its default is 0", key)
						}
					}
				}
				return true
			})
		}
	}
	for key := range plainNumbers {
		require.True(t, seen[key], "%s is gone", key)
	}
}

// TestBatchNormOfAProgramMovesStatistics by the size of the batch, which a Program gives up
// once it is recorded.
func TestBatchNormOfAProgramMovesStatistics(t *testing.T) {
	x := stheno.New([]float32{0, 2}, 2, 1)
	s := stheno.BatchNormState{Mean: stheno.Zeros(1), Var: stheno.Ones(1), Momentum: new(0.5), Training: true}
	p := stheno.Compile(func(in ...*stheno.Variable) []*stheno.Variable { return []*stheno.Variable{in[0].BatchNorm(s)} })
	_, err := p.Run(t.Context(), x)
	require.NoError(t, err)
	mean, err := s.Mean.Item()
	require.NoError(t, err)
	variance, err := s.Var.Item()
	require.NoError(t, err)
	require.Equal(t, []float64{0.5, 1.5}, []float64{mean, variance})
}
