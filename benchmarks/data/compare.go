// SPDX-License-Identifier: MIT

package main

import (
	"runtime"

	"github.com/stheno-go/stheno/internal/codec/picture"
)

// result is one job, in images a second, a number for each round.
type result struct {
	job
	Images      int                  `json:"images"`
	Torchvision map[string][]float64 `json:"torchvision"` // by number of workers
	Stheno      map[string][]float64 `json:"stheno"`      // by way
	Ratios      map[string][]float64 `json:"ratios"`      // to the best of torchvision in the round
	DecodeOnly  map[string][]float64 `json:"decode_only"` // of files in memory, by decoder
	Stages      map[string]stages    `json:"stages"`      // by decoder
	Check       agreement            `json:"same_tensors"`
}

// The ways of stheno's side.
const (
	files     = "files"
	filesInGo = "files, decoded in Go"
	inCache   = "decoded before, in a Cache"
)

// compare times one job on both sides, round by round.
func compare(s *settings, torch *torchvision, c job) (result, error) {
	r := result{
		job: c, Torchvision: map[string][]float64{}, Stheno: map[string][]float64{}, Ratios: map[string][]float64{},
		DecodeOnly: map[string][]float64{}, Stages: map[string]stages{},
	}
	d, err := c.folder(c.Pipeline)
	if err != nil {
		return r, err
	}
	r.Images = d.Len()
	if r.Check, err = agree(torch, c); err != nil {
		return r, err
	}
	cache, err := cached(d)
	if err != nil {
		return r, err
	}
	defer cache.Close()
	samples, err := readSome(d)
	if err != nil {
		return r, err
	}
	fromFiles, fromCache := loader(d), loader(cache) // their memory is used again, as from epoch to epoch
	for range s.rounds {
		best := 0.0
		for name, workers := range map[string]int{"0 workers": 0, "a worker a core": runtime.GOMAXPROCS(0)} {
			rate, err := torch.load(c, workers, s.seconds)
			if err != nil {
				return r, err
			}
			r.Torchvision[name] = append(r.Torchvision[name], rate)
			best = max(best, rate)
		}
		way := func(name string, rate float64, err error) error {
			r.Stheno[name] = append(r.Stheno[name], rate)
			r.Ratios[name] = append(r.Ratios[name], rate/best)
			return err
		}
		for _, inGo := range []bool{false, true} {
			if !inGo && picture.JPEGBackend() == "go" {
				continue
			}
			name := files
			if inGo {
				name = filesInGo
			}
			before := picture.UseGoForJPEG(inGo)
			rate, err := load(fromFiles, s.seconds)
			if err == nil {
				backend := picture.JPEGBackend()
				var alone float64
				if alone, err = decodeOnly(samples, s.seconds/2); err == nil {
					r.DecodeOnly[backend] = append(r.DecodeOnly[backend], alone)
					var st stages
					st, err = timeStages(d, samples, pipelines()[c.Pipeline], s.seconds/2)
					r.Stages[backend] = r.Stages[backend].better(st)
				}
			}
			picture.UseGoForJPEG(before)
			if err := way(name, rate, err); err != nil {
				return r, err
			}
		}
		rate, err := load(fromCache, s.seconds)
		if err := way(inCache, rate, err); err != nil {
			return r, err
		}
	}
	return r, nil
}
