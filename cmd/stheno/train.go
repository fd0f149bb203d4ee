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

// trainOptions are the flags of train. What was not given has the model's own default.
type trainOptions struct {
	model, data, target, out string
	standardize, quick       bool
	epochs                   int
	lr                       float64
	seed                     uint64
	w                        io.Writer // where the text goes

	recipe
	json, resume, overwrite bool
	cmd                     *cobra.Command
}

// recipe is how a model learns from images.
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

// own maps the names of models that do not learn from image folders to what trains them.
var own = map[string]func(ctx context.Context, o trainOptions) error{
	"linear":   trainLinear,
	"logistic": trainLogistic,
	"mlp":      trainDigits,
	"softmax":  trainDigits,
}

// modelNames returns the names of all models that can be trained.
func modelNames() string {
	names := append(slices.Collect(maps.Keys(own)), imageModels()...)
	slices.Sort(names)
	return strings.Join(slices.Compact(names), ", ")
}

func trainCommand() *cobra.Command {
	var o trainOptions
	cmd := &cobra.Command{
		Use:   "train",
		Short: "Train a model and leave its weights, checkpoints and pictures",
		Long: `Train a model and leave its weights, checkpoints and pictures in a folder.

Without flags a small residual network learns 10,000 embedded pictures of clothes
(Fashion-MNIST). --data DIR takes a folder of images instead: with the folders train and
val or test in it, or with a folder for each class, of which a part is then held out.

Ctrl-C finishes the step and saves, and so does a terminal that is closed; --resume goes on
from there, with the same bits as if nothing had happened. A second Ctrl-C ends at once. --weights begins from a file of weights; for other classes the
last layer is made anew.

Four models learn from other things: "linear" fits a line to the 15 points of the study
notes, or a table to one of its columns; "logistic" separates two classes of a table;
"mlp" and "softmax" learn 1,797 embedded handwritten digits.

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
	f.StringVar(&o.model, "model", "resnet14_cifar", "what to train; see above")
	f.StringVar(&o.data, "data", "", "folder of images; for linear and logistic a CSV file with a header")
	f.StringVar(&o.out, "out", "", "folder for what the training leaves (default a new one in runs)")
	f.BoolVar(&o.resume, "resume", false, "go on with the training in --out, with its settings (default the newest in runs)")
	f.BoolVar(&o.overwrite, "overwrite", false, "begin anew in a folder that holds a training")
	f.BoolVar(&o.quick, "quick", false, "end within a minute: fewer images and epochs")
	positiveVar(f, &o.epochs, "epochs", 0, "passes over the data (default the model's own)")
	positiveVar(f, &o.batch, "batch-size", 0, "images of a step (default 128; 64 for the embedded ones, 32 for large ones)")
	f.Float64Var(&o.lr, "lr", 0, "highest learning rate (default the optimizer's and model's own)")
	f.StringVar(&o.optimizer, "optimizer", "sgd", strings.Join(optimizers, ", "))
	f.StringVar(&o.schedule, "schedule", "onecycle", strings.Join(schedules, ", "))
	f.Float64Var(&o.warmup, "warmup", 0, "epochs in which the rate rises (not for onecycle, which has its own)")
	f.Float64Var(&o.momentum, "momentum", 0.9, "of sgd and rmsprop")
	f.Float64Var(&o.weightDecay, "weight-decay", 5e-4, "weight decay")
	f.StringVar(&o.augment, "augment", "auto", "what is done to images at random: "+strings.Join(augmentations, ", "))
	f.Float64Var(&o.labelSmoothing, "label-smoothing", 0, "part of the target that is spread over all classes")
	f.Float64Var(&o.mixup, "mixup", 0, "alpha of MixUp (0: none)")
	f.Float64Var(&o.cutmix, "cutmix", 0, "alpha of CutMix (0: none); with --mixup one of the two is drawn for each batch")
	f.Float64Var(&o.ema, "ema", 0, "decay of a moving average of the weights, which is judged and saved (0: none)")
	f.Float64Var(&o.clip, "clip-norm", 0, "largest norm of the gradients (0: any)")
	positiveVar(f, &o.accumulate, "accumulate", 1, "batches whose gradients make one step")
	f.IntVar(&o.patience, "early-stopping", 0, "epochs without a better validation accuracy until the end (0: never)")
	f.DurationVar(&o.timeLimit, "time-limit", 0, "end cleanly after so long, as 90m (0: never)")
	f.DurationVar(&o.checkpointTime, "checkpoint-every", 10*time.Minute, "save within epochs, too (0: at their ends only)")
	f.StringVar(&o.weights, "weights", "", "file of weights to begin from")
	f.BoolVar(&o.skipBroken, "skip-broken", false, "leave out images that cannot be read, and say how many, instead of ending")
	f.BoolVar(&o.freeze, "freeze", false, "train the last layer only")
	positiveVar(f, &o.size, "size", 0, "height and width that images are brought to (default the model's)")
	positiveVar(f, &o.channels, "channels", 0, "3, or 1 for grey images (default the model's)")
	f.Float64Var(&o.holdout, "holdout", 0.1, "part of the images to judge by, where there is neither val nor test")
	f.IntVar(&o.limit, "limit", 0, "most images of a part to use (0: all)")
	positiveVar(f, &o.workers, "workers", 0, "goroutines that read images (default one a core)")
	f.Uint64Var(&o.seed, "seed", 1, "seed of initialisation, order and augmentation")
	f.StringVar(&o.target, "target", "", "column of the table to predict")
	f.BoolVar(&o.standardize, "standardize", false, "give the table's features mean 0 and variance 1")
	f.BoolVar(&o.json, "json", false, "print the result as JSON; the rest goes to standard error")
	_ = cmd.RegisterFlagCompletionFunc("model", cobra.FixedCompletions(strings.Split(modelNames(), ", "), cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("optimizer", cobra.FixedCompletions(optimizers, cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("schedule", cobra.FixedCompletions(schedules, cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("augment", cobra.FixedCompletions(augmentations, cobra.ShellCompDirectiveNoFileComp))
}

// run trains what the flags name.
func (o *trainOptions) run(ctx context.Context) error {
	if o.resume {
		return o.goOn(ctx)
	}
	train, known := own[o.model]
	if info, err := os.Stat(o.data); err == nil && info.IsDir() && (o.model == "mlp") {
		known = false // an MLP learns from images as well
	}
	if !known {
		return o.trainImages(ctx)
	}
	if err := o.check(); err != nil {
		return err
	}
	if (o.data == "") != (o.target == "") {
		return usagef("--data FILE.csv and --target COLUMN belong together")
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

// check returns what is wrong with the numbers.
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
			return usagef("--%s %v must lie in [0, 1)", name, v)
		}
	}
	return nil
}

// rateOr returns the learning rate that was given, which may be 0, or def.
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
