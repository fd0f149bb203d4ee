// SPDX-License-Identifier: MIT

// Command stheno trains, evaluates, inspects and studies prebuilt models.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"

	"github.com/spf13/cobra"
)

// Exit statuses besides 0; that of an interrupt is the shells' for Ctrl-C.
const (
	exitError       = 1
	exitUsage       = 2
	exitInterrupted = 130
)

func main() {
	// Signals that the parent process ignores, as nohup does, stay ignored.
	signals := slices.DeleteFunc(slices.Clone(endSignals), signal.Ignored)
	ctx, stop := context.WithCancel(context.Background())
	if len(signals) > 0 {
		ctx, stop = signal.NotifyContext(ctx, signals...)
	}
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	out := &output{f: os.Stdout}
	cmd := root()
	cmd.SetOut(out)
	cmd.SetErr(&output{f: os.Stderr})
	err := cmd.ExecuteContext(ctx)
	stop()
	if lost := out.close(); !errors.Is(err, lost) {
		err = errors.Join(err, lost)
	}
	os.Exit(exit(err))
}

// exit reports err and returns the status for it.
func exit(err error) int {
	var usage usageError
	switch {
	case err == nil:
		return 0
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(&output{f: os.Stderr}, "interrupted")
		return exitInterrupted
	case errors.As(err, &usage):
		fmt.Fprintln(&output{f: os.Stderr}, "stheno:", err)
		return exitUsage
	}
	fmt.Fprintln(&output{f: os.Stderr}, "stheno:", err)
	return exitError
}

// usageError is an invalid command line.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

func root() *cobra.Command {
	var common commonFlags
	cmd := &cobra.Command{
		Use:   "stheno",
		Short: "Train, evaluate and study neural networks",
		Long: `Train, evaluate, inspect and study neural networks.

Exit status: 0, 1 after an error, 2 if the command line is invalid, 130 after Ctrl-C.`,
		Example: `  stheno train                                  # a residual network on embedded images
  stheno train --model resnet18 --data photos/  # your own images
  stheno eval --weights runs/resnet18/model.safetensors --data photos/
  stheno doctor`,
		SilenceUsage:      true,
		SilenceErrors:     true,
		Args:              noArgs,
		RunE:              func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error { return common.apply(cmd) },
	}
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usagef("%w; see %s --help", err, cmd.CommandPath())
	})
	common.add(cmd)
	cmd.AddCommand(trainCommand(), evalCommand(), predictCommand(), summaryCommand(), graphCommand(), convertCommand(),
		verifyCommand(), doctorCommand(), dataCommand(), reportCommand(), studyCommand())
	return cmd
}

// noArgs reports an error if there are arguments that are not flags.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if cmd.HasSubCommands() {
		return usagef("unknown command %q for %q%s", args[0], cmd.CommandPath(), suggestions(cmd, args[0]))
	}
	return usagef("%s takes no arguments, got %q", cmd.CommandPath(), args)
}

func suggestions(cmd *cobra.Command, name string) string {
	if cmd.SuggestionsMinimumDistance <= 0 {
		cmd.SuggestionsMinimumDistance = 2
	}
	if near := cmd.SuggestionsFor(name); len(near) > 0 {
		return fmt.Sprintf("; did you mean %q?", near[0])
	}
	return ""
}

// someArgs requires at least one argument.
func someArgs(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return usagef("%s needs %s; see %s --help", cmd.CommandPath(), what, cmd.CommandPath())
		}
		return nil
	}
}
