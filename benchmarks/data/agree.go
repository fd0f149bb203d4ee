// SPDX-License-Identifier: MIT

package main

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"

	"github.com/stheno-go/stheno"
)

// agreement is how the tensors of both sides differ where nothing is random.
type agreement struct {
	Numbers    int     `json:"numbers"`
	Different  int     `json:"different"`
	Difference float64 `json:"largest_difference"`
}

// agree compares tensors of some images. Decoders of other versions of libjpeg may differ
// by two levels in places; more is an error.
func agree(torch *torchvision, c job) (a agreement, err error) {
	pipeline := c.Pipeline + "-fixed"
	d, err := c.folder(pipeline)
	if err != nil {
		return a, err
	}
	var index []int
	for i := 0; i < d.Len(); i += max(1, d.Len()/16) {
		index = append(index, i)
	}
	file, err := os.CreateTemp("", "stheno-tensors")
	if err != nil {
		return a, err
	}
	file.Close()
	defer os.Remove(file.Name())
	var answer struct{ Shape []int }
	err = torch.ask(map[string]any{"job": "tensors", "root": c.Root, "pipeline": pipeline, "index": index, "file": file.Name()}, &answer)
	if err != nil {
		return a, err
	}
	theirs, err := os.ReadFile(file.Name())
	if err != nil {
		return a, err
	}
	for _, i := range index {
		s, err := d.At(i, nil)
		if err != nil {
			return a, err
		}
		ours, err := stheno.Data[float32](s.X)
		if err != nil {
			return a, err
		}
		if len(theirs) < 4*len(ours) {
			return a, fmt.Errorf("torchvision gives tensors of another size: %v, not %v", answer.Shape, s.X.Shape())
		}
		for j, v := range ours {
			w := math.Float32frombits(binary.LittleEndian.Uint32(theirs[4*j:]))
			if v != w {
				a.Different++
				a.Difference = max(a.Difference, math.Abs(float64(v)-float64(w)))
			}
		}
		a.Numbers += len(ours)
		theirs = theirs[4*len(ours):]
	}
	if limit := 2.01 / 255 / 0.224; len(theirs) > 0 || a.Difference > limit {
		return a, fmt.Errorf("the sides do not give the same tensors: %d of %d numbers differ, by up to %g", a.Different, a.Numbers, a.Difference)
	}
	return a, nil
}
