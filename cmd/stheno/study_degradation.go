// SPDX-License-Identifier: MIT

package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/stheno-go/stheno/datasets"
	"github.com/stheno-go/stheno/internal/studies"
)

type degradationFlags struct {
	studyFlags
	data                                 string
	depths                               []int
	epochs, images, size, batch, workers int
	lr                                   float64
}

func degradationCommand() *cobra.Command {
	var o degradationFlags
	cmd := &cobra.Command{
		Use:   "degradation",
		Short: "Do deeper plain networks train worse, and residual ones not?",
		Long: `Train plain and residual networks of several depths with the same recipe, and compare their
training losses.

The claim to test (He et al., 2015, figure 6): without shortcuts the deeper network has the
larger error on the training images as well, so it does not overfit but is harder to train;
with shortcuts it does not. The networks are those of section 4.2 of the paper, with 6n+2
layers.

--data names a folder of images with train and test in it; the default is the embedded
images. Finished trainings are saved, an interrupted one is continued by the same command,
and more --seeds add to them.`,
		Example: `  stheno study degradation --quick
  stheno study degradation --data cifar10/ --epochs 60 --seeds 3`,
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
	o.add(cmd, 1, "minutes: fewer and smaller images, fewer epochs")
	f := cmd.Flags()
	f.StringVar(&o.data, "data", "", "folder of images (default the embedded ones)")
	f.IntSliceVar(&o.depths, "depths", []int{20, 56}, "layers of the networks, 6n+2")
	positiveVar(f, &o.epochs, "epochs", 0, "passes over the images (default 30, quick 12)")
	positiveVar(f, &o.images, "images", 0, "largest number of images to train on (default all, quick 1500)")
	positiveVar(f, &o.size, "size", 0, "height and width of the images (default 28 embedded, 32 else, quick 14)")
	positiveVar(f, &o.batch, "batch-size", 0, "images of a step (default 128, quick 32)")
	f.Float64Var(&o.lr, "lr", 0.1, "highest learning rate")
	positiveVar(f, &o.workers, "workers", 0, "goroutines that read images (default one a core)")
	return cmd
}

func (o *degradationFlags) run(ctx context.Context, store *studies.Store) error {
	if !(o.lr > 0) {
		return usagef("--lr %g must be positive", o.lr)
	}
	if len(o.depths) < 2 {
		return usagef("--depths %v: at least two depths are needed", o.depths)
	}
	epochs, images, size, batch := 30, 0, 32, 128
	if o.data == "" {
		size = 28
	}
	if o.quick {
		epochs, images, size, batch = 12, 1500, 14, 32
	}
	d := studies.Degradation{
		DegradationSettings: studies.DegradationSettings{
			Data: o.data, Epochs: or(o.epochs, epochs), MaxImages: or(o.images, images), Size: or(o.size, size), Batch: or(o.batch, batch), LR: o.lr, Seed: o.seed,
		},
		Depths: o.depths, Seeds: o.seeds, Workers: workers(o.workers),
	}
	c, err := newCard("resnet20_cifar", 0, d.Size) // the images of all these networks are the same
	if err != nil {
		return err
	}
	if o.data == "" {
		c.Channels, c.Mean, c.Std = 1, fashionMean, fashionStd
	}
	t, err := openTree(o.data)
	if err != nil {
		return err
	}
	augment, err := c.augmented("auto")
	if err != nil {
		return err
	}
	all, err := t.learning(c, augment, 0.1, d.MaxImages, d.Seed)
	if err != nil {
		return err
	}
	d.Channels, d.Classes = c.Channels, len(all.classes)
	if err := d.Check(); err != nil {
		return usageError{err}
	}
	d.Images = func(seed uint64) (train, test datasets.Dataset, err error) {
		s, err := t.learning(c, augment, 0.1, d.MaxImages, seed)
		return s.train, s.test, err
	}
	if d.Schedule, err = (recipe{schedule: "onecycle"}).plan(d.Epochs); err != nil {
		return err
	}
	list, err := d.Run(ctx, store)
	if err != nil {
		return err
	}
	return o.print(list, studies.DegradationReport(list), studies.Rule)
}
