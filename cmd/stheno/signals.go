// SPDX-License-Identifier: MIT

//go:build unix || windows

package main

import (
	"os"
	"syscall"
)

// endSignals end a command cleanly: Ctrl-C, kill, and a closed terminal.
var endSignals = []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP}
