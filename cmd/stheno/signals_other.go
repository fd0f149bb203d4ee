// SPDX-License-Identifier: MIT

//go:build !(unix || windows)

package main

import "os"

// endSignals end a command cleanly.
var endSignals = []os.Signal{os.Interrupt}
