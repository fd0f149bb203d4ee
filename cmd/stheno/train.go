// SPDX-License-Identifier: MIT

package main

import (
	"context"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/stheno-go/stheno"
)

// trainOptions are the flags of train. applyDefaults replaces the zeros.
type trainOptions struct {
	model, data, target, out string
	standardize, quick       bool
	epochs                   int
	lr                       float64
	seed                     uint64
	w                        io.Writer // output

	recipe
	json, resume, overwrite, findLR bool
	cmd                             *cobra.Command
}

// recipe is the settings of training on images.
type recipe struct {
	batch, workers, limit     int
	size, channels            int
	optimizer, schedule       string
	warmup                    float64
	weightDecay, momentum     float64
	augment, weights          string
	freeze                    bool
	labelSmoothing            float64
	mixup, cutmix             float64
	ema, clip                 float64
	accumulate, patience      int
	holdout                   float64
	skipBroken                bool
	timeLimit, checkpointTime time.Duration
}

// trainersOf maps the models that are not trained on image folders to their training functions.
var trainersOf = map[string]func(ctx context.Context, o trainOptions) error{
	"linear":   trainLinear,
	"logistic": trainLogistic,
	"mlp":      trainDigits,
	"softmax":  trainDigits,
}

// modelNames returns the names of all models that can be trained.
func modelNames() string {
	names := append(slices.Collect(maps.Keys(trainersOf)), imageModels()...)
	slices.Sort(names)
	return strings.Join(slices.Compact(names), ", ")
}

func trainCommand() *cobra.Command {
	var o trainOptions
	cmd := &cobra.Command{
		Use:   "train",
		Short: "Train a model",
		Long: `Train a model and write its weights, checkpoints and pictures to a folder.

Without flags, a small residual network is trained on 10,000 embedded pictures of clothes
(Fashion-MNIST). --data DIR trains on a folder of images instead: with the folders train and
val or test in it, or with a folder for each class, of which a fraction is then held out.

Ctrl-C, or closing the terminal, finishes the current step and saves; --resume continues
from there and produces bit-identical results. A second Ctrl-C ends at once. --weights
starts from a file of weights; if its classes differ, the last layer is replaced.

Four models are trained on other data: "linear" fits a line to 15 embedded points, or a
table to one of its columns; "logistic" separates two classes of a table; "mlp" and
"softmax" classify 1,797 embedded handwritten digits.

Models: ` + modelNames(),
		Example: `  stheno train
  stheno train --quick
  stheno train --model resnet20_cifar --data cifar10/ --epochs 30
  stheno train --resume --out runs/resnet20_cifar
  stheno train --model resnet18 --data photos/ --weights resnet18.pth --freeze
  stheno train --model linear --data houses.csv --target price --standardize`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.cmd, o.w = cmd, cmd.OutOrStdout()
			return o.run(cmd.Context())
		},
	}
	o.add(cmd)
	return cmd
}

