// SPDX-License-Identifier: MIT

package stheno

import "github.com/stheno-go/stheno/internal/kernels/par"

// SetThreads limits how many threads one computation uses, as torch.set_num_threads; 0,
// the default, stands for GOMAXPROCS. More than GOMAXPROCS or than the machine's
// processors are never used. It returns the limit that held before. Results have the
// same bits for any number of threads.
func SetThreads(n int) (former int) { return par.SetThreads(n) }

// Threads returns the number of threads that one computation uses, as
// torch.get_num_threads.
func Threads() int { return par.Threads() }
