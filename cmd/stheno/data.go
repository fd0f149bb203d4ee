// SPDX-License-Identifier: MIT

package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/spf13/cobra"

	"github.com/stheno-go/stheno/datasets"
	"github.com/stheno-go/stheno/datasets/transforms"
)

// dataReport is the result of the data command.
type dataReport struct {
	Name  string       `json:"name"`
	Parts []partReport `json:"parts"`
	Sheet string       `json:"sheet"`
}

type partReport struct {
	Part    string       `json:"part"`
	Images  int          `json:"images"`
	Classes []classCount `json:"classes"`
	Sizes   []sizeCount  `json:"sizes"` // the most frequent first
	Grey    bool         `json:"grey"`  // red, green and blue are equal in all pixels
	Mean    [3]float64   `json:"mean"`  // of pixels between 0 and 1, red, green, blue
	Std     [3]float64   `json:"std"`
	Broken  []brokenFile `json:"broken"`
}

type classCount struct {
	Class  string `json:"class"`
	Images int    `json:"images"`
}

type sizeCount struct {
	Width  int `json:"width"`
	Height int `json:"height"`
	Images int `json:"images"`
}

type brokenFile struct {
	File  string `json:"file"`
	Error string `json:"error"`
}

type dataOptions struct {
	out, augment  string
	size, workers int
	seed          uint64
	json          bool
}

