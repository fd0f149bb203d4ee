// SPDX-License-Identifier: MIT

package main

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/datasets"
	"github.com/stheno-go/stheno/datasets/transforms"
	codec "github.com/stheno-go/stheno/internal/codec/picture"
	"github.com/stheno-go/stheno/trainers"
)

// prediction is what a model takes an image for.
type prediction struct {
	File string  `json:"file"`
	Top  []guess `json:"top"`
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
all images in it are taken, those in its folders, too.`,
		Example: `  stheno predict --weights runs/resnet14_cifar/model.safetensors shoe.png
  stheno predict --model resnet18 --weights resnet18.pth --top 3 --json photos/`,
		Args: someArgs("image files or folders"),
		RunE: func(cmd *cobra.Command, args []string) error {
			list, err := o.run(cmd.Context(), args)
			if err != nil {
				return err
			}
			if o.json {
				return printJSON(cmd.OutOrStdout(), list)
			}
			for _, p := range list {
				var text []string
				for _, g := range p.Top {
					text = append(text, fmt.Sprintf("%s %.2f %%", g.Class, 100*g.Probability))
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%s: %s\n", p.File, strings.Join(text, ", "))
			}
			return nil
		},
	}
	o.add(cmd)
	f := cmd.Flags()
	f.IntVar(&o.top, "top", 5, "how many classes to name")
	f.IntVar(&o.batch, "batch-size", 0, "images at a time (default 128, 32 for large images)")
	f.IntVar(&o.workers, "workers", 0, "goroutines that read images (0: one a core)")
	f.BoolVar(&o.json, "json", false, "print the predictions as JSON")
	return cmd
}

func (o predictOptions) run(ctx context.Context, args []string) ([]prediction, error) {
	if o.top < 1 || o.batch < 0 {
		return nil, usagef("--top %d must be positive and --batch-size %d not negative", o.top, o.batch)
	}
	files, err := imageFiles(args)
	if err != nil {
		return nil, err
	}
	model, c, err := o.open()
	if err != nil {
		return nil, err
	}
	var list []prediction
	loader := &datasets.Loader{Dataset: pictures{files, c.transform()}, BatchSize: c.batchSize(o.batch), Workers: workers(o.workers)}
	err = (&trainers.Trainer{Model: model}).Predict(ctx, loader, func(_ datasets.Batch, logits *stheno.Tensor) error {
		rows := logits.Floats()
		for row := range slices.Chunk(rows, len(c.Classes)) {
			best := c.guesses(row, o.top)
			if p := best[0].Probability; p != p {
				return fmt.Errorf("%s: the model's output holds NaN or infinity: the weights are spoilt, or not for what the model is fed", files[len(list)])
			}
			list = append(list, prediction{files[len(list)], best})
		}
		return nil
	})
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

// imageFiles returns the files that arguments stand for.
func imageFiles(args []string) ([]string, error) {
	var files []string
	for _, arg := range args {
		info, err := os.Stat(arg)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			files = append(files, arg)
			continue
		}
		n := len(files)
		err = filepath.WalkDir(arg, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && slices.Contains(datasets.ImageExtensions(), strings.ToLower(filepath.Ext(path))) {
				files = append(files, path)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
		if len(files) == n {
			return nil, fmt.Errorf("there are no images in %s: no file ends in %s", arg, strings.Join(datasets.ImageExtensions(), ", "))
		}
	}
	return files, nil
}

// pictures are files whose classes are not known.
type pictures struct {
	files     []string
	transform transforms.Transform
}

func (d pictures) Len() int { return len(d.files) }

func (d pictures) At(i int, r transforms.Rand) (datasets.Sample, error) {
	b, err := os.ReadFile(d.files[i])
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
