// SPDX-License-Identifier: MIT

package stheno

import "github.com/stheno-go/stheno/internal/program"

// CacheStatistics says what the program cache holds and did.
type CacheStatistics struct {
	Programs int    // programs in the cache
	Bytes    int64  // about what they take, without the memory that a run needs, which all share
	Hits     uint64 // barriers that found their program
	Compiles uint64 // barriers and first runs of a [Program] that had to compile one
	Evicted  uint64 // programs dropped because the cache was full
}

// CacheStats returns what the program cache did so far. A number of compiles that
// grows from step to step says that something in the recorded operations changes.
func CacheStats() CacheStatistics { return CacheStatistics(program.CacheStats()) }

// CacheLimit bounds the program cache, which holds the compiled programs of recorded steps
// and of every [Program]. Zeros stand for the defaults.
type CacheLimit struct {
	Programs int   // default 512
	Bytes    int64 // of [CacheStatistics]; default 256 MiB
}

// SetCacheLimit sets how much the program cache may hold and returns the former limit.
// When there is more, the programs that were not used for the longest time go, and are
// compiled again when they are wanted; the newest always stays.
func SetCacheLimit(l CacheLimit) CacheLimit {
	if l.Programs <= 0 {
		l.Programs = program.DefaultLimit.Programs
	}
	if l.Bytes <= 0 {
		l.Bytes = program.DefaultLimit.Bytes
	}
	return CacheLimit(program.SetCacheLimit(program.Limit(l)))
}
