// SPDX-License-Identifier: MIT

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/benchmarks/cases"
)

// memory is the peak of resident memory of a process that does nothing but the case.
type memory struct {
	Case    string `json:"case"`
	Stheno  int64  `json:"stheno_bytes"`
	PyTorch int64  `json:"pytorch_bytes"`
}

// peakSteps is how many steps each side takes after its warm-up.
const peakSteps = 5

// memoryOf runs c in a fresh process on either side.
func (s *settings) memoryOf(c cases.Case) (*memory, error) {
	m := &memory{Case: c.Title}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	if m.Stheno, err = peakOf(exec.Command(self, "--peak", c.Name, "--threads", strconv.Itoa(s.threads))); err != nil {
		return nil, err
	}
	line, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	theirs := exec.Command(s.python, s.script, "peak", strconv.Itoa(s.threads), string(line), strconv.Itoa(peakSteps))
	theirs.Env = s.environment()
	m.PyTorch, err = peakOf(theirs)
	return m, err
}

// peakOf runs a command that prints its peak memory in bytes.
func peakOf(cmd *exec.Cmd) (int64, error) {
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return 0, fmt.Errorf("%s: %w", cmd.Path, err)
	}
	return strconv.ParseInt(strings.TrimSpace(string(out)), 10, 64)
}

// printPeak is our side of memoryOf, in the fresh process.
func (s *settings) printPeak(context.Context) error {
	list, err := cases.All()
	if err != nil {
		return err
	}
	stheno.SetThreads(s.threads)
	for _, c := range list {
		if c.Name != s.peak {
			continue
		}
		timer, err := cases.NewTimer(c)
		if err != nil {
			return err
		}
		for range peakSteps {
			if err := timer.Step(); err != nil {
				return err
			}
		}
		peak, err := peakMemory()
		fmt.Println(peak)
		return err
	}
	return fmt.Errorf("no case %q", s.peak)
}

// peakMemory returns the most memory that this process had resident.
func peakMemory() (int64, error) {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, fmt.Errorf("peak memory is known on Linux only: %w", err)
	}
	for line := range strings.Lines(string(b)) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == "VmHWM:" {
			kb, err := strconv.ParseInt(f[1], 10, 64)
			return kb << 10, err
		}
	}
	return 0, fmt.Errorf("no VmHWM in /proc/self/status")
}
