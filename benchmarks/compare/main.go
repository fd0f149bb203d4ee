// SPDX-License-Identifier: MIT

// Command compare times stheno and PyTorch on the same cases, in turn, and writes the
// ratios. It needs a Python with torch and torchvision: --python, or the variable
// STHENO_PYTHON. PyTorch runs eager, channels_last, compiled, and compiled with
// freezing; its best counts.
//
//	go run ./benchmarks/compare --python venv/bin/python
//	go run ./benchmarks/compare --python venv/bin/python --only resnet18 --isa avx2
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"os/signal"
	"regexp"
	"strings"
	"time"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/benchmarks/cases"
	"github.com/stheno-go/stheno/benchmarks/peer"
	"github.com/stheno-go/stheno/internal/isa"
)

// settings are the flags.
type settings struct {
	python, script, out, only, ways, isa, readme string
	rounds, threads                              int
	seconds                                      float64
	memory                                       string
	peak                                         string
}

func main() {
	var s settings
	flag.StringVar(&s.python, "python", os.Getenv("STHENO_PYTHON"), "Python with torch (default: the variable STHENO_PYTHON, then python3)")
	flag.StringVar(&s.script, "script", "benchmarks/pytorch/run.py", "PyTorch's side")
	flag.StringVar(&s.only, "only", "", "time only the cases whose name matches this regular expression")
	flag.StringVar(&s.ways, "ways", "", "ways to run PyTorch, separated by commas: eager, channels_last, compile, compile+freezing (default: all)")
	flag.StringVar(&s.isa, "isa", "", "limit both sides to this instruction set: avx2")
	flag.IntVar(&s.rounds, "rounds", 7, "how often both sides are timed")
	flag.IntVar(&s.threads, "threads", stheno.Threads(), "threads on both sides")
	flag.Float64Var(&s.seconds, "seconds", 1, "how long each way is timed in a round")
	flag.StringVar(&s.memory, "memory", "^(resnet18-(infer|train)-8|resnet20-(infer|train)-128)$", "measure peak memory, too, of the cases whose name matches this regular expression; empty: of none")
	flag.StringVar(&s.out, "out", "benchmarks/results", "folder for NAME.json and NAME.md; NAME is latest, or latest-ISA")
	flag.StringVar(&s.readme, "readme", "", "file whose table, between the benchmark marks, is replaced, such as README.md")
	flag.StringVar(&s.peak, "peak", "", "used by the program itself: run this case and print the peak memory")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	run := s.run
	if s.peak != "" {
		run = s.printPeak
	}
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
}

func (s *settings) run(ctx context.Context) error {
	if s.python == "" {
		s.python = "python3"
	}
	list, err := cases.Matching(s.only)
	if err != nil {
		return err
	}
	stheno.SetThreads(s.threads)
	if s.isa != "" {
		if _, err := isa.Kernels.Use(s.isa); err != nil {
			return err
		}
	}
	torch, err := start(s)
	if err != nil {
		return err
	}
	defer torch.Stop()
	r := newReport(s, torch)
	for _, c := range list {
		if ctx.Err() != nil {
			fmt.Fprintln(os.Stderr, "compare: interrupted; what was measured is written")
			break
		}
		res, err := s.compare(ctx, torch, c)
		if err != nil {
			res.Error = err.Error()
		}
		fmt.Println(res.row())
		r.Results = append(r.Results, res)
		if err := r.write(s); err != nil { // after each case: a long run keeps what it has
			return err
		}
	}
	if s.memory != "" {
		if err := s.memories(ctx, torch, r); err != nil {
			return err
		}
	}
	for _, res := range r.Results {
		if res.Error != "" {
			return errors.New("some cases failed; see the table")
		}
	}
	return nil
}

// memories measures the peak memory of the results whose name matches --memory.
func (s *settings) memories(ctx context.Context, torch *pytorch, r *report) error {
	re, err := regexp.Compile(s.memory)
	if err != nil {
		return fmt.Errorf("--memory: %w", err)
	}
	torch.Stop() // its memory is needed, and what it knows is in r
	for i := range r.Results {
		res := &r.Results[i]
		if !re.MatchString(res.Case.Name) || res.Error != "" || ctx.Err() != nil {
			continue
		}
		m, err := s.memoryOf(ctx, res)
		if err != nil {
			return err
		}
		fmt.Println(m.row())
		r.Memory = append(r.Memory, *m)
		if err := r.write(s); err != nil {
			return err
		}
	}
	return nil
}

// compare times one case on both sides, round by round.
func (s *settings) compare(ctx context.Context, torch *pytorch, c cases.Case) (result, error) {
	res := result{Case: c, PyTorch: map[string][]float64{}}
	timer, err := cases.NewTimer(c)
	if err != nil {
		return res, err
	}
	res.Unit, res.Work, res.Checks[0] = timer.Unit, timer.Work, timer.Checked
	if _, err := torch.measure(c, s, 0.01); err != nil { // sets up and compiles
		return res, err
	}
	for range s.rounds {
		if ctx.Err() != nil {
			break
		}
		ours, err := timer.Run(time.Duration(s.seconds * float64(time.Second)))
		if err != nil {
			return res, err
		}
		theirs, err := torch.measure(c, s, s.seconds)
		if err != nil {
			return res, err
		}
		res.Stheno = append(res.Stheno, ours)
		best := theirs[0].NS
		for _, w := range theirs {
			res.PyTorch[w.Way] = append(res.PyTorch[w.Way], w.NS)
			best = min(best, w.NS)
			if d := math.Abs(w.Check - timer.Checked); !(d <= timer.Tolerance*math.Abs(w.Check)) {
				return res, fmt.Errorf("the sides do not compute the same: %v here, %v in PyTorch (%s)", timer.Checked, w.Check, w.Way)
			}
			res.Checks[1] = w.Check
		}
		res.Ratios = append(res.Ratios, best/ours)
	}
	res.Ratio = peer.Median(res.Ratios)
	return res, nil
}

// waysList returns --ways in the format of PyTorch's side.
func (s *settings) waysList() json.RawMessage {
	if s.ways == "" {
		return json.RawMessage("null")
	}
	b, _ := json.Marshal(strings.Split(s.ways, ",")) // strings always can be
	return b
}
