// SPDX-License-Identifier: MIT

// Fuzz draws random programs, runs each in every way there is and compares what comes out:
//
//	go run ./internal/fuzz            # until it is interrupted
//	go run ./internal/fuzz -n 1000    # n programs
//	go run ./internal/fuzz -seed 77 -n 1
//
// A program that gives different results is made smaller and printed as Go. See
// docs/design/0007-fuzzer.md.
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"time"
)

func main() {
	n := flag.Int("n", 0, "number of programs; 0: until interrupted")
	seed := flag.Uint64("seed", uint64(time.Now().Unix())<<20, "of the first program; the others follow")
	quiet := flag.Bool("quiet", false, "print findings only, not made smaller")
	flag.Parse()
	slog.SetLogLoggerLevel(slog.LevelError) // programs are compiled all the time here
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if !hunt(ctx, *seed, *n, *quiet) {
		os.Exit(1)
	}
}

// hunt tries n programs and reports whether all hold.
func hunt(ctx context.Context, seed uint64, n int, quiet bool) bool {
	var c counts
	begin, last := time.Now(), time.Now()
	for i := 0; (n == 0 || i < n) && ctx.Err() == nil; i++ {
		p := Draw(seed + uint64(i))
		o := p.Try()
		c.note(p, o)
		if o.Failure != nil {
			fmt.Printf("program %d: seed %d: %v\n", i+1, seed+uint64(i), o.Failure)
			if quiet {
				return false
			}
			small, why := Shrink(p)
			fmt.Printf("\n// %v\n%s\n", why, small.Go())
		}
		if !quiet && time.Since(last) > 10*time.Second {
			last = time.Now()
			fmt.Printf("%v, %.0f a second\n", &c, float64(c.programs)/time.Since(begin).Seconds())
		}
	}
	if !quiet {
		fmt.Printf("%v, seeds %d to %d, in %v\n", &c, seed, seed+uint64(c.programs)-1, time.Since(begin).Round(time.Second))
	}
	return c.failures == 0
}

// counts says what was tried.
type counts struct{ programs, refused, failures, judged, results int }

func (c *counts) note(p *Program, o Outcome) {
	c.programs++
	c.judged += o.Judged
	c.results += o.Results
	if o.Refused != nil {
		c.refused++
	}
	if o.Failure != nil {
		c.failures++
	}
}

func (c *counts) String() string {
	return fmt.Sprintf("%d programs, %d findings, %d refused, %.1f %% of the results judged", c.programs, c.failures, c.refused, 100*float64(c.judged)/float64(max(c.results, 1)))
}
