// SPDX-License-Identifier: MIT

package debug

import "github.com/stheno-go/stheno/internal/program"

// CacheStats says what the program cache holds and did.
type CacheStats struct {
	Programs int    // programs in the cache
	Bytes    int64  // about what they take, without the memory that a run needs, which all share
	Hits     uint64 // times that a program was found
	Compiles uint64 // times that one had to be compiled, also by the first run of a stheno.Program
	Evicted  uint64 // programs dropped because the cache was full
}

// ReadCacheStats returns what the program cache did since the process began or since
// [ResetCache]. A number of compiles that grows from step to step says that something in
// the recorded operations changes: a shape, a setting, the order of operations.
func ReadCacheStats() CacheStats { return CacheStats(program.CacheStats()) }

// ResetCache empties the program cache and sets its statistics to zero.
func ResetCache() { program.ResetCache() }

// CacheLimit bounds the program cache, which holds the compiled programs of recorded steps
// and of every stheno.Program. A zero is the default.
type CacheLimit struct {
	Programs int   // default: 512
	Bytes    int64 // as in [CacheStats]; default: 256 MiB
}

// SetCacheLimit sets how much the program cache may hold and returns the former limit.
// When there is more, the programs that were not used for the longest time are dropped,
// and compiled again when they are needed; the newest always stays.
func SetCacheLimit(l CacheLimit) (former CacheLimit) {
	if l.Programs <= 0 {
		l.Programs = program.DefaultLimit.Programs
	}
	if l.Bytes <= 0 {
		l.Bytes = program.DefaultLimit.Bytes
	}
	return CacheLimit(program.SetCacheLimit(program.Limit(l)))
}
