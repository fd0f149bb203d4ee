// SPDX-License-Identifier: MIT

package stheno

import (
	"gorgonia.org/gorgonia"

	"github.com/stheno-go/stheno/internal/program"
)

// CacheStats counts compiled programs.
type Cache = program.Stats

// CacheStats returns what the program cache did so far: a Compiles that grows from
// step to step says that something in the recorded operations changes.
func CacheStats() Cache { return program.CacheStats() }

// UseMachine makes programs that are compiled from now on run on the machines that
// f makes, for example gorgonia.NewTapeMachine(g). nil stands for stheno's own. The
// cache is emptied.
func UseMachine(f func(*gorgonia.ExprGraph) gorgonia.VM) { program.Reset(f) }
