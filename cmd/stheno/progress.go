// SPDX-License-Identifier: MIT

package main

import (
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
)

// progress returns a bar on standard error, which goes when all is done.
func progress(steps int, unit string) *progressbar.ProgressBar {
	return progressbar.NewOptions(steps, progressbar.OptionSetWriter(os.Stderr), progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionShowIts(), progressbar.OptionSetItsString(unit), progressbar.OptionSetDescription("training"), progressbar.OptionClearOnFinish())
}
