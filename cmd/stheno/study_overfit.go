// SPDX-License-Identifier: MIT

package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/datasets"
	"github.com/stheno-go/stheno/internal/studies"
)

type overfitFlags struct {
	studyFlags
	images, epochs, batch, width, workers int
	lr                                    float64
}

func overfitCommand() *cobra.Command {
	var o overfitFlags
	cmd := &cobra.Command{
		Use:   "overfit",
		Short: "A network too large for its data, and methods against overfitting",
		Long: `Train a convolutional network with far more parameters than images, alone and with weight
decay, dropout, augmentation, early stopping, and all of them, and compare its accuracy and
loss on the test images with those of the network alone.

The images are the embedded ones: some to train on, 1,000 others for validation, and the
test images. Finished trainings are saved, an interrupted one is continued by the same
command, and more --seeds add to them.`,
		Example: `  stheno study overfit --quick
  stheno study overfit --images 4000 --epochs 200 --seeds 3`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			store, release, err := o.begin(cmd)
			if err != nil {
				return err
			}
			defer release()
			return o.run(cmd.Context(), store)
		},
	}
	o.add(cmd, 1, "minutes: fewer images and epochs")
	f := cmd.Flags()
	positiveVar(f, &o.images, "images", 0, "images to train on (default 2000, quick 400)")
	positiveVar(f, &o.epochs, "epochs", 0, "passes over them (default 100, quick 60)")
	positiveVar(f, &o.width, "width", 0, "channels of the first layer (default 32, quick 16)")
	positiveVar(f, &o.batch, "batch-size", 50, "images of a step")
	f.Float64Var(&o.lr, "lr", 1e-3, "learning rate of AdamW")
	positiveVar(f, &o.workers, "workers", 0, "goroutines that read images (default one a core)")
	return cmd
}

// validationImages are held out of the images to train on.
const validationImages = 1000

func (o *overfitFlags) run(ctx context.Context, store *studies.Store) error {
	if !(o.lr > 0) {
		return usagef("--lr %g must be positive", o.lr)
	}
	images, epochs, width := 2000, 100, 32
	if o.quick {
		images, epochs, width = 400, 60, 16
	}
	s := studies.Overfit{
		OverfitSettings: studies.OverfitSettings{
			Batch: o.batch, Epochs: or(o.epochs, epochs), MaxImages: or(o.images, images), LR: o.lr, Seed: o.seed, Width: or(o.width, width),
		},
		Seeds: o.seeds, Workers: workers(o.workers),
	}
	if s.MaxImages > 10000-validationImages {
		return usagef("--images %d: there are 10,000, of which %d are held out", s.MaxImages, validationImages)
	}
	s.Images = func(seed uint64, augment bool) (studies.OverfitImages, error) {
		return overfitImages(s.MaxImages, seed, augment)
	}
	list, err := s.Run(ctx, store)
	if err != nil {
		return err
	}
	fmt.Fprintf(o.log, "\n%s parameters, %d images\n", thousands(s.Parameters()), s.MaxImages)
	return o.print(list, studies.OverfitReport(list), studies.Rule)
}

// overfitImages chooses n embedded images to train on, and those to validate with.
func overfitImages(n int, seed uint64, augment bool) (o studies.OverfitImages, err error) {
	c, err := newCard("lenet", 1, 28)
	if err != nil {
		return o, err
	}
	c.Mean, c.Std = fashionMean, fashionStd
	t, err := openTree("")
	if err != nil {
		return o, err
	}
	all, err := t.folder(trainPart, nil, nil)
	if err != nil {
		return o, err
	}
	order := stheno.NewGenerator(seed).Perm(all.Len())
	chosen, err := datasets.Subset(all, order[validationImages:validationImages+n])
	if err != nil {
		return o, err
	}
	if o.Plain, err = datasets.WithTransform(chosen, c.transform()); err != nil {
		return o, err
	}
	if o.Train = o.Plain; augment {
		transform, err := c.augmented("crop+flip")
		if err != nil {
			return o, err
		}
		if o.Train, err = datasets.WithTransform(chosen, transform); err != nil {
			return o, err
		}
	}
	held, err := datasets.Subset(all, order[:validationImages])
	if err != nil {
		return o, err
	}
	if o.Validation, err = datasets.WithTransform(held, c.transform()); err != nil {
		return o, err
	}
	o.Test, err = t.folder(testPart, nil, c.transform())
	return o, err
}
