// SPDX-License-Identifier: MIT

package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/stheno-go/stheno/internal/studies"
)

func studyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "study",
		Short: "Reproduce well-known claims about deep networks",
		Args:  noArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(sigmoidCommand(), degradationCommand(), minimaCommand(), overfitCommand())
	return cmd
}

// studyFlags are the flags of every study.
type studyFlags struct {
	name  string
	out   string
	seed  uint64
	seeds int
	quick bool
	json  bool
	w     io.Writer // results
	log   io.Writer // progress
}

// add adds the flags; seeds is the default of --seeds and quick what --quick does.
func (s *studyFlags) add(cmd *cobra.Command, seeds int, quick string) {
	s.name = cmd.Name()
	f := cmd.Flags()
	f.Uint64Var(&s.seed, "seed", 1, "first seed of initialization, order and augmentation")
	positiveVar(f, &s.seeds, "seeds", seeds, "trainings of each network, with seeds from --seed on")
	f.StringVar(&s.out, "out", filepath.Join("runs", s.name), "folder of the picture and of what is finished")
	f.BoolVar(&s.quick, "quick", false, quick)
	f.BoolVar(&s.json, "json", false, "print the results as JSON, and everything else to standard error")
}

// begin locks the folder of the study until release is called.
func (s *studyFlags) begin(cmd *cobra.Command) (store *studies.Store, release func(), err error) {
	s.w, s.log = cmd.OutOrStdout(), cmd.OutOrStdout()
	if s.json {
		s.log = cmd.ErrOrStderr()
	}
	release, err = hold(s.out, lockName)
	return &studies.Store{Dir: s.out, Log: s.log}, release, err
}

// print prints list as JSON, or its report, and saves the picture.
func (s *studyFlags) print(list any, r studies.Report, notes ...string) error {
	fmt.Fprintln(s.log)
	savePicture(s.log, filepath.Join(s.out, s.name+".png"), r.Panels...)
	if s.json {
		return printJSON(s.w, list)
	}
	r.WriteText(s.w)
	fmt.Fprintln(s.w)
	for _, note := range notes {
		fmt.Fprintln(s.w, note)
	}
	return nil
}

// interrupted says what to do about a study that has been interrupted.
func (s *studyFlags) interrupted(ctx context.Context) {
	if ctx.Err() != nil {
		fmt.Fprintln(s.log, "\nwhat is finished is saved; the same command continues")
	}
}
