// SPDX-License-Identifier: MIT

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/stheno-go/stheno/internal/atomicfile"
	"github.com/stheno-go/stheno/internal/report"
)

type reportOptions struct {
	out, data  string
	worst      int
	noPictures bool
}

func reportCommand() *cobra.Command {
	var o reportOptions
	cmd := &cobra.Command{
		Use:   "report RUN...",
		Short: "Write an HTML report of training runs",
		Long: `Write one HTML page about the folders of training runs: curves, confusion and scores of
each class, settings, machine, and the worst mistakes as pictures. Several runs are compared.
The page is self-contained: it needs no network and no other file.

For the pictures, the images are evaluated again with the run's weights. If the images have
changed or are missing, the page says so instead. A run that is still in progress, or was
killed, is shown up to its last epoch.`,
		Example: `  stheno report runs/resnet14_cifar
  stheno report runs/resnet14_cifar runs/resnet14_cifar-2 --out both.html
  stheno report runs/resnet* --no-pictures`,
		Args: someArgs("the folder of a run"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.run(cmd.Context(), args, cmd.ErrOrStderr()); err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), "report:", o.out)
			return nil
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&o.out, "out", "report.html", "file to write the page to")
	f.StringVar(&o.data, "data", "", "folder of the images, if it was moved since the run began")
	f.IntVar(&o.worst, "worst", 24, "number of mistakes to show")
	f.BoolVar(&o.noPictures, "no-pictures", false, "leave out the mistakes, for which the images are evaluated again")
	return cmd
}

func (o reportOptions) run(ctx context.Context, dirs []string, log io.Writer) error {
	if o.worst < 0 {
		return usagef("--worst %d must not be negative", o.worst)
	}
	if ext := strings.ToLower(filepath.Ext(o.out)); ext != ".html" && ext != ".htm" {
		return usagef("--out %s must end in .html", o.out)
	}
	trainings, err := openTrainings(dirs)
	if err != nil {
		return err
	}
	var runs []report.Run
	for _, t := range trainings {
		if err := t.evaluate(ctx, o, log); err != nil {
			return err
		}
		runs = append(runs, t.Run)
	}
	return atomicfile.Write(o.out, func(w io.Writer) error { return report.Write(w, runs) })
}

// openTrainings reads the folders. It reports the errors of all of them.
func openTrainings(dirs []string) (list []*training, err error) {
	var seen []os.FileInfo
	var wrong []error
	for _, dir := range dirs {
		t, err := openTraining(dir)
		if err != nil {
			wrong = append(wrong, err)
			continue
		}
		info, err := os.Stat(dir)
		if err != nil {
			wrong = append(wrong, err)
			continue
		}
		if i := slices.IndexFunc(seen, func(s os.FileInfo) bool { return os.SameFile(s, info) }); i >= 0 {
			return nil, usagef("%s and %s are the same folder", dirs[i], dir)
		}
		seen, list = append(seen, info), append(list, t)
	}
	if len(wrong) > 0 {
		return nil, errors.Join(wrong...)
	}
	names := map[string]int{}
	for _, t := range list {
		names[t.Name]++
	}
	for _, t := range list {
		if names[t.Name] > 1 {
			t.Name = t.dir
		}
	}
	return list, nil
}
