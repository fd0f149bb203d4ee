// SPDX-License-Identifier: MIT

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/layers"
	"github.com/stheno-go/stheno/models"
	"github.com/stheno-go/stheno/trainers"

	"gonum.org/v1/gonum/stat"
)

// deviation is how far a step of ours is from PyTorch's, in units of the gradient.
type deviation struct {
	Length  float64 `json:"length"`  // |ours - theirs| / |gradient|
	Along   float64 `json:"along"`   // the part of it along the gradient: what would not even out
	Running float64 `json:"running"` // of the batch norms' running statistics, relative, the worst layer
}

// watched remembers what a step was taken with.
type watched struct {
	Net  *models.CIFARResNet
	x, y *stheno.Variable
}

func (w *watched) Forward(x *stheno.Variable) *stheno.Variable {
	w.x = x
	return w.Net.Forward(x)
}

// watchedLoss is the loss of a watched model.
type watchedLoss struct {
	layers.CrossEntropyLoss
	of *watched `stheno:"-"`
}

func (l watchedLoss) Forward(pred, y *stheno.Variable) *stheno.Variable {
	l.of.y = y
	return l.CrossEntropyLoss.Forward(pred, y)
}

// follow trains once. After each step PyTorch gets the weights, the images and the
// rate, takes the same step from the previous weights, and returns the difference.
func follow(ctx context.Context, python, script, data string, epochs int, out string) error {
	o, err := newOurs(data, 0, epochs)
	if err != nil {
		return err
	}
	w := &watched{Net: o.Model.(*models.CIFARResNet)}
	o.Model, o.Loss = w, watchedLoss{of: w}
	dir, err := os.MkdirTemp("", "follow")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	cmd := exec.CommandContext(ctx, python, filepath.Join(filepath.Dir(script), "follow.py"), fmt.Sprint(momentum), fmt.Sprint(decay), fmt.Sprint(stheno.Threads()))
	cmd.Stderr = os.Stderr
	asks, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	answers := json.NewDecoder(bufio.NewReader(pipe))
	var list []deviation
	ask := func(s *trainers.State) error {
		state, err := stheno.StateDict(w.Net)
		if err != nil {
			return err
		}
		if s.Step > 0 {
			for name, v := range map[string]*stheno.Variable{"x": w.x, "y": w.y} {
				t, err := v.Tensor()
				if err != nil {
					return err
				}
				state = append(state, stheno.NamedTensor{Name: name, Tensor: t})
			}
		}
		path := filepath.Join(dir, "step.pth")
		if err := stheno.SaveState(path, state); err != nil {
			return err
		}
		if _, err := fmt.Fprintf(asks, "%s\t%g\n", path, s.LR()); err != nil {
			return err
		}
		var d deviation
		if err := answers.Decode(&d); err != nil {
			return fmt.Errorf("PyTorch's side: %w", err)
		}
		if s.Step > 0 {
			list = append(list, d)
		}
		return nil
	}
	o.Callbacks = append(o.Callbacks, trainers.Callback{Name: "follow",
		FitStart: func(_ context.Context, s *trainers.State) error { return ask(s) },
		StepEnd:  func(_ context.Context, s *trainers.State) error { return ask(s) }})
	_, err = o.fit(ctx)
	err = errors.Join(err, asks.Close(), cmd.Wait())
	if err != nil || len(list) == 0 {
		return err
	}
	text := report(list)
	fmt.Print(text)
	return os.WriteFile(filepath.Join(out, "follow.md"), []byte(text), 0o644)
}

// report is a table of what the steps' deviations were.
func report(list []deviation) string {
	var lengths, along []float64
	running := 0.0
	for _, d := range list {
		running = max(running, d.Running)
		lengths, along = append(lengths, d.Length), append(along, d.Along)
	}
	slices.Sort(lengths)
	mean, spread := stat.MeanStdDev(along, nil)
	return fmt.Sprintf("| %d steps of a training, each against PyTorch's from the same weights | of the gradient's length |\n|---|---|\n", len(list)) +
		fmt.Sprintf("| half deviate by less than | %.1e |\n", stat.Quantile(0.5, stat.Empirical, lengths, nil)) +
		fmt.Sprintf("| 99 of 100 by less than | %.1e |\n", stat.Quantile(0.99, stat.Empirical, lengths, nil)) +
		fmt.Sprintf("| the worst by | %.1e |\n", lengths[len(lengths)-1]) +
		fmt.Sprintf("| along the gradient, mean ± standard deviation | %.1e ± %.1e |\n", mean, spread) +
		fmt.Sprintf("| running statistics, the worst layer of all steps, of their length | %.1e |\n", running)
}
