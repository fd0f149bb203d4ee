// SPDX-License-Identifier: MIT

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/stheno-go/stheno/benchmarks/cases"
	"github.com/stheno-go/stheno/benchmarks/peer"
	"github.com/stheno-go/stheno/internal/isa"
	"github.com/stheno-go/stheno/internal/processor"
)

// result is one case of a run, as it is written to the JSON file.
type result struct {
	Case    cases.Case           `json:"case"`
	Unit    string               `json:"unit"`
	Work    float64              `json:"work_per_step"`
	Stheno  []float64            `json:"stheno_ns"`
	PyTorch map[string][]float64 `json:"pytorch_ns"` // by way
	Ratios  []float64            `json:"ratios"`     // PyTorch's best of the round to stheno
	Ratio   float64              `json:"ratio"`      // their median
	Checks  [2]float64           `json:"checks"`     // what both sides computed
	Error   string               `json:"error,omitempty"`
}

// report is a whole run.
type report struct {
	CPU     string   `json:"cpu"`
	Cores   int      `json:"cores"`
	Threads int      `json:"threads"`
	Kernels string   `json:"kernels"`
	Go      string   `json:"go"`
	Torch   string   `json:"torch"`
	ISA     string   `json:"torch_isa"`
	Date    string   `json:"date"`
	Results []result `json:"results"`
	Memory  []memory `json:"peak_memory,omitempty"`
}

func newReport(s *settings, p *pytorch) *report {
	return &report{CPU: processor.Name(), Cores: runtime.NumCPU(), Threads: s.threads, Kernels: isa.Kernels.Set().String(),
		Go: runtime.Version(), Torch: p.Torch, ISA: p.ISA, Date: time.Now().Format(time.DateOnly)}
}

// best returns the way of PyTorch's whose median is the shortest.
func (r *result) best() (way string, ns float64) {
	for w, list := range r.PyTorch {
		if m := peer.Median(list); way == "" || m < ns {
			way, ns = w, m
		}
	}
	return way, ns
}

// row is the result as a line of the table.
func (r *result) row() string {
	if r.Error != "" {
		return fmt.Sprintf("| %s | failed: %s | | | %gx |", r.Case.Title, r.Error, r.Case.Goal)
	}
	way, ns := r.best()
	verdict := ""
	if r.Ratio < r.Case.Goal {
		verdict = " (missed)"
	}
	return fmt.Sprintf("| %s | %s | %s (%s) | %s | %gx%s |", r.Case.Title, r.rate(peer.Median(r.Stheno)), r.rate(ns), way, ratio(r.Ratio), r.Case.Goal, verdict)
}

func ratio(x float64) string {
	if x < 10 {
		return fmt.Sprintf("%.2fx", x)
	}
	return fmt.Sprintf("%.0fx", x)
}

// rate says how fast a step of ns nanoseconds is.
func (r *result) rate(ns float64) string {
	switch perSecond := r.Work / ns * 1e9; {
	case r.Unit == "FLOP":
		return fmt.Sprintf("%.0f GFLOP/s", perSecond/1e9)
	case r.Unit == "img":
		return fmt.Sprintf("%.1f img/s", perSecond)
	case ns < 1e4:
		return fmt.Sprintf("%.2f µs", ns/1e3)
	default:
		return fmt.Sprintf("%.0f µs", ns/1e3)
	}
}

// markdown returns the table and what it was measured on.
func (r *report) markdown() string {
	var s strings.Builder
	s.WriteString("| case | stheno | PyTorch's best | ratio | goal |\n|---|---|---|---|---|\n")
	for i := range r.Results {
		s.WriteString(r.Results[i].row() + "\n")
	}
	if len(r.Memory) > 0 {
		s.WriteString("\n| memory of a fresh process, MiB | planned: arena, kept | stheno | PyTorch's smallest | ratio |\n|---|---|---|---|---|\n")
		for i := range r.Memory {
			s.WriteString(r.Memory[i].row() + "\n")
		}
	}
	fmt.Fprintf(&s, "\n%s, %d cores, %d threads on both sides; %s, kernels %s; torch %s, %s; %s. Both sides in turn, median of the rounds' ratios; above 1: stheno is faster. Convolutions: GFLOP/s by the definition, whatever the algorithm.%s\n",
		r.CPU, r.Cores, r.Threads, r.Go, r.Kernels, r.Torch, r.ISA, r.Date, memoryNote(r.Memory))
	return s.String()
}

// landing are the cases that a README shows.
var landing = []string{"linear", "mlp", "conv-128-28", "conv-128-28-train", "resnet18-infer-1", "resnet18-train-8", "resnet50-infer-8", "resnet20-train-128"}

// summary returns a table of a few cases for a README: what was measured, without the goals.
func (r *report) summary() string {
	var s strings.Builder
	s.WriteString("| | stheno | PyTorch's best | ratio |\n|---|---|---|---|\n")
	for i := range r.Results {
		c := &r.Results[i]
		if !slices.Contains(landing, c.Case.Name) || c.Error != "" {
			continue
		}
		way, ns := c.best()
		fmt.Fprintf(&s, "| %s | %s | %s (%s) | %s |\n", c.Case.Title, c.rate(peer.Median(c.Stheno)), c.rate(ns), way, ratio(c.Ratio))
	}
	fmt.Fprintf(&s, "\n%s, %d threads on both sides; torch %s; %s.\n", r.CPU, r.Threads, r.Torch, r.Date)
	return s.String()
}

// memoryNote explains the table of memory.
func memoryNote(list []memory) string {
	if len(list) == 0 {
		return ""
	}
	if list[0].Stheno.Loaded == 0 {
		return " Memory: the peak."
	}
	return " Memory: with the libraries loaded, before the first step, the peak; each way of PyTorch's in a process of its own."
}

// write writes the JSON file, the table, and the summary within a README.
func (r *report) write(s *settings) error {
	if err := os.MkdirAll(s.out, 0o755); err != nil {
		return err
	}
	name := "latest"
	if s.isa != "" {
		name += "-" + s.isa
	}
	b, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(s.out, name+".json"), append(b, '\n'), 0o644); err != nil {
		return err
	}
	table := r.markdown()
	if err := os.WriteFile(filepath.Join(s.out, name+".md"), []byte(table), 0o644); err != nil {
		return err
	}
	if s.readme == "" {
		return nil
	}
	text, err := os.ReadFile(s.readme)
	if err != nil {
		return err
	}
	changed, err := insert(string(text), r.summary())
	if err != nil {
		return fmt.Errorf("%s: %w", s.readme, err)
	}
	return os.WriteFile(s.readme, []byte(changed), 0o644)
}

// The marks between which a README's table is.
const (
	openMark  = "<!-- benchmark -->\n"
	closeMark = "<!-- /benchmark -->"
)

// insert puts a table between the marks of text.
func insert(text, table string) (string, error) {
	before, rest, ok := strings.Cut(text, openMark)
	_, after, ok2 := strings.Cut(rest, closeMark)
	if !ok || !ok2 {
		return "", fmt.Errorf("no %q and %q in it", strings.TrimSpace(openMark), closeMark)
	}
	return before + openMark + table + closeMark + after, nil
}
