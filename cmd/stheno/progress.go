// SPDX-License-Identifier: MIT

package main

import (
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// progress returns a bar on standard error, if that is a terminal. It is cleared at the end.
func progress(steps int, unit string) *progressbar.ProgressBar {
	w := io.Writer(io.Discard)
	if term.IsTerminal(int(os.Stderr.Fd())) {
		w = os.Stderr
	}
	return progressbar.NewOptions(steps, progressbar.OptionSetWriter(w), progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionShowIts(), progressbar.OptionSetItsString(unit), progressbar.OptionSetDescription("training"), progressbar.OptionClearOnFinish())
}
