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

// prediction is the prediction for an image, or the error that prevented it.
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
		Short: "Classify images",
		Long: `Print the most likely classes of images with their probabilities. Folders are searched
recursively, and symbolic links are followed.
If some files cannot be read, they are reported, and the exit status is 1.`,
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
				err = fmt.Errorf("%d of %d images could not be classified; the first: %s", failed, len(list), first)
			}
			return err
		},
	}
	o.add(cmd)
	f := cmd.Flags()
	positiveVar(f, &o.top, "top", 5, "number of classes to print")
	positiveVar(f, &o.batch, "batch-size", 0, "batch size (default 128, 32 for large images)")
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
	var of []int // index in list of each file
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
				p.Error = p.File + ": the model's output contains NaN or infinity: the weights are damaged, or expect other inputs"
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

// guesses returns the top most likely classes.
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

// predictionsOf returns an empty prediction for every file that args name.
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
			list = append(list, prediction{File: arg, Error: fmt.Sprintf("no images in %s: no file ends in %s", arg, strings.Join(datasets.ImageExtensions(), ", "))})
		}
	}
	return list
}

// imageWalk collects the images below a folder.
type imageWalk struct {
	list   []prediction
	linked int // folders that were reached through symbolic links
}

// folder adds the images of a folder in the order of their names. It does not follow links to
// a parent, and limits the number of links.
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

// pictures is a data set of files without classes.
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