func (o *trainOptions) add(cmd *cobra.Command) {
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&o.model, "model", "resnet14_cifar", "model to train; see above")
	f.StringVar(&o.data, "data", "", "folder of images; for linear and logistic a CSV file with a header")
	f.StringVar(&o.out, "out", "", "folder for the results (default a new one in runs)")
	f.BoolVar(&o.resume, "resume", false, "resume the run in --out, with its settings (default the newest in runs)")
	f.BoolVar(&o.overwrite, "overwrite", false, "delete the run in --out and start a new one")
	f.BoolVar(&o.quick, "quick", false, "use fewer images and epochs, to end within a minute")
	positiveVar(f, &o.epochs, "epochs", 0, "passes over the data (default depends on the data)")
	positiveVar(f, &o.batch, "batch-size", 0, "batch size (default 128; 64 for the embedded images, 32 for large ones)")
	f.Float64Var(&o.lr, "lr", 0, "highest learning rate (default depends on the optimizer and the batch size)")
	f.BoolVar(&o.findLR, "find-lr", false, "test growing learning rates instead of training; suggest one and draw the losses")
	f.StringVar(&o.optimizer, "optimizer", "sgd", "optimizer: "+strings.Join(optimizers, ", "))
	f.StringVar(&o.schedule, "schedule", "onecycle", "schedule of the learning rate: "+strings.Join(schedules, ", "))
	f.Float64Var(&o.warmup, "warmup", 0, "epochs of warmup (not for onecycle, which has its own)")
	f.Float64Var(&o.momentum, "momentum", 0.9, "momentum of sgd and rmsprop")
	f.Float64Var(&o.weightDecay, "weight-decay", 5e-4, "weight decay")
	f.StringVar(&o.augment, "augment", "auto", "augmentation: "+strings.Join(augmentations, ", "))
	f.Float64Var(&o.labelSmoothing, "label-smoothing", 0, "amount of label smoothing, from 0 to 1")
	f.Float64Var(&o.mixup, "mixup", 0, "alpha of MixUp (0: none)")
	f.Float64Var(&o.cutmix, "cutmix", 0, "alpha of CutMix (0: none); with --mixup, one of the two is chosen at random for each batch")
	f.Float64Var(&o.ema, "ema", 0, "decay of a moving average of the weights, which is evaluated and saved (0: none)")
	f.Float64Var(&o.clip, "clip-norm", 0, "largest norm of the gradients (0: no limit)")
	positiveVar(f, &o.accumulate, "accumulate", 1, "number of batches whose gradients are accumulated for one step")
	f.IntVar(&o.patience, "early-stopping", 0, "stop after this many epochs without a better validation accuracy (0: never)")
	f.DurationVar(&o.timeLimit, "time-limit", 0, "stop and save after this time, such as 90m (0: never)")
	f.DurationVar(&o.checkpointTime, "checkpoint-every", 10*time.Minute, "interval of checkpoints within an epoch (0: only at the end of epochs)")
	f.StringVar(&o.weights, "weights", "", "file of weights to start from")
	f.BoolVar(&o.skipBroken, "skip-broken", false, "skip unreadable images and report how many")
	f.BoolVar(&o.freeze, "freeze", false, "train only the last layer")
	positiveVar(f, &o.size, "size", 0, "height and width to resize images to (default the model's)")
	positiveVar(f, &o.channels, "channels", 0, "3, or 1 for grey images (default the model's)")
	f.Float64Var(&o.holdout, "holdout", 0.1, "fraction of the images to evaluate on, if there is neither val nor test")
	f.IntVar(&o.limit, "limit", 0, "maximum number of images of each part (0: all)")
	positiveVar(f, &o.workers, "workers", 0, "goroutines that read images (default one per core)")
	f.Uint64Var(&o.seed, "seed", 1, "seed of initialization, order and augmentation")
	f.StringVar(&o.target, "target", "", "column of the table to predict")
	f.BoolVar(&o.standardize, "standardize", false, "scale the table's features to mean 0 and variance 1")
	f.BoolVar(&o.json, "json", false, "print the result as JSON; the rest goes to standard error")
	_ = cmd.RegisterFlagCompletionFunc("model", cobra.FixedCompletions(strings.Split(modelNames(), ", "), cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("optimizer", cobra.FixedCompletions(optimizers, cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("schedule", cobra.FixedCompletions(schedules, cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("augment", cobra.FixedCompletions(augmentations, cobra.ShellCompDirectiveNoFileComp))
}

// run trains the model that the flags specify.
func (o *trainOptions) run(ctx context.Context) error {
	if o.findLR && (o.resume || o.overwrite) {
		return usagef("--find-lr trains nothing: it excludes --resume and --overwrite")
	}
	if o.resume {
		return o.resumeRun(ctx)
	}
	train, known := trainersOf[o.model]
	if info, err := os.Stat(o.data); err == nil && info.IsDir() && (o.model == "mlp") {
		known = false // an MLP can be trained on images as well
	}
	if !known {
		return o.trainImages(ctx)
	}
	if o.findLR {
		return usagef("--find-lr is for models of images, not for %s", o.model)
	}
	if err := o.check(); err != nil {
		return err
	}
	if (o.data == "") != (o.target == "") {
		return usagef("--data FILE.csv and --target COLUMN must be given together")
	}
	if o.out == "" {
		o.out = "runs"
	}
	release, err := hold(o.out, o.model+"."+lockName)
	if err != nil {
		return err
	}
	defer release()
	stheno.Seed(o.seed)
	return train(ctx, *o)
}

// check validates the numbers.
func (o trainOptions) check() error {
	for name, v := range map[string]float64{
		"lr": o.lr, "limit": float64(o.limit),
		"warmup": o.warmup, "momentum": o.momentum, "weight-decay": o.weightDecay, "mixup": o.mixup, "cutmix": o.cutmix,
		"clip-norm": o.clip, "early-stopping": float64(o.patience), "time-limit": float64(o.timeLimit),
	} {
		if !(v >= 0) {
			return usagef("--%s %v must not be negative", name, v)
		}
	}
	for name, v := range map[string]float64{"label-smoothing": o.labelSmoothing, "ema": o.ema} {
		if !(v >= 0 && v < 1) {
			return usagef("--%s %v must be in [0, 1)", name, v)
		}
	}
	return nil
}

// rateOr returns the given learning rate, which may be 0, or def if none was given.
func (o trainOptions) rateOr(def float64) float64 {
	if o.cmd.Flags().Changed("lr") {
		return o.lr
	}
	return def
}

// or returns v, or def if v is 0.
func or[T int | float64](v, def T) T {
	if v == 0 {
		return def
	}
	return v
}
