// SPDX-License-Identifier: MIT

package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/datasets"
	"github.com/stheno-go/stheno/datasets/transforms"
	codec "github.com/stheno-go/stheno/internal/codec/picture"
	"github.com/stheno-go/stheno/internal/regular"
	"github.com/stheno-go/stheno/trainers"
)

// prediction is what a model takes an image for, or why that is not known.
type prediction struct {
	File  string  `json:"file"`
	Top   []guess `json:"top,omitempty"`
	Error string  `json:"error,omitempty"`
}

type guess struct {
	Class       string  `json:"class"`
	Index       int     `json:"index"`
	Probability float64 `json:"probability"`
}

type predictOptions struct {
	modelFlags
	top, batch, workers int
	json                bool
}

func predictCommand() *cobra.Command {
	var o predictOptions
	cmd := &cobra.Command{
		Use:   "predict FILE|FOLDER...",
		Short: "Say what images show",
		Long: `Say what images show: the most likely classes with their probabilities. Of a folder
all images in it are taken, those in its folders, too, and where links lead to.

What cannot be read is said, the others are shown all the same, and the exit status is 1.`,
		Example: `  stheno predict --weights runs/resnet14_cifar/model.safetensors shoe.png
  stheno predict --model resnet18 --weights resnet18.pth --top 3 --json photos/`,
		Args: someArgs("image files or folders"),
		RunE: func(cmd *cobra.Command, args []string) error {
			list, err := o.run(cmd.Context(), args)
			if err != nil {
				return err
			}
			failed, first := 0, ""
			for _, p := range list {
				if p.Error != "" {
					failed++
					first = cmp.Or(first, p.Error)
				}
			}
			if o.json {
				err = printJSON(cmd.OutOrStdout(), list)
			} else {
				printPredictions(cmd.OutOrStdout(), cmd.ErrOrStderr(), list)
			}
			if err == nil && failed > 0 {
				err = fmt.Errorf("what %d of %d show could not be told; the first: %s", failed, len(list), first)
			}
			return err
		},
	}
	o.add(cmd)
	f := cmd.Flags()
	positiveVar(f, &o.top, "top", 5, "how many classes to name")
	positiveVar(f, &o.batch, "batch-size", 0, "images at a time (default 128, 32 for large images)")
	positiveVar(f, &o.workers, "workers", 0, "goroutines that read images (default one a core)")
	f.BoolVar(&o.json, "json", false, "print the predictions as JSON")
	return cmd
}

func printPredictions(w, log io.Writer, list []prediction) {
	for _, p := range list {
		if p.Error != "" {
			fmt.Fprintln(log, p.Error)
			continue
		}
		var text []string
		for _, g := range p.Top {
			text = append(text, fmt.Sprintf("%s %.2f %%", g.Class, 100*g.Probability))
		}
		fmt.Fprintf(w, "%s: %s\n", p.File, strings.Join(text, ", "))
	}
}

func (o predictOptions) run(ctx context.Context, args []string) ([]prediction, error) {
	list := predictionsOf(args)
	model, c, err := o.open()
	if err != nil {
		return nil, err
	}
	var files []string
	var of []int // the prediction of each file
	for i, p := range list {
		if p.Error == "" {
			files, of = append(files, p.File), append(of, i)
		}
	}
	if len(files) == 0 {
		return list, nil
	}
	loader := &datasets.Loader{Dataset: pictures{files, c.transform()}, BatchSize: c.batchSize(o.batch), Workers: workers(o.workers), SkipCorrupt: true}
	err = (&trainers.Trainer{Model: model}).Predict(ctx, loader, func(b datasets.Batch, logits *stheno.Tensor) error {
		n := 0
		for row := range slices.Chunk(logits.Floats(), len(c.Classes)) {
			p := &list[of[b.Index[n]]]
			n++
			best := c.guesses(row, o.top)
			if v := best[0].Probability; v != v {
				p.Error = p.File + ": the model's output holds NaN or infinity: the weights are spoilt, or not for what the model is fed"
				continue
			}
			p.Top = best
		}
		return nil
	})
	for _, bad := range loader.Skipped() {
		list[of[bad.Index]].Error = bad.Err.Error()
	}
	return list, err
}

// guesses returns the most likely classes of logits.
func (c card) guesses(logits []float64, top int) []guess {
	highest, sum := slices.Max(logits), 0.0
	all := make([]guess, len(logits))
	for i, v := range logits {
		p := math.Exp(v - highest)
		sum += p
		all[i] = guess{c.className(i), i, p}
	}
	for i := range all {
		all[i].Probability /= sum
	}
	slices.SortStableFunc(all, func(a, b guess) int { return cmp.Compare(b.Probability, a.Probability) })
	return all[:min(top, len(all))]
}

// predictionsOf returns the files that arguments stand for, without predictions.
func predictionsOf(args []string) (list []prediction) {
	for _, arg := range args {
		info, err := os.Stat(arg)
		if err != nil || !info.IsDir() {
			list = append(list, prediction{File: arg})
			continue
		}
		n := len(list)
		w := imageWalk{list: list}
		w.folder(arg, []fs.FileInfo{info}, 0)
		if list = w.list; len(list) == n {
			list = append(list, prediction{File: arg, Error: fmt.Sprintf("there are no images in %s: no file ends in %s", arg, strings.Join(datasets.ImageExtensions(), ", "))})
		}
	}
	return list
}

// imageWalk collects the images below a folder.
type imageWalk struct {
	list   []prediction
	linked int // folders that were come to through several links
}

// folder adds the images of a folder by name. Links are followed, but not back to a folder
// above, and not without end.
func (w *imageWalk) folder(path string, above []fs.FileInfo, links int) {
	const fewLinks, most = 3, 1000
	entries, err := os.ReadDir(path)
	if err != nil {
		w.list = append(w.list, prediction{File: path, Error: err.Error()})
	}
	for _, e := range entries {
		name := filepath.Join(path, e.Name())
		info, err := os.Stat(name)
		if err != nil || !info.IsDir() {
			if slices.Contains(datasets.ImageExtensions(), strings.ToLower(filepath.Ext(name))) {
				w.list = append(w.list, prediction{File: name})
			}
			continue
		}
		through := links
		if e.Type()&fs.ModeSymlink != 0 {
			through++
		}
		if slices.ContainsFunc(above, func(a fs.FileInfo) bool { return os.SameFile(a, info) }) {
			continue
		}
		if through > fewLinks {
			if w.linked++; w.linked > most {
				if w.linked == most+1 {
					w.list = append(w.list, prediction{File: name, Error: name + ": too many folders through symbolic links"})
				}
				continue
			}
		}
		w.folder(name, append(above[:len(above):len(above)], info), through)
	}
}

// pictures are files whose classes are not known.
type pictures struct {
	files     []string
	transform transforms.Transform
}

func (d pictures) Len() int { return len(d.files) }

func (d pictures) At(i int, r *rand.Rand) (datasets.Sample, error) {
	b, err := regular.ReadFile(d.files[i], 1<<30)
	if err != nil {
		return datasets.Sample{}, err
	}
	img := new(transforms.Image)
	if _, _, err = codec.Decode(b, func(w, h int) []uint8 { return img.Reset(w, h, 3) }, codec.Limit{}); err == nil {
		err = d.transform.Apply(img, r)
	}
	if err != nil {
		return datasets.Sample{}, &fs.PathError{Op: "read image", Path: d.files[i], Err: err}
	}
	ch, h, w := img.Shape()
	x := make([]float32, ch*h*w)
	return datasets.Sample{X: stheno.TensorOf(x, ch, h, w)}, img.CopyTo(x)
}
