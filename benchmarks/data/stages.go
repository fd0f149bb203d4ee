// SPDX-License-Identifier: MIT

package main

import (
	"math/rand/v2"
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/stheno-go/stheno/datasets"
	"github.com/stheno-go/stheno/datasets/transforms"
	"github.com/stheno-go/stheno/internal/codec/picture"
)

// stages is the time of one image on one core by stage, in microseconds.
type stages struct {
	Read      float64 `json:"read"`
	Decode    float64 `json:"decode"`
	Transform float64 `json:"transform"` // resizing; crops and flips move nothing yet
	Copy      float64 `json:"copy"`      // into the batch: crop, flip, ToTensor, Normalize
}

func (s stages) total() float64 { return s.Read + s.Decode + s.Transform + s.Copy }

// better returns the faster of the two; the zero value counts for nothing.
func (s stages) better(t stages) stages {
	if s == (stages{}) || t.total() < s.total() {
		return t
	}
	return s
}

// sample is a file's bytes and its number in the folder.
type sample struct {
	i    int
	data []byte
}

// readSome reads files from all over d.
func readSome(d *datasets.ImageFolder) ([]sample, error) {
	const most = 400
	var list []sample
	for i := 0; i < d.Len(); i += max(1, d.Len()/most) {
		path := d.Samples[i].Path
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		list = append(list, sample{i, data})
	}
	return list, nil
}

// decodeOnly returns how many images a second all cores decode from memory.
func decodeOnly(list []sample, seconds float64) (float64, error) {
	cores := runtime.GOMAXPROCS(0)
	counts, errs := make([]int, cores), make([]error, cores)
	begin := time.Now()
	var wait sync.WaitGroup
	for core := range cores {
		wait.Go(func() {
			var img transforms.Image
			for i := core; errs[core] == nil && time.Since(begin).Seconds() < seconds; i++ {
				errs[core] = decode(list[i%len(list)].data, &img)
				counts[core]++
			}
		})
	}
	wait.Wait()
	took, images := time.Since(begin).Seconds(), 0
	for core, err := range errs {
		if err != nil {
			return 0, err
		}
		images += counts[core]
	}
	return float64(images) / took, nil
}

func decode(data []byte, img *transforms.Image) error {
	_, _, err := picture.Decode(data, func(w, h int) []uint8 { return img.Reset(w, h, 3) }, picture.Limit{})
	return err
}

// timeStages does what a worker does and reads the clock after each step. Here the whole
// picture is decoded, which a Loader does not need to do for a crop. Reading is what d
// needs more for a file than for its bytes.
func timeStages(d *datasets.ImageFolder, list []sample, transform transforms.Transform, seconds float64) (stages, error) {
	var img transforms.Image
	var spent [4]time.Duration
	var dst []float32
	r := rand.New(rand.NewPCG(1, 2))
	n := 0
	for begin := time.Now(); n < 20 || time.Since(begin).Seconds() < seconds; n++ {
		s := list[r.IntN(len(list))]
		for i, step := range [4]func() error{
			func() error { return d.Decode(s.i, &img) },
			func() error { return decode(s.data, &img) },
			func() error { return transform.Apply(&img, r) },
			func() error {
				if c, h, w := img.Shape(); dst == nil {
					dst = make([]float32, c*h*w)
				}
				return img.CopyTo(dst)
			},
		} {
			t := time.Now()
			if err := step(); err != nil {
				return stages{}, err
			}
			spent[i] += time.Since(t)
		}
	}
	micro := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 / float64(n) }
	decoding := micro(spent[1])
	return stages{max(micro(spent[0])-decoding, 0), decoding, micro(spent[2]), micro(spent[3])}, nil
}
