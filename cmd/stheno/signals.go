// SPDX-License-Identifier: MIT

//go:build unix || windows

package main

import (
	"os"
	"syscall"
)

// endSignals end a command in good order: Ctrl-C, a polite kill, a terminal that is gone.
var endSignals = []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP}
