// SPDX-License-Identifier: MIT

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/benchmarks/cases"
	"github.com/stheno-go/stheno/internal/isa"
	"github.com/stheno-go/stheno/internal/resident"
)

// memory is what fresh processes that do nothing but the case have in memory.
type memory struct {
	Case    string          `json:"case"`
	Stheno  peak            `json:"stheno"`
	PyTorch map[string]peak `json:"pytorch"` // by way
}

// peak is what one process had in memory, in bytes. Data and weights are made in many
// ways, so what only that took is not in Peak.
type peak struct {
	Loaded int64 `json:"loaded_bytes,omitempty"` // with the libraries loaded and nothing else
	Ready  int64 `json:"ready_bytes,omitempty"`  // before the first step
	Peak   int64 `json:"peak_bytes"`             // the most, from the first step on
	Arena  int64 `json:"arena_bytes,omitempty"`  // planned for a step, of stheno alone
	Kept   int64 `json:"kept_bytes,omitempty"`   // planned to be kept from step to step, of stheno alone
}

// peakSteps is how many steps each side takes after its warm-up.
const peakSteps = 5

// memoryOf runs c in fresh processes: one here, one for each way of PyTorch's that was
// timed.
func (s *settings) memoryOf(ctx context.Context, r *result) (*memory, error) {
	m := &memory{Case: r.Case.Title, PyTorch: map[string]peak{}}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	threads := strconv.Itoa(s.threads)
	if m.Stheno, err = peakOf(exec.CommandContext(ctx, self, "--peak", r.Case.Name, "--threads", threads, "--isa", s.isa)); err != nil {
		return nil, err
	}
	line, err := json.Marshal(r.Case)
	if err != nil {
		return nil, err
	}
	for _, way := range slices.Sorted(maps.Keys(r.PyTorch)) {
		theirs := exec.CommandContext(ctx, s.python, s.script, "peak", threads, string(line), way, strconv.Itoa(peakSteps))
		theirs.Env = s.environment()
		if m.PyTorch[way], err = peakOf(theirs); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// peakOf runs a command that prints a peak as JSON.
func peakOf(cmd *exec.Cmd) (p peak, err error) {
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err == nil {
		err = json.Unmarshal(out, &p)
	}
	if err != nil {
		err = fmt.Errorf("peak memory: %s: %w", strings.Join(cmd.Args, " "), err)
	}
	return p, err
}

// printPeak is our side of memoryOf, in the fresh process.
func (s *settings) printPeak(context.Context) error {
	list, err := cases.All()
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(c cases.Case) bool { return c.Name == s.peak })
	if i < 0 {
		return fmt.Errorf("no case %q", s.peak)
	}
	stheno.SetThreads(s.threads)
	if s.isa != "" {
		if _, err := isa.Kernels.Use(s.isa); err != nil {
			return err
		}
	}
	var p peak
	if p.Loaded, _, err = resident.Memory(); err != nil {
		return err
	}
	task, err := list[i].Task()
	if err != nil {
		return err
	}
	if p.Ready, _, err = resident.Memory(); err != nil {
		return err
	}
	if err := resident.Reset(); err != nil {
		return err
	}
	for range task.WarmUp + peakSteps {
		if err := task.Step(); err != nil {
			return err
		}
	}
	if _, p.Peak, err = resident.Memory(); err != nil {
		return err
	}
	if task.Memory != nil {
		planned, err := task.Memory()
		if err != nil {
			return err
		}
		p.Arena, p.Kept = int64(planned.Arena), int64(planned.Kept)
	}
	return json.NewEncoder(os.Stdout).Encode(p)
}

// best returns the way of PyTorch's whose peak is the lowest.
func (m *memory) best() (way string, p peak) {
	for _, w := range slices.Sorted(maps.Keys(m.PyTorch)) {
		if q := m.PyTorch[w]; way == "" || q.Peak < p.Peak {
			way, p = w, q
		}
	}
	return way, p
}

// row is m as a line of the table of memory.
func (m *memory) row() string {
	way, theirs := m.best()
	planned := ""
	if m.Stheno.Arena > 0 {
		planned = mebibytes(m.Stheno.Arena) + ", " + mebibytes(m.Stheno.Kept)
	}
	return fmt.Sprintf("| %s | %s | %s | %s (%s) | %s |", m.Case, planned, m.Stheno.cell(), theirs.cell(), way,
		ratio(float64(m.Stheno.Peak)/float64(theirs.Peak)))
}

// cell is the peak, after what was there before, as far as it is known.
func (p peak) cell() string {
	if p.Loaded == 0 {
		return mebibytes(p.Peak)
	}
	return fmt.Sprintf("%s, %s, %s", mebibytes(p.Loaded), mebibytes(p.Ready), mebibytes(p.Peak))
}

func mebibytes(n int64) string { return fmt.Sprintf("%.0f", float64(n)/(1<<20)) }
