// SPDX-License-Identifier: MIT

package debug

import (
	"sync"
	"time"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/machine"
	"github.com/stheno-go/stheno/internal/plan"
)

// Profiler is called after each instruction with its name, the shape of its result, and
// the time it took.
type Profiler func(name string, shape stheno.Shape, took time.Duration)

var profiler struct {
	sync.Mutex
	f Profiler
}

// SetProfiler makes stheno's machine call f after each instruction of every program; nil
// ends that. f is called by the goroutine that runs the program, so it may be called by
// several at once. restore sets what was set before.
//
//	defer debug.SetProfiler(f)()
func SetProfiler(f Profiler) (restore func()) {
	profiler.Lock()
	defer profiler.Unlock()
	former := profiler.f
	profiler.f = f
	if f == nil {
		machine.SetProfiler(nil)
	} else {
		machine.SetProfiler(func(in *plan.Instr, took time.Duration) { f(in.Name, in.Meta.Dims.Slice(), took) })
	}
	return func() { SetProfiler(former) }
}
