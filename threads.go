// SPDX-License-Identifier: MIT

package stheno

import "github.com/stheno-go/stheno/internal/kernels/par"

// SetThreads sets the number of threads of a computation, as torch.set_num_threads, and returns the
// previous setting. 0, the default, stands for GOMAXPROCS. No more threads than GOMAXPROCS and the
// number of processors are used. Results have the same bits for any number of threads.
func SetThreads(n int) (former int) { return par.SetThreads(n) }

// Threads returns the number of threads of a computation, as torch.get_num_threads.
func Threads() int { return par.Threads() }
