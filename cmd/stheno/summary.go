// SPDX-License-Identifier: MIT

package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/debug"
	"github.com/stheno-go/stheno/internal/resident"
)

// modelSummary is the size of a model. Bytes are those of float32.
type modelSummary struct {
	Model      string          `json:"model"`
	Input      []int           `json:"input"`
	Output     []int           `json:"output"`
	Parameters int             `json:"parameters"`
	Trained    int             `json:"trained"`
	MACs       int             `json:"macs"`
	InputB     int             `json:"input_bytes"`
	WeightsB   int             `json:"parameter_bytes"`
	OutputsB   int             `json:"output_bytes"`                  // of all listed modules
	Plan       []string        `json:"plan"`                          // of the forward pass
	Inference  *plannedMemory  `json:"inference"`                     // memory of a forward pass, besides the above
	Training   *plannedMemory  `json:"training,omitempty"`            // memory of a training step, without the optimizer's state
	Resident   int64           `json:"peak_resident_bytes,omitempty"` // of this process after a forward pass; Linux only
	Modules    []moduleSummary `json:"modules"`
}

type moduleSummary struct {
	Path       string `json:"path"`
	Type       string `json:"type"`
	Output     []int  `json:"output"`
	Parameters int    `json:"parameters"`
	MACs       int    `json:"macs"`
}

// plannedMemory is debug.PlannedMemory in JSON.
type plannedMemory struct {
	Arena  int `json:"arena_bytes"`
	Values int `json:"values_bytes"`
	Fused  int `json:"fused_bytes"`
	Kept   int `json:"kept_bytes"`
}

func (m *plannedMemory) String() string {
	return fmt.Sprintf("arena %s for values of %s; %s never written; %s kept", size(m.Arena), size(m.Values), size(m.Fused), size(m.Kept))
}

func summaryCommand() *cobra.Command {
	var f netFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "summary MODEL",
		Short: "List a model's layers with shapes, parameters, multiplications and memory",
		Example: `  stheno summary resnet18
  stheno summary resnet20_cifar --batch-size 128 --json`,
		Args: oneModel,
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := f.summarize(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), s)
			}
			s.print(cmd.OutOrStdout())
			return nil
		},
	}
	f.add(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the figures as JSON")
	return cmd
}

func (f netFlags) summarize(ctx context.Context, name string) (s modelSummary, err error) {
	net, shape, err := f.net(name)
	if err != nil {
		return s, err
	}
	stheno.Train(net) // in evaluation mode, batch normalization is folded into scale and shift
	rows, output, err := stheno.Summarize(net, shape...)
	stheno.Eval(net)
	if err != nil {
		return s, err
	}
	s = modelSummary{Model: name, Input: shape, Output: output, InputB: 4 * stheno.Shape(shape).Size()}
	for _, r := range rows {
		s.Modules = append(s.Modules, moduleSummary{r.Path, r.Type, r.Output, r.Parameters, r.MACs})
		s.Parameters, s.Trained, s.MACs = s.Parameters+r.Parameters, s.Trained+r.Trained, s.MACs+r.MACs
		s.OutputsB += 4 * r.Output.Size()
	}
	s.WeightsB = 4 * s.Parameters
	p := stheno.Compile(func(in ...*stheno.Variable) []*stheno.Variable {
		return []*stheno.Variable{stheno.Call(net, in[0])}
	})
	if _, err := p.Run(ctx, stheno.FromTensor(stheno.NewTensor(stheno.Float32, shape...))); err != nil {
		return s, err
	}
	s.Plan = strings.Split(debug.Plan(p), "\n")[:2]
	inference := plannedMemory(debug.Memory(p))
	s.Inference = &inference
	if _, peak, err := resident.Memory(); err == nil {
		s.Resident = peak
	}
	s.Training, err = trainingMemory(name, net, shape)
	return s, err
}

// trainingMemory returns the planned memory of a training step, or nil if there is no loss for
// the model.
func trainingMemory(name string, net stheno.Module, shape []int) (*plannedMemory, error) {
	loss, target, err := lossOf(name, net, shape[0])
	if err != nil {
		return nil, nil
	}
	defer stheno.Eval(net)
	x := stheno.FromTensor(stheno.NewTensor(stheno.Float32, shape...))
	m, err := debug.BackwardMemory(loss.Forward(stheno.Call(net, x), target))
	planned := plannedMemory(m)
	return &planned, err
}

// print writes the table in the format of torchinfo.
func (s modelSummary) print(w io.Writer) {
	const format = "%-40s %-20s %12s %15s\n"
	rule := strings.Repeat("=", 90)
	fmt.Fprintf(w, "%s\n", rule)
	fmt.Fprintf(w, format, "layer", "output shape", "parameters", "mult-adds")
	fmt.Fprintf(w, "%s\n", rule)
	for _, r := range s.Modules {
		name := r.Type
		if r.Path != "" {
			name = r.Path + ": " + r.Type
		}
		fmt.Fprintf(w, format, name, stheno.Shape(r.Output), thousands(r.Parameters), thousands(r.MACs))
	}
	fmt.Fprintf(w, "%s\n", rule)
	fmt.Fprintf(w, "%s: input %v, output %v\n", s.Model, stheno.Shape(s.Input), stheno.Shape(s.Output))
	fmt.Fprintf(w, "parameters: %s (%s trainable)\n", thousands(s.Parameters), thousands(s.Trained))
	fmt.Fprintf(w, "mult-adds:  %s\n", thousands(s.MACs))
	fmt.Fprintf(w, "memory:     input %s, parameters %s, outputs of the layers %s\n", size(s.InputB), size(s.WeightsB), size(s.OutputsB))
	fmt.Fprintf(w, "plan:       %s\n", s.Plan[0])
	fmt.Fprintf(w, "inference:  %s\n", s.Inference)
	if s.Training != nil {
		fmt.Fprintf(w, "training:   %s\n", s.Training)
	}
	if s.Resident > 0 {
		fmt.Fprintf(w, "resident:   peak %s in this process, after a forward pass\n", size(int(s.Resident)))
	}
	fmt.Fprintf(w, "%s\n", rule)
}

// thousands writes a number with commas.
func thousands(n int) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// size writes a number of bytes.
func size(n int) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.2f GiB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.2f MiB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
}
