// SPDX-License-Identifier: MIT

package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/stheno-go/stheno/benchmarks/peer"
)

// report is a whole run, as it is written to the JSON file.
type report struct {
	CPU         string   `json:"cpu"`
	Cores       int      `json:"cores"`
	Go          string   `json:"go"`
	JPEG        string   `json:"jpeg"` // what decodes in stheno
	Python      hello    `json:"python"`
	Photographs string   `json:"photographs"`
	Date        string   `json:"date"`
	Results     []result `json:"results"`
}

func (r *report) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Batches of image files, stheno and torchvision\n\n")
	fmt.Fprintf(&b, "%s, %s, %d cores used. %s, JPEG by %s; torchvision %s, torch %s, Pillow %s. Both sides in turn in one run;\n",
		r.Date, r.CPU, r.Cores, r.Go, r.JPEG, r.Python.Torchvision, r.Python.Torch, r.Python.Pillow)
	fmt.Fprintf(&b, "medians of the rounds. The ratio is to the better of torchvision's in the round. The photographs are made of %s.\n", r.Photographs)
	for _, res := range r.Results {
		fmt.Fprintf(&b, "\n%s", res.table())
	}
	return b.String()
}

func (r *result) table() string {
	var b strings.Builder
	fmt.Fprintf(&b, "## %s\n\n%d images, batches of %d. ", r.Name, r.Images, batchSize)
	if r.Check.Different == 0 {
		fmt.Fprintf(&b, "Without random numbers both sides give the same tensors, bit for bit (%d numbers compared).\n\n", r.Check.Numbers)
	} else {
		fmt.Fprintf(&b, "Without random numbers %d of %d numbers differ, by up to %.3g.\n\n", r.Check.Different, r.Check.Numbers, r.Check.Difference)
	}
	fmt.Fprintf(&b, "| | images/s | ratio |\n|---|---|---|\n")
	for _, name := range sorted(r.Torchvision) {
		fmt.Fprintf(&b, "| torchvision, %s | %.0f | |\n", name, peer.Median(r.Torchvision[name]))
	}
	for _, name := range []string{files, filesInGo, inCache} {
		if rates := r.Stheno[name]; len(rates) > 0 {
			fmt.Fprintf(&b, "| stheno, %s | %.0f | %.1f |\n", name, peer.Median(rates), peer.Median(r.Ratios[name]))
		}
	}
	for _, backend := range sorted(r.DecodeOnly) {
		fmt.Fprintf(&b, "| decoding alone, from memory, %s | %.0f | |\n", backend, peer.Median(r.DecodeOnly[backend]))
	}
	fmt.Fprintf(&b, "\nMicroseconds an image on one core, the whole of it decoded:\n\n| decoder | read | decode | transform | copy |\n|---|---|---|---|---|\n")
	for _, backend := range sorted(r.Stages) {
		s := r.Stages[backend]
		fmt.Fprintf(&b, "| %s | %.1f | %.1f | %.1f | %.1f |\n", backend, s.Read, s.Decode, s.Transform, s.Copy)
	}
	return b.String()
}

func sorted[T any](m map[string]T) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
