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
		Short: "Make one page of what trainings did",
		Long: `Make one HTML page of the folders that trainings have left: curves, confusion and scores of
each class, settings, machine, and the worst mistakes as pictures. Several runs are compared.
The page needs no network and no file beside it.

For the pictures the images are looked at once more, with the run's weights. Where they are
not what the run was judged by any more, or not there, the page says so instead. A run that
still goes on, or that was killed, is shown as far as it came.`,
		Example: `  stheno report runs/resnet14_cifar
  stheno report runs/resnet14_cifar runs/resnet14_cifar-2 --out both.html
  stheno report runs/resnet* --no-pictures`,
		Args: someArgs("the folder of a training"),
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
	f.StringVar(&o.out, "out", "report.html", "file for the page")
	f.StringVar(&o.data, "data", "", "folder of images, if it is not where it was when the run began")
	f.IntVar(&o.worst, "worst", 24, "how many mistakes to show")
	f.BoolVar(&o.noPictures, "no-pictures", false, "do without the mistakes, which take a look at the images")
	return cmd
}

func (o reportOptions) run(ctx context.Context, dirs []string, log io.Writer) error {
	if o.worst < 0 {
		return usagef("--worst %d must not be negative", o.worst)
	}
	if ext := strings.ToLower(filepath.Ext(o.out)); ext != ".html" && ext != ".htm" {
		return usagef("--out %s is no name of a page, which ends in .html", o.out)
	}
	trainings, err := openTrainings(dirs)
	if err != nil {
		return err
	}
	var runs []report.Run
	for _, t := range trainings {
		if err := t.look(ctx, o, log); err != nil {
			return err
		}
		runs = append(runs, t.Run)
	}
	return atomicfile.Write(o.out, func(w io.Writer) error { return report.Write(w, runs) })
}

// openTrainings reads the folders; all that are wrong are said.
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