func dataCommand() *cobra.Command {
	var o dataOptions
	cmd := &cobra.Command{
		Use:   "data [FOLDER]",
		Short: "Inspect a folder of images before training",
		Long: `Count the images of each class, their sizes and the broken files, compute the mean and
standard deviation of each channel, and draw some images with the random transforms of
train applied.

FOLDER contains a folder for each class, or folders train, val and test that do. Without
it the embedded images are used.`,
		Example: `  stheno data
  stheno data photos/ --augment resized --size 224
  stheno data photos/ --json`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usagef("data expects one folder, got %q", args)
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := o.run(cmd.Context(), strings.Join(args, ""))
			if err != nil {
				return err
			}
			if o.json {
				return printJSON(cmd.OutOrStdout(), r)
			}
			r.print(cmd.OutOrStdout())
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.out, "out", filepath.Join("runs", "data"), "folder for the picture")
	f.StringVar(&o.augment, "augment", "auto", "augmentation to draw: "+strings.Join(augmentations, ", "))
	positiveVar(f, &o.size, "size", 0, "height and width of the model's images (default as they are, 224 for large ones)")
	positiveVar(f, &o.workers, "workers", 0, "goroutines that read images (default one per core)")
	f.Uint64Var(&o.seed, "seed", 1, "seed of the transforms in the picture")
	f.BoolVar(&o.json, "json", false, "print JSON")
	_ = cmd.RegisterFlagCompletionFunc("augment", cobra.FixedCompletions(augmentations, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func (o dataOptions) run(ctx context.Context, dir string) (*dataReport, error) {
	if !slices.Contains(augmentations, o.augment) {
		return nil, usagef("no augmentation %q; have %s", o.augment, strings.Join(augmentations, ", "))
	}
	t, err := openTree(dir)
	if err != nil {
		return nil, err
	}
	r := &dataReport{Name: t.name}
	var sheet *datasets.ImageFolder // of the first part
	for _, part := range []string{trainPart, valPart, testPart, wholePart} {
		if !t.has(part) {
			continue
		}
		folder, err := t.parts[part](datasets.ImageFolderConfig{AllowEmpty: true})
		if err != nil {
			return nil, err
		}
		found, err := survey(ctx, folder, o.workers)
		if err != nil {
			return nil, err
		}
		found.Part = part
		r.Parts = append(r.Parts, found)
		if sheet == nil {
			sheet = folder
		}
	}
	if len(r.Parts[0].Sizes) == 0 {
		return r, nil // no image to draw
	}
	c := o.card(r.Parts[0])
	if err := os.MkdirAll(o.out, 0o777); err != nil {
		return nil, err
	}
	r.Sheet = filepath.Join(o.out, "data.png")
	return r, drawSheet(r.Sheet, sheet, c, o)
}

// card returns the card of a model that is trained on the images.
func (o dataOptions) card(p partReport) card {
	c := card{Channels: 3, Height: o.size, Width: o.size, Mean: imageNetMean, Std: imageNetStd}
	if o.size == 0 {
		c.Height, c.Width = p.Sizes[0].Height, p.Sizes[0].Width
		if min(c.Height, c.Width) > 224 {
			c.Height, c.Width = 224, 224
		}
	}
	if c.Height >= 160 && c.Height == c.Width {
		c.Resize = c.Height * 256 / 224
	}
	return c
}

// tally is the count of one goroutine. Sums are integers, so their order does not matter.
type tally struct {
	pixels     uint64
	sum, above [3]uint64 // of values, of their squares
	sizes      map[[2]int]int
	coloured   bool
	broken     map[int]error
}

// survey reads all images of d.
func survey(ctx context.Context, d *datasets.ImageFolder, workers int) (partReport, error) {
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	tallies := make([]tally, workers)
	var next atomic.Int64
	var wait sync.WaitGroup
	for w := range tallies {
		t := &tallies[w]
		t.sizes, t.broken = map[[2]int]int{}, map[int]error{}
		wait.Go(func() {
			var img transforms.Image
			for ctx.Err() == nil {
				i := int(next.Add(1) - 1)
				if i >= d.Len() {
					return
				}
				if err := d.Decode(i, &img); err != nil {
					t.broken[i] = err
					continue
				}
				t.add(&img)
			}
		})
	}
	wait.Wait()
	if err := ctx.Err(); err != nil {
		return partReport{}, err
	}
	return gather(d, tallies), nil
}

func (t *tally) add(img *transforms.Image) {
	_, h, w := img.Shape()
	t.sizes[[2]int{w, h}]++
	t.pixels += uint64(w) * uint64(h)
	for pix := img.Pixels(); len(pix) >= 3; pix = pix[3:] {
		for c, v := range pix[:3] {
			t.sum[c] += uint64(v)
			t.above[c] += uint64(v) * uint64(v)
		}
		t.coloured = t.coloured || pix[0] != pix[1] || pix[1] != pix[2]
	}
}

// gather merges the tallies.
func gather(d *datasets.ImageFolder, tallies []tally) partReport {
	r := partReport{Images: d.Len(), Grey: true, Broken: []brokenFile{}, Sizes: []sizeCount{}}
	all := tally{sizes: map[[2]int]int{}, broken: map[int]error{}}
	for _, t := range tallies {
		all.pixels += t.pixels
		for c := range t.sum {
			all.sum[c] += t.sum[c]
			all.above[c] += t.above[c]
		}
		for size, n := range t.sizes {
			all.sizes[size] += n
		}
		for i, err := range t.broken {
			all.broken[i] = err
		}
		r.Grey = r.Grey && !t.coloured
	}
	count := make([]int, len(d.Classes))
	for i, class := range d.Targets() {
		count[class]++
		if err := all.broken[i]; err != nil {
			r.Broken = append(r.Broken, brokenFile{d.Samples[i].Path, err.Error()})
		}
	}
	for i, class := range d.Classes {
		r.Classes = append(r.Classes, classCount{class, count[i]})
	}
	for size, n := range all.sizes {
		r.Sizes = append(r.Sizes, sizeCount{size[0], size[1], n})
	}
	slices.SortFunc(r.Sizes, func(a, b sizeCount) int {
		return cmp.Or(cmp.Compare(b.Images, a.Images), cmp.Compare(a.Width, b.Width), cmp.Compare(a.Height, b.Height))
	})
	if all.pixels > 0 {
		n := float64(all.pixels)
		for c := range r.Mean {
			mean := float64(all.sum[c]) / n
			r.Mean[c] = mean / 255
			r.Std[c] = math.Sqrt(max(0, float64(all.above[c])/n-mean*mean)) / 255
		}
	}
	return r
}

// print writes the report as text.
func (r *dataReport) print(w io.Writer) {
	fmt.Fprintln(w, r.Name)
	for _, p := range r.Parts {
		name := p.Part
		if name == wholePart {
			name = "all"
		}
		fmt.Fprintf(w, "\n%s: %d images, %d classes\n", name, p.Images, len(p.Classes))
		for _, c := range p.Classes {
			fmt.Fprintf(w, "  %7d  %s\n", c.Images, c.Class)
		}
		const most = 5
		for i, s := range p.Sizes[:min(len(p.Sizes), most)] {
			fmt.Fprintf(w, "%-7s %7d of %dx%d\n", map[bool]string{true: "sizes"}[i == 0], s.Images, s.Width, s.Height)
		}
		if more := len(p.Sizes) - most; more > 0 {
			fmt.Fprintf(w, "        and %d more\n", more)
		}
		if p.Grey {
			fmt.Fprintf(w, "grey    mean %.4f  std %.4f\n", p.Mean[0], p.Std[0])
		} else {
			fmt.Fprintf(w, "colour  mean %.4f %.4f %.4f  std %.4f %.4f %.4f\n", p.Mean[0], p.Mean[1], p.Mean[2], p.Std[0], p.Std[1], p.Std[2])
		}
		fmt.Fprintf(w, "broken  %d\n", len(p.Broken))
		for _, b := range p.Broken {
			fmt.Fprintf(w, "  %s\n", b.Error)
		}
	}
	if r.Sheet != "" {
		fmt.Fprintf(w, "\npicture: %s\n", r.Sheet)
	}
}
