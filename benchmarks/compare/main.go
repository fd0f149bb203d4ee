// SPDX-License-Identifier: MIT

// Command compare times stheno and PyTorch on the same loops, in turn, and writes the
// ratios. It needs a Python with torch: --python, or the variable STHENO_PYTHON.
//
//	go run ./benchmarks/compare --python venv/bin/python
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"time"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/benchmarks"
)

// result is one case of a run, as it is written to the JSON file.
type result struct {
	Case    benchmarks.Case `json:"case"`
	Stheno  []float64       `json:"stheno_ns"`
	PyTorch []float64       `json:"pytorch_ns"`
	Way     string          `json:"pytorch_way"`
	Ratio   float64         `json:"ratio"` // median of the rounds' ratios
	Checks  [2]float64      `json:"loss_after_20_steps"`
}

// report is a whole run.
type report struct {
	Go       string   `json:"go"`
	CPU      string   `json:"cpu"`
	Cores    int      `json:"cores"`
	Threads  int      `json:"threads"`
	Torch    string   `json:"torch"`
	Date     string   `json:"date"`
	Results  []result `json:"results"`
	HeapGrew int64    `json:"heap_growth_bytes"`
}

func main() {
	python := flag.String("python", os.Getenv("STHENO_PYTHON"), "Python with torch (default: the variable STHENO_PYTHON, then python3)")
	script := flag.String("script", "benchmarks/pytorch/run.py", "PyTorch's side")
	rounds := flag.Int("rounds", 7, "how often both sides are timed")
	seconds := flag.Float64("seconds", 1, "how long each case is timed on each side")
	out := flag.String("out", "benchmarks/results", "folder for latest.json and latest.md")
	flag.Parse()
	if err := run(*python, *script, *rounds, *seconds, *out); err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
}

func run(python, script string, rounds int, seconds float64, out string) error {
	if python == "" {
		python = "python3"
	}
	threads := runtime.GOMAXPROCS(0)
	torch, err := start(python, script, threads)
	if err != nil {
		return err
	}
	defer torch.stop()
	cases, err := benchmarks.Cases()
	if err != nil {
		return err
	}
	r := report{Go: runtime.Version(), CPU: cpuName(), Cores: runtime.NumCPU(), Threads: threads, Torch: torch.version, Date: time.Now().Format(time.DateOnly)}
	for _, c := range cases {
		res, err := compare(torch, c, rounds, seconds)
		if err != nil {
			return fmt.Errorf("case %s: %w", c.Name, err)
		}
		fmt.Println(row(res))
		r.Results = append(r.Results, res)
	}
	if r.HeapGrew, err = heapGrowth(cases[0]); err != nil {
		return err
	}
	return write(out, r)
}

// compare times one case on both sides, round by round.
func compare(torch *peer, c benchmarks.Case, rounds int, seconds float64) (result, error) {
	res := result{Case: c}
	timer, err := c.NewTimer()
	if err != nil {
		return res, err
	}
	var ratios []float64
	for range rounds {
		ours, err := timer.Run(time.Duration(seconds * float64(time.Second)))
		if err != nil {
			return res, err
		}
		theirs, err := torch.measure(c, seconds)
		if err != nil {
			return res, err
		}
		res.Stheno, res.PyTorch = append(res.Stheno, ours), append(res.PyTorch, theirs.NS)
		res.Way, res.Checks = theirs.Way, [2]float64{timer.Check, theirs.Check}
		ratios = append(ratios, theirs.NS/ours)
	}
	res.Ratio = median(ratios)
	if d := math.Abs(res.Checks[0] - res.Checks[1]); d > 1e-4*math.Max(1, math.Abs(res.Checks[1])) {
		return res, fmt.Errorf("the sides do not compute the same: loss %v here, %v in PyTorch", res.Checks[0], res.Checks[1])
	}
	return res, nil
}

// peer is the process of PyTorch's side.
type peer struct {
	cmd     *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
	version string
}

type answer struct {
	NS    float64 `json:"ns"`
	Way   string  `json:"way"`
	Check float64 `json:"check"`
}

func start(python, script string, threads int) (*peer, error) {
	p := &peer{cmd: exec.Command(python, script, strconv.Itoa(threads))}
	p.cmd.Stderr = os.Stderr
	var err error
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.out = bufio.NewReader(out)
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("%w; name a Python with torch by --python", err)
	}
	var hello struct {
		Torch string `json:"torch"`
	}
	if err := p.read(&hello); err != nil {
		return nil, fmt.Errorf("%s did not start: %w; it needs torch", python, err)
	}
	p.version = hello.Torch
	return p, nil
}

func (p *peer) read(v any) error {
	line, err := p.out.ReadBytes('\n')
	if err != nil {
		return err
	}
	return json.Unmarshal(line, v)
}

func (p *peer) measure(c benchmarks.Case, seconds float64) (answer, error) {
	var a answer
	line, err := json.Marshal(c)
	if err != nil {
		return a, err
	}
	if _, err := fmt.Fprintf(p.in, "%s\n%g\n", line, seconds); err != nil {
		return a, err
	}
	return a, p.read(&a)
}

func (p *peer) stop() {
	p.in.Close()
	_ = p.cmd.Wait() // its results are in; how it ends does not matter
}

func median(x []float64) float64 {
	x = slices.Sorted(slices.Values(x))
	return x[len(x)/2]
}

// heapGrowth returns by how much the heap in use grows over 100,000 steps.
func heapGrowth(c benchmarks.Case) (int64, error) {
	timer, err := c.NewTimer()
	if err != nil {
		return 0, err
	}
	if _, err := timer.Run(100 * time.Millisecond); err != nil {
		return 0, err
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	if _, err := timer.Run(time.Second); err != nil {
		return 0, err
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	return int64(after.HeapInuse) - int64(before.HeapInuse), nil
}

func row(r result) string {
	return fmt.Sprintf("| %s | %s | %s (%s) | %.1fx | %gx |", r.Case.Title, span(median(r.Stheno)), span(median(r.PyTorch)), r.Way, r.Ratio, r.Case.Goal)
}

func span(ns float64) string {
	if ns < 1e4 {
		return fmt.Sprintf("%.2f µs", ns/1e3)
	}
	return fmt.Sprintf("%.0f µs", ns/1e3)
}

func write(out string, r report) error {
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	b, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(out, "latest.json"), append(b, '\n'), 0o644); err != nil {
		return err
	}
	text := "| case | stheno | PyTorch's best | ratio | goal |\n|---|---|---|---|---|\n"
	for _, res := range r.Results {
		text += row(res) + "\n"
	}
	text += fmt.Sprintf("\n%s, %d cores, %d threads on both sides; %s, torch %s; %s. Median of rounds in turn; ratio above 1: stheno is faster. The heap grew by %d bytes over a second of steps. Programs compiled: %d.\n",
		r.CPU, r.Cores, r.Threads, r.Go, r.Torch, r.Date, r.HeapGrew, stheno.CacheStats().Compiles)
	return os.WriteFile(filepath.Join(out, "latest.md"), []byte(text), 0o644)
}
