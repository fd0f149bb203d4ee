// SPDX-License-Identifier: MIT

// Command benchmarks times stheno's side of the cases and says what the machine could
// do at most. It needs nothing but Go; go run ./benchmarks/compare sets PyTorch beside.
//
//	go run ./benchmarks --only conv
package main

import (
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/benchmarks/cases"
	"github.com/stheno-go/stheno/internal/isa"
	"github.com/stheno-go/stheno/internal/roofline"
)

func main() {
	only := flag.String("only", "", "time only the cases whose name matches this regular expression")
	rounds := flag.Int("rounds", 5, "how often each case is timed; the best counts")
	seconds := flag.Float64("seconds", 0.5, "how long a round takes")
	profile := flag.Bool("profile", false, "say where the time goes, by instruction")
	flag.Parse()
	if err := run(*only, *rounds, *seconds, *profile); err != nil {
		fmt.Fprintln(os.Stderr, "benchmarks:", err)
		os.Exit(1)
	}
}

func run(only string, rounds int, seconds float64, profile bool) error {
	list, err := cases.Matching(only)
	if err != nil {
		return err
	}
	threads := stheno.Threads()
	roof := roofline.Measure(threads)
	fmt.Printf("%d threads, kernels %s: peak %.0f GFLOP/s; memory read %.1f GB/s, copied %.1f GB/s\n\n",
		threads, isa.Kernels.Set(), roof.FLOPS/1e9, roof.Read/1e9, roof.Copy/1e9)
	for _, c := range list {
		timer, err := cases.NewTimer(c)
		if err != nil {
			return fmt.Errorf("case %s: %w", c.Name, err)
		}
		best := 0.0
		for range rounds {
			ns, err := timer.Run(time.Duration(seconds * float64(time.Second)))
			if err != nil {
				return fmt.Errorf("case %s: %w", c.Name, err)
			}
			best = max(best, timer.Work/ns*1e9)
		}
		fmt.Printf("%-50s %s\n", c.Title, rate(best, timer.Unit, roof))
		if profile {
			if err := profileOf(timer); err != nil {
				return err
			}
		}
	}
	return nil
}

// rate says how much work a second is done and how near that is to the peak.
func rate(perSecond float64, unit string, roof roofline.Roof) string {
	switch {
	case unit == "FLOP" && roof.FLOPS > 0:
		return fmt.Sprintf("%8.1f GFLOP/s  %.2f of the peak", perSecond/1e9, perSecond/roof.FLOPS)
	case unit == "FLOP":
		return fmt.Sprintf("%8.1f GFLOP/s", perSecond/1e9)
	case unit == "img":
		return fmt.Sprintf("%8.1f img/s", perSecond)
	}
	return fmt.Sprintf("%8.2f µs a step", 1e6/perSecond)
}
