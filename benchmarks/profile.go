// SPDX-License-Identifier: MIT

package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/benchmarks/cases"
	"github.com/stheno-go/stheno/debug"
)

// spent is how often an instruction ran and how long that took.
type spent struct {
	name  string
	count int
	time  time.Duration
}

// profileOf runs some steps and prints where their time went.
func profileOf(t *cases.Timer) error {
	const steps = 5
	by := map[string]*spent{}
	var total time.Duration
	restore := debug.SetProfiler(func(name string, shape stheno.Shape, took time.Duration) {
		key := name + " " + shape.String()
		if by[key] == nil {
			by[key] = &spent{name: key}
		}
		by[key].count++
		by[key].time += took
		total += took
	})
	defer restore()
	for range steps {
		if err := t.Step(); err != nil {
			return err
		}
	}
	list := slices.SortedFunc(maps.Values(by), func(a, b *spent) int { return cmp.Compare(b.time, a.time) })
	for _, s := range list {
		if s.time*200 < total { // less than half a per cent
			break
		}
		fmt.Printf("  %7.2f ms %5.1f %%  %3d  %s\n", s.time.Seconds()*1e3/steps, 100*s.time.Seconds()/total.Seconds(), s.count/steps, s.name)
	}
	fmt.Printf("  %7.2f ms in instructions\n", total.Seconds()*1e3/steps)
	return nil
}
