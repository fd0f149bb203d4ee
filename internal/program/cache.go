// SPDX-License-Identifier: MIT

package program

import (
	"context"
	"fmt"
	"log/slog"

	G "gorgonia.org/gorgonia"

	"github.com/stheno-go/stheno/internal/ops"
	"github.com/stheno-go/stheno/internal/record"
)

// Stats counts what the program cache did.
type Stats struct {
	Programs int    // now in the cache
	Hits     uint64 // look-ups that found a program
	Compiles uint64 // look-ups that did not
	Evicted  uint64 // programs dropped because the cache was full
}

// manyCompiles is the number of compiles after which a program that recompiles
// all the time is told so, once.
const manyCompiles = 64

var cache = struct {
	programs map[string]*Program
	newest   *Program
	oldest   *Program
	limit    int
	stats    Stats
	warned   bool
}{programs: map[string]*Program{}, limit: 512}

// CacheStats returns the counters.
func CacheStats() Stats {
	mu.Lock()
	defer mu.Unlock()
	s := cache.stats
	s.Programs = len(cache.programs)
	return s
}

// Reset empties the cache and its counters, and makes later programs run on the
// machines that f makes; nil stands for stheno's own.
func Reset(f func(*G.ExprGraph) G.VM) {
	mu.Lock()
	defer mu.Unlock()
	empty()
	newVM = f
}

// empty forgets every program and what was counted.
func empty() {
	clear(cache.programs)
	cache.newest, cache.oldest, cache.stats, cache.warned = nil, nil, Stats{}, false
}

// SetConvAlgorithm makes programs compiled from now on use a, empties the cache and
// returns the former choice.
func SetConvAlgorithm(a ops.ConvAlgorithm) ops.ConvAlgorithm {
	mu.Lock()
	defer mu.Unlock()
	old := convAlgorithm
	if a != old {
		empty()
		convAlgorithm = a
	}
	return old
}

// SetCacheLimit sets how many programs the cache holds and returns the former number.
func SetCacheLimit(n int) int {
	mu.Lock()
	defer mu.Unlock()
	old := cache.limit
	cache.limit = max(n, 1)
	for len(cache.programs) > cache.limit {
		evict()
	}
	return old
}

// evict drops the program that was not used for the longest time.
func evict() {
	old := cache.oldest
	old.unlink()
	delete(cache.programs, old.key)
	cache.stats.Evicted++
}

// lookup returns the program of w's record. The caller holds the lock.
func lookup(w *record.Walk, q *query) (*Program, error) {
	if p := cache.newest; p != nil && p.key == string(w.Key) {
		cache.stats.Hits++
		return p, nil
	}
	if p, ok := cache.programs[string(w.Key)]; ok {
		cache.stats.Hits++
		p.unlink()
		p.use()
		return p, nil
	}
	p, err := compile(w, q)
	if err != nil {
		return nil, err
	}
	cache.stats.Compiles++
	report(p)
	if len(cache.programs) >= cache.limit {
		evict()
	}
	cache.programs[p.key] = p
	p.use()
	return p, nil
}

// use puts p at the head of the list.
func (p *Program) use() {
	p.older, p.newer = cache.newest, nil
	if p.older != nil {
		p.older.newer = p
	} else {
		cache.oldest = p
	}
	cache.newest = p
}

func (p *Program) unlink() {
	if p.newer != nil {
		p.newer.older = p.older
	} else {
		cache.newest = p.older
	}
	if p.older != nil {
		p.older.newer = p.newer
	} else {
		cache.oldest = p.newer
	}
}

// report logs a compile: at level debug with what differs from the nearest
// program, and once a warning when there were many.
func report(p *Program) {
	if slog.Default().Enabled(context.Background(), slog.LevelDebug) {
		slog.Debug("stheno: compiled a program", "nodes", len(p.lines), "programs", len(cache.programs)+1, "difference", nearest(p))
	}
	if cache.stats.Compiles > manyCompiles && !cache.warned {
		cache.warned = true
		slog.Warn(fmt.Sprintf("stheno: %d programs compiled; something in the recorded operations changes from step to step", cache.stats.Compiles),
			"difference", nearest(p))
	}
}

// nearest says how p's record differs from the most similar one in the cache.
func nearest(p *Program) string {
	best, count := "", len(p.lines)+1
	for _, q := range cache.programs {
		if len(q.lines) != len(p.lines) {
			continue
		}
		n, first := 0, ""
		for i, line := range p.lines {
			if q.lines[i] != line {
				if n++; n == 1 {
					first = q.lines[i] + " -> " + line
				}
			}
		}
		if n < count {
			best, count = first, n
		}
	}
	if best == "" {
		return fmt.Sprintf("no cached program has %d nodes", len(p.lines))
	}
	return best
}
